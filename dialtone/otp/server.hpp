// SPDX-License-Identifier: Apache-2.0
// server<S>: the typed pid of a gen_server of class S. A small value: it may be copied, compared, kept and sent.
//
//   auto counter = co_await dt::start_link<counter>(10);
//   counter.cast(add{5});
//   int total = co_await counter.call(counter::total{});                 // throws call_failed
//   auto tried = co_await counter.try_call(counter::total{}, 100ms);     // std::expected<int, exit_reason>
//   co_await dt::named<counter>{"counter"}.call(counter::total{});       // whoever has the name at that time
//   co_await dt::named<counter>{rooms.via("lobby")}.call(counter::total{});   // or the key of a registry
//
// A request is a struct that S has a handler for. One that names its reply (`using reply = int;`, also void) is a call;
// any other is a cast, for which nobody waits. What S does not handle does not compile. Requests and replies are
// messages: they must be sendable, count towards the mailbox's limit of S, and may hold their sender back when that is
// full. Inside a process only; waits are resumed by the caller's scheduler.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <dialtone/otp/call.hpp>
#include <dialtone/otp/handler_check.hpp>
#include <dialtone/otp/request_id.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/runtime/send.hpp>
#include <dialtone/runtime/via_name.hpp>

namespace dialtone {

namespace detail {

template <class Request>
concept names_reply = requires { typename Request::reply; };

template <class Server, class Request>
concept answers_at_once = requires(Server& server, Request request) { server.handle_call(std::move(request)); };
template <class Server, class Request>
concept answers_later = requires(Server& server, Request request, reply_to<typename Request::reply> from) {
  server.handle_call(std::move(request), from);
};
template <class Server, class Request>
concept handles_cast = requires(Server& server, Request request) { server.handle_cast(std::move(request)); };

template <class Type>
consteval bool check_sent() {
  // Never called: what it says is said, and the answer here stays a constant.
  if constexpr (!sendable<Type>) static_cast<void>([] { check_sendable<Type>(); });
  return sendable<Type>;
}

template <class Server, class Request>
consteval bool check_reply() {
  if constexpr (answers_later<Server, Request>) {
    return true;
  } else {
    using returned = decltype(std::declval<Server&>().handle_call(std::declval<Request>()));
    constexpr bool fits = gives_reply<returned, typename Request::reply>;
    static_assert(fits, "dialtone: handle_call returns the reply that the request names, or a task of exactly that");
    return fits;
  }
}

/// Whether `Server` answers `Request`; if not, the compiler says why.
template <class Server, class Request>
consteval bool check_call_request() {
  if constexpr (!names_reply<Request>) {
    static_assert(names_reply<Request>,
                  "dialtone: a request that is called names its reply: `using reply = int;` (or void); without a reply "
                  "it is a cast");
    return false;
  } else {
    constexpr bool handled = answers_at_once<Server, Request> || answers_later<Server, Request>;
    static_assert(handled,
                  "dialtone: the server has no public handle_call for this request: handle_call(request), or "
                  "handle_call(request, dialtone::reply_to<request::reply> from) to answer later");
    if constexpr (handled)
      return check_reply<Server, Request>() && check_sent<Request>() &&
             check_sent<answer_of<typename Request::reply>>();
    else
      return false;
  }
}

template <class Server, class Request>
consteval bool check_cast_request() {
  static_assert(!names_reply<Request>, "dialtone: a request that names its reply is called, not cast");
  constexpr bool handled = handles_cast<Server, Request>;
  static_assert(names_reply<Request> || handled, "dialtone: the server has no public handle_cast for this request");
  if constexpr (!names_reply<Request> && handled)
    return check_sent<Request>();
  else
    return false;
}

// The signals that carry requests; what they do in the server is in gen_server.hpp.
template <class Server, class Request>
struct call_signal;
template <class Server, class Request>
struct cast_signal;
struct stop_signal;

/// Waits until the server has ended.
class stop_wait : public call_wait<void> {
 public:
  stop_wait(pid server, exit_reason reason, duration limit);
  /// Throws call_failed when it did not end, or for another reason.
  void await_resume();

 private:
  exit_reason reason_;
};

}  // namespace detail

/// What can be asked of a server; `Derived` says who that is now.
template <class Server, class Derived>
class server_requests {
 public:
  /// Asks, and waits for the reply. Throws call_failed.
  template <class Request>
  [[nodiscard("a call must be awaited")]] auto call(Request request, duration limit = default_call_timeout) const {
    if constexpr (detail::check_call_request<Server, Request>()) {
      using reply = typename Request::reply;
      return detail::throwing_call_wait<reply, Request>{std::type_identity<detail::call_signal<Server, Request>>{},
                                                        who(), std::move(request), limit};
    } else {
      return detail::refused_wait{};
    }
  }

  /// As call; why there is no reply is a value.
  template <class Request>
  [[nodiscard("a call must be awaited")]] auto try_call(Request request, duration limit = default_call_timeout) const {
    if constexpr (detail::check_call_request<Server, Request>())
      return detail::call_wait<typename Request::reply>{std::type_identity<detail::call_signal<Server, Request>>{},
                                                        who(), std::move(request), limit};
    else
      return detail::refused_wait{};
  }

  /// Asks, and does not wait: the answer is awaited later, by `co_await asked.response(5s)` (request_id.hpp). For many
  /// at once there is request_ids.
  template <class Request>
  [[nodiscard("without it the answer vanishes")]] auto send_request(Request request) const {
    if constexpr (detail::check_call_request<Server, Request>())
      return request_id<typename Request::reply>{std::type_identity<detail::call_signal<Server, Request>>{}, who(),
                                                 std::move(request)};
    else
      return detail::refused_wait{};
  }

  /// Tells. A server that has ended hears nothing.
  template <class Request>
  void cast(Request request) const {
    if constexpr (detail::check_cast_request<Server, Request>()) {
      auto* made = detail::make_signal<detail::cast_signal<Server, Request>>(self(), std::move(request));
      made->to = who();
      detail::sent_request::send_signal(*made);
    }
  }

  /// Lets it handle what has arrived so far, then end with `reason`, after its terminate(). Throws call_failed when it
  /// has not ended within `limit`, or has for another reason.
  [[nodiscard("a stop must be awaited")]] detail::stop_wait stop(exit_reason reason = exit_reason::normal,
                                                                 duration limit = duration::max()) const {
    return {who(), std::move(reason), limit};
  }

 private:
  dialtone::pid who() const { return static_cast<const Derived&>(*this).pid(); }
};

template <class Server>
class server : public server_requests<Server, server<Server>> {
 public:
  /// Names no server: calls fail with `noproc`.
  constexpr server() = default;
  /// For a pid that is known to be one of a `Server`. A request to another process is never handled: a call fails with
  /// `timeout`, or the process's exit reason.
  constexpr explicit server(dialtone::pid process) : pid_{process} {}

  constexpr dialtone::pid pid() const { return pid_; }
  friend constexpr bool operator==(server left, server right) { return left.pid_ == right.pid_; }
  friend constexpr auto operator<=>(server left, server right) { return left.pid_ <=> right.pid_; }

 private:
  dialtone::pid pid_;
};

template <class Server>
std::string to_string(server<Server> process) {
  return to_string(process.pid());
}

/// Whoever has a registered name, or a key of a registry, at the time of each request. Nobody: `noproc`.
template <class Server>
class named : public server_requests<Server, named<Server>> {
 public:
  explicit named(std::string name) : name_{std::move(name)} {}
  explicit named(via_name key) : via_{std::move(key)} {}
  /// Empty where it is a key.
  const std::string& name() const { return name_; }
  const via_name& via() const { return via_; }
  dialtone::pid pid() const { return (via_ ? via_.whereis() : whereis(name_)).value_or(dialtone::pid{}); }
  friend bool operator==(const named& left, const named& right) {
    return left.name_ == right.name_ && left.via_ == right.via_;
  }

 private:
  std::string name_;
  via_name via_;
};

template <class Server>
inline constexpr bool enable_sendable<server<Server>> = true;
template <class Server>
inline constexpr bool enable_sendable<named<Server>> = true;

}  // namespace dialtone

template <class Server>
struct std::hash<dialtone::server<Server>> {
  std::size_t operator()(dialtone::server<Server> process) const noexcept {
    return std::hash<dialtone::pid>{}(process.pid());
  }
};
