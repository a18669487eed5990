// SPDX-License-Identifier: Apache-2.0
// How a process waits at a datagram socket: to receive at one of its own scheduler, to send at any. Resumed by its own.
// A wait that is destroyed, by a kill or as the loser of a race, takes no datagram; what it was to send may have gone
// out.
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

  datagram_socket* socket() const { return socket_table::here().find<datagram_socket>(socket_); }

  static void completed(Request& request, Result result) {
    auto& self = static_cast<at_datagram_socket&>(request);
    self.result_ = std::move(result);
    if (self.timer_.is_set()) self.timer_.stop();
    this_core->make_ready(*self.process, self);
  }

  reference socket_;
  std::optional<Result> result_;
  wait_timer timer_;

 private:
  static void time_is_up(waiter& waiting) {
    auto& self = static_cast<at_datagram_socket&>(waiting);
    self.forget();
    self.result_ = std::unexpected{net_error{net_operation::recv, net_error::timeout}};
    wake(self);
  }
  void forget() {
    if (process == nullptr || result_) return;
    if (auto* found = socket_table::of(this_scheduler()).template find<datagram_socket>(socket_)) found->forget(*this);
  }
};

class datagram_wait : public at_datagram_socket<datagram_request, datagram_result> {
 public:
  datagram_wait(reference socket, duration limit) : at_datagram_socket{socket, limit, &completed} {}
  bool await_ready();
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
