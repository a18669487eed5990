// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/listen_socket.hpp>

namespace dialtone::detail {

listen_socket::listen_socket(socket_table& home, io::driver& driver, io::handle handle, socket_options options)
    : any_socket{its_kind, home, driver, handle},
      options_{std::move(options)},
      mode_{std::exchange(options_.active, std::nullopt)},
      operation_{*this},
      pause_{[this] { serve(); }} {}

listen_socket::~listen_socket() {
  if (table_ != nullptr) pause_.stop(home());
  if (operation_.in_flight) driver().cancel(operation_);
  if (kept_ && kept_->accepted) driver().close(kept_->accepted);
}

std::optional<accept_result> listen_socket::accept(accept_request& request) {
  if (waiting_.empty())
    if (auto come = next(request.owner)) return come;
  waiting_.add(request);
  return std::nullopt;
}

void listen_socket::arrived(io::operation& operation, io::result&& done) {
  listen_socket& self = static_cast<own_operation&>(operation).self;
  self.kept_ = std::move(done);
  self.serve();
}

void listen_socket::serve() {
  while (!waiting_.empty()) {
    accept_request& first = waiting_.first();
    if (home().slots.find(first.owner) == nullptr) {
      forget(first);  // was killed in a function that blocks: nobody will take what it gets
      continue;
    }
    auto come = next(first.owner);
    if (!come) return;
    forget(first);
    first.complete(first, std::move(*come));
  }
}

// Of the process `owner`, which waits for it. None has come: then the driver has been asked, or will be.
std::optional<accept_result> listen_socket::next(pid owner) {
  if (lost_ != 0) return std::unexpected{net_error::of_system(net_operation::accept, lost_)};
  if (returned_.empty()) {
    const auto done = next_from_driver();
    if (!done) return std::nullopt;
    if (done->error != 0) return std::unexpected{error_of(net_operation::accept, done->error)};
    auto* made = new stream_socket{*table_, driver(), done->accepted};
    // The peer may have gone already: then the first recv says so.
    static_cast<void>(made->set(options_));
    returned_.push_back(made->name());
  }
  const reference name = returned_.front();
  returned_.pop_front();
  auto* connection = table_->find<stream_socket>(name);
  if (connection == nullptr) return next(owner);  // who lists sockets may have closed it
  connection->own_by(*home().slots.find(owner));
  return accepted_connection{name, mode_};
}

std::optional<io::result> listen_socket::next_from_driver() {
  if (!kept_ && (operation_.in_flight || pause_.is_on())) return std::nullopt;
  io::result done;
  bool has_come = kept_.has_value();
  if (has_come)
    done = *std::exchange(kept_, std::nullopt);
  else
    has_come = driver().accept(handle_, operation_, done);
  if (has_come && accept_pause::is_shortage(done.error)) {
    pause_.begin(home(), done.error, place());
    return std::nullopt;
  }
  if (pause_.has_failed()) pause_.end(home(), place());
  return has_come ? std::optional{std::move(done)} : std::nullopt;
}

accept_pause::place listen_socket::place() const { return {owner(), local_address().value_or(socket_address{})}; }

void listen_socket::put_back(stream_socket& connection) {
  connection.own_by_nobody();
  returned_.push_back(connection.name());
  serve();
}

void listen_socket::describe(net::socket_info& info) const {
  any_socket::describe(info);
  info.state = net::socket_state::listening;
  info.waiting_readers = waiting_.size();
}

void listen_socket::tell_all(net_error::code_type why) {
  while (!waiting_.empty()) {
    accept_request& told = waiting_.first();
    forget(told);
    told.complete(told, std::unexpected{net_error{net_operation::accept, why}});
  }
}

void listen_socket::close_returned() {
  for (const reference name : std::exchange(returned_, {}))
    if (auto* connection = table_->find<stream_socket>(name)) connection->close();
}

void listen_socket::end() {
  tell_all(net_error::closed);
  close_returned();
  delete this;
}

void listen_socket::let_go() {
  tell_all(net_error::elsewhere);
  close_returned();  // they would have to move as well, for something that hardly ever happens
  driver().cancel(operation_);
  pause_.stop(home());
}

void listen_socket::take_back(io::released&) {
  if (kept_ && kept_->accepted) travelling_ = driver().release(std::exchange(kept_, std::nullopt)->accepted);
}

void listen_socket::lost(io::released&, int system_code) { lost_ = system_code; }

// A connection that cannot be watched here is told as one that could not be accepted.
void listen_socket::go_on() {
  if (!travelling_) return;
  io::released kernel = std::exchange(travelling_, std::nullopt).value();
  const auto adopted = adopt(kernel);
  kept_ = adopted ? io::result{.accepted = *adopted} : io::result{.error = adopted.error()};
}

}  // namespace dialtone::detail
