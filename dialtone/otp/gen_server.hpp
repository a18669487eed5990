// SPDX-License-Identifier: Apache-2.0
// gen_server: a process that keeps a state and serves requests, one after the other.
//
//   class counter : public dt::gen_server<counter> {
//    public:
//     struct add { int amount; };                             // a cast: nobody waits
//     struct total { using reply = int; };                    // a call
//     explicit counter(int start) : value_{start} {}          // runs in the new process; arguments are sendable values
//     void handle_cast(add request) { value_ += request.amount; }
//     int handle_call(total) { return value_; }
//    private:
//     int value_;
//   };
//   dt::server<counter> server = co_await dt::start_link<counter>(10);
//
// A server may have, all of them public:
//   init()                      after the constructor, where that is not enough: a coroutine may wait, `init_result`
//                               says ok or ignore. What constructor or init throw, or stop with, is the start's error.
//   handle_call(request)        the reply is what it returns
//   handle_call(request, from)  `dt::reply_to<reply> from`: it is replied later, by dt::reply(from, value), anywhere
//   handle_cast(request)
//   handle_info(message)        ordinary messages of the types in `using infos = dt::messages<tick, dt::down>`; any
//                               other is logged and dropped
//   handle_continue(value)      for continue_with(value): before any other message
//   handle_timeout()            for timeout_after(limit): no message came in that time
//   terminate(reason)           when the server stops, when a handler has thrown or has left by dt::exit, and, in a
//                               server that traps exits, when its parent ends; not when it is killed
//   format_status()             the state as text, for sys::get_state
// These names are theirs: a member that is private, or takes something else, does not compile.
// Each is a plain function or a coroutine (dt::task<...>); the next message waits until it has finished. An exception
// that leaves a handler ends the server with it: callers that wait get it as the reason.
#pragma once

#include <dialtone/otp/gen_server_process.hpp>

namespace dialtone {

/// A list of types of messages.
template <class... Types>
struct messages {};

enum class init_result : std::uint8_t {
  ok,
  ignore,  ///< it is not needed: it ends, and its starter gets start_error::ignored
};

template <class Self>
class gen_server {
 public:
  gen_server(const gen_server&) = delete;
  gen_server& operator=(const gen_server&) = delete;

 protected:
  gen_server() : loop_{detail::server_type<Self>, static_cast<Self*>(this)} {}
  ~gen_server() = default;

  /// The server itself, to be told to others.
  server<Self> this_server() const { return server<Self>{self()}; }
  /// Ends the server after the handler that calls it: its reply is still sent, then comes terminate(reason).
  void stop(exit_reason reason = exit_reason::normal) { loop_.stop(std::move(reason)); }
  /// Calls handle_continue(value) before the next message is taken. Several keep their order.
  template <class Value>
  void continue_with(Value value) {
    constexpr bool handled = requires(Self& made) { made.handle_continue(std::move(value)); };
    static_assert(handled, "dialtone: a server that calls continue_with has a public handle_continue for its value");
    if constexpr (handled)
      loop_.handle_next(detail::make_signal<detail::continue_signal<Self, Value>>(std::move(value)));
  }
  /// Calls handle_timeout() unless a message comes within `limit`: the next message ends it, whatever that is. Zero: at
  /// once, if no message is there.
  void timeout_after(duration limit) {
    static_assert(
        requires(Self& made) { made.handle_timeout(); },
        "dialtone: a server that calls timeout_after has a public handle_timeout()");
    loop_.set_timeout(limit);
  }

 private:
  friend detail::server_access;
  detail::behaviour loop_;
};

/// Starts a server, without a link; resumed when its constructor and init have finished. Throws start_failed.
template <class Server, class... Arguments>
task<server<Server>> start(spawn_options options, Arguments... arguments) {
  return detail::typed<Server>(
      detail::pid_or_throw(detail::start_server<Server>({}, std::move(options), std::move(arguments)...)));
}
template <class Server, class... Arguments>
task<server<Server>> start(Arguments... arguments) {
  return start<Server>(spawn_options{}, std::move(arguments)...);
}

/// Linked to the caller, who is its parent: its end ends the server. One that could not be started leaves no link.
template <class Server, class... Arguments>
task<server<Server>> start_link(spawn_options options, Arguments... arguments) {
  return detail::typed<Server>(
      detail::pid_or_throw(detail::start_server<Server>({.link = true}, std::move(options), std::move(arguments)...)));
}
template <class Server, class... Arguments>
task<server<Server>> start_link(Arguments... arguments) {
  return start_link<Server>(spawn_options{}, std::move(arguments)...);
}

template <class Server>
struct monitored_server {
  dialtone::server<Server> server;
  dialtone::reference reference;
};

/// Monitored by the caller, who gets a `down` when it ends.
template <class Server, class... Arguments>
task<monitored_server<Server>> start_monitor(spawn_options options, Arguments... arguments) {
  return detail::typed_monitored<Server>(detail::monitored_or_throw(
      detail::start_server<Server>({.monitor = true}, std::move(options), std::move(arguments)...)));
}
template <class Server, class... Arguments>
task<monitored_server<Server>> start_monitor(Arguments... arguments) {
  return start_monitor<Server>(spawn_options{}, std::move(arguments)...);
}

/// As start, start_link and start_monitor; why there is no server is a value.
template <class Server, class... Arguments>
task<std::expected<server<Server>, start_error>> try_start(spawn_options options, Arguments... arguments) {
  return detail::typed<Server>(
      detail::pid_or_error(detail::start_server<Server>({}, std::move(options), std::move(arguments)...)));
}
template <class Server, class... Arguments>
task<std::expected<server<Server>, start_error>> try_start(Arguments... arguments) {
  return try_start<Server>(spawn_options{}, std::move(arguments)...);
}
template <class Server, class... Arguments>
task<std::expected<server<Server>, start_error>> try_start_link(spawn_options options, Arguments... arguments) {
  return detail::typed<Server>(
      detail::pid_or_error(detail::start_server<Server>({.link = true}, std::move(options), std::move(arguments)...)));
}
template <class Server, class... Arguments>
task<std::expected<server<Server>, start_error>> try_start_link(Arguments... arguments) {
  return try_start_link<Server>(spawn_options{}, std::move(arguments)...);
}
template <class Server, class... Arguments>
task<std::expected<monitored_server<Server>, start_error>> try_start_monitor(spawn_options options,
                                                                             Arguments... arguments) {
  return detail::typed_monitored<Server>(
      detail::start_server<Server>({.monitor = true}, std::move(options), std::move(arguments)...));
}
template <class Server, class... Arguments>
task<std::expected<monitored_server<Server>, start_error>> try_start_monitor(Arguments... arguments) {
  return try_start_monitor<Server>(spawn_options{}, std::move(arguments)...);
}

}  // namespace dialtone
