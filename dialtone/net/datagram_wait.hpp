// SPDX-License-Identifier: Apache-2.0
// How a process waits at a datagram socket: to receive at one of its own scheduler, or that comes there meanwhile, to
// send at any. Resumed by its own. A wait that is destroyed, by a kill or as the loser of a race, takes no datagram;
// what it was to send may have gone out.
#pragma once

#include <dialtone/net/datagram_socket.hpp>
#include <dialtone/net/remote_request.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone::detail {

/// A wait with a time limit, whose request the socket completes.
template <class Request, class Result>
class at_datagram_socket : public plain_wait, public Request {
 public:
  ~at_datagram_socket() { forget(); }
  void await_suspend(std::coroutine_handle<> coroutine) {
    this_core->suspend(*this, coroutine);
    if (result_) return this_core->make_ready(*process, *this);
    if (timer_.limit != duration::max()) timer_.start_loosely(*this, &time_is_up);
  }
  Result await_resume() {
    process = nullptr;
    return std::move(*result_);
  }

 protected:
  using complete_function = void (*)(Request&, Result);
  template <class... Arguments>
  at_datagram_socket(reference socket, duration limit, complete_function complete, Arguments... arguments)
      : Request{std::move(arguments)..., complete}, socket_{socket}, timer_{limit} {}

  /// Leaves the socket, or the wait for it.
  void leave(socket_table& table) {
    if (auto* found = table.find<datagram_socket>(socket_)) found->forget(*this);
    table.awaited.forget(socket_, this);
  }
  void refuse(net_error::code_type code) {
    constexpr bool sends = std::is_same_v<Request, datagram_send_request>;
    result_ = std::unexpected{net_error{sends ? net_operation::send : net_operation::recv, code}};
  }

  static void completed(Request& request, Result result) {
    auto& self = static_cast<at_datagram_socket&>(request);
    self.result_ = std::move(result);
    self.go_on();
  }
  /// There is a result.
  void go_on() {
    if (timer_.is_set()) timer_.stop();
    this_core->make_ready(*process, *this);
  }

  reference socket_;
  std::optional<Result> result_;
  wait_timer timer_;

 private:
  static void time_is_up(waiter& waiting) {
    auto& self = static_cast<at_datagram_socket&>(waiting);
    self.forget();
    self.refuse(net_error::timeout);
    wake(self);
  }
  void forget() {
    if (process != nullptr && !result_) leave(socket_table::of(this_scheduler()));
  }
};

class datagram_wait : public at_datagram_socket<datagram_request, datagram_result> {
 public:
  datagram_wait(reference socket, duration limit) : at_datagram_socket{socket, limit, &completed} {}
  bool await_ready();

 private:
  /// At the socket, or when it has come.
  void begin(socket_table& table);
  static void socket_has_come(void* who, std::optional<net_error::code_type> refused);
};

class datagram_send_wait : public at_datagram_socket<datagram_send_request, datagram_send_result> {
 public:
  datagram_send_wait(reference socket, io::outgoing_datagram sent, std::size_t segment_size)
      : at_datagram_socket{socket, duration::max(), &sent_or_moved, std::move(sent), segment_size} {}
  bool await_ready();

 private:
  static void sent_or_moved(datagram_send_request& request, datagram_send_result result);

  remote_send_handle elsewhere_;
};

}  // namespace dialtone::detail
