// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/stream.hpp>

#include <dialtone/net/socket_move.hpp>
#include <dialtone/runtime/send.hpp>

namespace dialtone::detail {

namespace {

template <class Message, class... More>
signal* message_of(reference name, More... more) {
  return make_signal<message<Message>>(pid{}, Message{stream::socket{name}, std::move(more)...});
}

}  // namespace

signal* data_message(reference socket, bytes data) { return message_of<stream::data>(socket, std::move(data)); }
signal* http_message(reference socket, http_packet packet) {
  return message_of<stream::http>(socket, std::move(packet));
}
signal* closed_message(reference socket) { return message_of<stream::closed>(socket); }
signal* error_message(reference socket, const net_error& why) { return message_of<stream::error>(socket, why); }
signal* passive_message(reference socket) { return message_of<stream::passive>(socket); }

reference teller_of(const signal& message) {
  return teller_among<stream::data, stream::http, stream::closed, stream::error, stream::passive>(message);
}

}  // namespace dialtone::detail

namespace dialtone::stream {

using detail::socket_table;
using detail::stream_socket;

namespace {

using socket_or_error = std::expected<socket, net_error>;
using done_or_error = std::expected<void, net_error>;

std::unexpected<net_error> not_found(net_operation operation, reference name) {
  return std::unexpected{net_error{operation, detail::why_not_found(name)}};
}

template <class Socket, class Call>
auto with(reference name, net_operation operation, Call call) -> decltype(call(std::declval<Socket&>())) {
  Socket* found = socket_table::here().find<Socket>(name);
  if (found == nullptr) return not_found(operation, name);
  return call(*found);
}

template <class Socket>
void close_wherever(reference name) {
  socket_table& here = socket_table::here();
  if (auto* open = here.find<Socket>(name))
    open->close();
  else if (const auto elsewhere = here.way_to(name))
    detail::close_elsewhere(*elsewhere, name);
}

template <class Socket>
done_or_error give(reference name, pid owner) {
  return with<Socket>(name, net_operation::controlling_process,
                      [&](Socket& given) { return detail::give(given, owner); });
}

}  // namespace

// --- socket ---

done_or_error socket::unrecv(bytes data) const {
  return with<stream_socket>(name_, net_operation::unrecv,
                             [&](stream_socket& it) { return it.unrecv(std::move(data)); });
}

done_or_error socket::shutdown(shutdown_how how) const {
  socket_table& here = socket_table::here();
  if (auto* open = here.find<stream_socket>(name_)) return open->shut_down(how);
  const auto elsewhere = here.way_to(name_);
  if (!elsewhere) return std::unexpected{net_error{net_operation::shutdown, net_error::closed}};
  detail::shut_down_elsewhere(*elsewhere, name_, how);
  return {};
}

void socket::close() const { close_wherever<stream_socket>(name_); }

done_or_error socket::controlling_process(pid owner) const { return give<stream_socket>(name_, owner); }

done_or_error socket::setopts(const socket_options& options) const {
  return with<stream_socket>(name_, net_operation::setopts, [&](stream_socket& it) { return it.set(options); });
}

std::expected<socket_options, net_error> socket::getopts() const {
  return with<stream_socket>(name_, net_operation::getopts, [](stream_socket& it) { return it.options(); });
}

std::expected<detail::stream_statistics, net_error> socket::getstat() const {
  using result = std::expected<detail::stream_statistics, net_error>;
  return with<stream_socket>(name_, net_operation::getstat,
                             [](stream_socket& it) -> result { return it.statistics(); });
}

std::expected<socket_address, net_error> socket::peer_address() const {
  return with<stream_socket>(name_, net_operation::getopts, [](stream_socket& it) { return it.peer_address(); });
}

std::expected<socket_address, net_error> socket::local_address() const {
  return with<stream_socket>(name_, net_operation::getopts, [](stream_socket& it) { return it.local_address(); });
}

// --- listener ---

namespace {

class accept_wait : public detail::plain_wait, public detail::accept_request {
 public:
  accept_wait(reference listener, duration limit) : accept_request{&completed}, listener_{listener}, timer_{limit} {
    owner = self();
  }
  ~accept_wait() {
    forget();
    if (process != nullptr && result_ && *result_) put_back((*result_)->socket);
  }

  bool await_ready() {
    begin(socket_table::here());
    return result_.has_value() && detail::this_core->may_continue();
  }
  void await_suspend(std::coroutine_handle<> coroutine) {
    detail::this_core->suspend(*this, coroutine);
    if (result_) return detail::this_core->make_ready(*process, *this);
    if (timer_.limit != unlimited) timer_.start(*this, &time_is_up);
  }
  socket_or_error await_resume() {
    process = nullptr;
    if (!*result_) return std::unexpected{std::move(*result_).error()};
    const auto [name, mode] = **result_;
    if (mode)
      if (auto* connection = table().find<stream_socket>(name)) static_cast<void>(connection->set({.active = mode}));
    return socket{name};
  }

 private:
  void begin(socket_table& table) {
    if (auto* known = table.find<detail::listen_socket>(listener_))
      result_ = known->accept(*this);
    else if (const auto refused = table.awaited.wait_for(listener_, {this, &listener_has_come}))
      result_ = failed(*refused);
  }
  static void listener_has_come(void* who, std::optional<net_error::code_type> refused) {
    auto& self = *static_cast<accept_wait*>(who);
    if (self.process->has(detail::dying)) return;  // was killed in a function that blocks: it cannot own a connection
    if (refused)
      self.result_ = failed(*refused);
    else
      self.begin(table());
    if (self.result_) self.go_on();
  }
  static std::unexpected<net_error> failed(net_error::code_type code) {
    return std::unexpected{net_error{net_operation::accept, code}};
  }
  static void completed(accept_request& request, detail::accept_result result) {
    auto& self = static_cast<accept_wait&>(request);
    self.result_ = std::move(result);
    self.go_on();
  }
  void go_on() {
    if (timer_.is_set()) timer_.stop();
    detail::this_core->make_ready(*process, *this);
  }
  static void time_is_up(detail::waiter& waiting) {
    auto& self = static_cast<accept_wait&>(waiting);
    self.forget();
    self.result_ = failed(net_error::timeout);
    detail::wake(self);
  }
  static socket_table& table() { return socket_table::of(detail::this_scheduler()); }
  void forget() {
    if (process == nullptr || result_) return;
    if (auto* known = table().find<detail::listen_socket>(listener_)) known->forget(*this);
    table().awaited.forget(listener_, this);
  }
  // It was accepted for somebody who is gone, or who has lost a race: the next one gets it.
  void put_back(reference accepted) {
    auto* connection = table().find<stream_socket>(accepted);
    if (connection == nullptr) return;
    if (auto* known = table().find<detail::listen_socket>(listener_))
      known->put_back(*connection);
    else
      connection->close();
  }

  reference listener_;
  std::optional<detail::accept_result> result_;
  detail::wait_timer timer_;
};

}  // namespace

task<socket_or_error> listener::accept(duration limit) const {
  return [](reference name, duration limit) -> task<socket_or_error> { co_return co_await accept_wait{name, limit}; }(
                                                name_, limit);
}

void listener::close() const { close_wherever<detail::listen_socket>(name_); }

done_or_error listener::controlling_process(pid owner) const { return give<detail::listen_socket>(name_, owner); }

}  // namespace dialtone::stream
