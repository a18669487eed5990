// SPDX-License-Identifier: Apache-2.0
// A request that is under way while its caller does something else (OTP's send_request). It is an object in the
// caller's frame, which neither copies nor moves; going out of scope it gives the answer up, which never shows then.
//
//   auto asked = server.send_request(counter::total{});
//   auto other = server2.send_request(counter::total{});
//   std::expected<int, dt::exit_reason> first = co_await asked.response(5s);
//   if (auto second = other.check()) ...                                       // has it come by now?
//
// The failures are those of a call. In the process that has asked only; resumed by its scheduler.
#pragma once

#include <optional>

#include <dialtone/base/assert.hpp>
#include <dialtone/otp/call.hpp>

namespace dialtone {

template <class Reply>
class request_id : private detail::sent_request {
 public:
  /// Sends. For server::send_request.
  template <class Signal, class Request>
  request_id(std::type_identity<Signal>, pid server, Request&& request) : sent_request{server} {
    this->template send<Signal, Reply>(std::forward<Request>(request));
  }

  /// Waits for the answer for at most `limit`, from now on: then it is given up, and the failure is `timeout`. The
  /// answer is taken once.
  [[nodiscard("a wait must be awaited")]] detail::typed_reply_wait<Reply> response(
      duration limit = default_call_timeout) {
    take_once();
    return {*this, limit};
  }
  /// As response, until a point of time; when that has passed, the answer is taken only if it has come.
  [[nodiscard("a wait must be awaited")]] detail::typed_reply_wait<Reply> response(time_point deadline) {
    return response(delay_until(now(), deadline));
  }

  /// The answer, if it has come, without waiting; it is taken once then. Empty: not yet.
  std::optional<std::expected<Reply, exit_reason>> check() {
    if (!complete()) return {};
    take_once();
    return take_answer<Reply>();
  }

 private:
  void take_once() { DIALTONE_ASSERT(!std::exchange(taken_, true), "the answer to a request is taken once"); }
  bool taken_ = false;
};

}  // namespace dialtone
