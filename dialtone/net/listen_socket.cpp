// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/listen_socket.hpp>

namespace dialtone::detail {

listen_socket::listen_socket(socket_table& home, io::driver& driver, io::handle handle, socket_options options)
    : any_socket{its_kind, home, driver, handle}, options_{std::move(options)}, operation_{*this} {}

listen_socket::~listen_socket() {
  driver().cancel(operation_);
  if (kept_ && kept_->accepted) driver().close(kept_->accepted);
}

std::optional<accept_result> listen_socket::accept(accept_request& request) {
  if (waiting_.empty()) {
    io::result done;
    if (kept_)
      done = *std::exchange(kept_, std::nullopt);
    else if (operation_.in_flight || !driver().accept(handle_, operation_, done))
      done.error = EAGAIN;
    if (done.error != EAGAIN) return connection(done, request.owner);
  }
  waiting_.add(request);
  return std::nullopt;
}

void listen_socket::arrived(io::operation& operation, io::result done) {
  listen_socket& self = static_cast<own_operation&>(operation).self;
  self.kept_ = std::move(done);
  self.serve();
}

void listen_socket::serve() {
  while (!waiting_.empty()) {
    if (!kept_) {
      io::result done;
      if (operation_.in_flight || !driver().accept(handle_, operation_, done)) return;
      kept_ = std::move(done);
    }
    accept_request& served = waiting_.first();
    forget(served);
    served.complete(served, connection(*std::exchange(kept_, std::nullopt), served.owner));
  }
}

accept_result listen_socket::connection(const io::result& done, pid owner) {
  if (done.error != 0) return std::unexpected{error_of(net_operation::accept, done.error)};
  process_block* process = home().slots.find(owner);
  DIALTONE_ASSERT(process != nullptr, "who waits for a connection is alive");
  auto* made = new stream_socket{table_, driver(), done.accepted};
  made->own_by(*process);
  // The peer may have gone already: then the first recv says so.
  static_cast<void>(made->set(options_));
  return made->name();
}

void listen_socket::end() {
  while (!waiting_.empty()) {
    accept_request& told = waiting_.first();
    forget(told);
    told.complete(told, std::unexpected{net_error{net_operation::accept, net_error::closed}});
  }
  delete this;
}

}  // namespace dialtone::detail
