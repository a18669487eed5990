// SPDX-License-Identifier: Apache-2.0
// How a server is asked: a request goes out with the address of its answer, and the caller waits for that, for the
// server's death, or for the end of its patience. Users call through server<S> (server.hpp); this stands behind it.
//
// An answer does not pass through the mailbox (see reply.hpp): a call costs the same however long that is, and a late
// answer never shows. Inside a process only; resumed by the caller's own scheduler.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include <dialtone/otp/behaviour.hpp>
#include <dialtone/runtime/exit_reason.hpp>
#include <dialtone/runtime/reply.hpp>

namespace dialtone {

/// How long a call waits when nothing else is said, as in OTP.
inline constexpr duration default_call_timeout = std::chrono::seconds{5};

/// A call without an answer: `noproc`, `timeout`, `calling_self`, `overloaded`, or the exit reason of the server.
/// Uncaught, it ends the caller with that reason; but not with `normal`: who has got no answer has not ended normally.
class call_failed : public exit_exception {
 public:
  call_failed(std::string_view request, pid server, const exit_reason& reason);
  /// "the call counter::total to <0.1.2> failed: noproc"
  const char* what() const noexcept override { return text_.c_str(); }
  pid server() const { return server_; }

 private:
  std::string text_;
  pid server_;
};

namespace detail {

/// A request that waits for its answer.
struct sent_request : pending_reply_base {
  explicit sent_request(pid server) : server{server} {}
  /// Begins to watch the server; if that can answer, the signal is made with the address, and sent.
  template <class Signal, class Reply, class Request>
  void send(Request&& request) {
    if (!begin()) return;
    pid caller = calling_process().self();
    auto* made = make_signal<Signal>(caller, reply_to<Reply>{caller, name}, std::forward<Request>(request));
    made->to = server;
    send_signal(*made);
  }
  /// The answer that has come, or why there is none. Once.
  template <class Reply>
  std::expected<Reply, exit_reason> take_answer() {
    settle();
    if (arrived == nullptr) return std::unexpected{std::move(*failure)};
    if constexpr (std::is_void_v<Reply>)
      return {};
    else
      return std::move(static_cast<reply_signal<Reply>*>(arrived)->value);
  }
  bool begin();
  static void send_signal(signal& made);

  pid server;
};

/// try_call: the answer, or why there is none.
template <class Reply>
class call_wait : private sent_request, public typed_reply_wait<Reply> {
 public:
  template <class Signal, class Request>
  call_wait(std::type_identity<Signal>, pid server, Request&& request, duration limit)
      : sent_request{server}, typed_reply_wait<Reply>{static_cast<sent_request&>(*this), limit} {
    send<Signal, Reply>(std::forward<Request>(request));
  }

 protected:
  using sent_request::server;
};

/// call: the answer, or call_failed is thrown.
template <class Reply, class Request>
class throwing_call_wait : public call_wait<Reply> {
 public:
  using call_wait<Reply>::call_wait;
  Reply await_resume() {
    auto outcome = call_wait<Reply>::await_resume();
    if (!outcome) [[unlikely]]
      throw call_failed{type_name<Request>(), this->server, std::move(outcome).error()};
    if constexpr (!std::is_void_v<Reply>) return std::move(*outcome);
  }
};

}  // namespace detail

}  // namespace dialtone
