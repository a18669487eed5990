// SPDX-License-Identifier: Apache-2.0
// What stands behind gen_server.hpp: the signals of requests, and the process that serves them. Not for users.
#pragma once

#include <concepts>
#include <type_traits>

#include <dialtone/otp/server.hpp>
#include <dialtone/otp/start.hpp>

namespace dialtone {

template <class... Types>
struct messages;
enum class init_result : std::uint8_t;
template <class Server>
struct monitored_server;

namespace detail {

/// Opens the loop of a server, which is its private part.
struct server_access {
  template <class Server>
  static behaviour& loop(Server& server) {
    return server.loop_;
  }
};

/// Calls a handler without a result; if it is a coroutine, the loop awaits it.
template <class Handler>
void handle_with(behaviour& loop, Handler&& handler) {
  if constexpr (is_task<decltype(handler())>)
    loop.begin(handler());
  else
    handler();
}

template <class Reply>
task<> answer_later(behaviour* loop, task<Reply> work, reply_to<Reply> from) {
  if constexpr (std::is_void_v<Reply>) {
    co_await work;
    reply(from);
  } else {
    reply(from, co_await work);
  }
  loop->replied(from.caller);
}

template <class Reply, class Handler>
void answer_with(behaviour& loop, reply_to<Reply> from, Handler&& handler) {
  if constexpr (is_task<decltype(handler())>) {
    loop.begin(answer_later<Reply>(&loop, handler(), from));
    return;
  } else if constexpr (std::is_void_v<Reply>) {
    handler();
    reply(from);
  } else {
    reply(from, handler());
  }
  loop.replied(from.caller);
}

/// What a request does in its server, when that is one of its class.
template <class Server, class Signal>
void serve_request(behaviour& loop, signal& arrived) {
  if (!loop.serves(server_type<Server>, arrived)) return;
  static_cast<Signal&>(arrived).handle(loop, *static_cast<Server*>(loop.self()));
}

template <class Server, class Request>
struct call_signal : signal {
  using reply_type = typename Request::reply;
  call_signal(pid sender, reply_to<reply_type> from, Request request);
  static void refuse(core& home, signal* refused) {
    auto& address = static_cast<call_signal*>(refused)->from;
    refuse_reply(home, address.caller, address.name);
  }
  static constexpr std::string_view name() { return type_name<Request>(); }
  void handle(behaviour& loop, Server& server) {
    if constexpr (answers_later<Server, Request>)
      handle_with(loop, [&] { return server.handle_call(std::move(request), from); });
    else
      answer_with<reply_type>(loop, from, [&] { return server.handle_call(std::move(request)); });
  }
  reply_to<reply_type> from;
  Request request;
};

template <class Server, class Request>
struct cast_signal : signal {
  cast_signal(pid sender, Request request);
  static constexpr void (*refuse)(core&, signal*) = nullptr;
  static constexpr std::string_view name() { return type_name<Request>(); }
  void handle(behaviour& loop, Server& server) {
    handle_with(loop, [&] { return server.handle_cast(std::move(request)); });
  }
  Request request;
};

template <class Server, class Value>
struct continue_signal : signal {
  explicit continue_signal(Value value);
  static constexpr void (*refuse)(core&, signal*) = nullptr;
  static constexpr std::string_view name() { return type_name<Value>(); }
  void handle(behaviour& loop, Server& server) {
    handle_with(loop, [&] { return server.handle_continue(std::move(value)); });
  }
  Value value;
};

template <class Server, class Signal>
constexpr signal_type request_type{nullptr,       &destroy_signal<Signal>, sizeof(Signal),
                                   &Signal::name, Signal::refuse,          &serve_request<Server, Signal>};

template <class Server, class Request>
call_signal<Server, Request>::call_signal(pid sender, reply_to<reply_type> from, Request request)
    : signal{&request_type<Server, call_signal>, {}, sender}, from{from}, request{std::move(request)} {}
template <class Server, class Request>
cast_signal<Server, Request>::cast_signal(pid sender, Request request)
    : signal{&request_type<Server, cast_signal>, {}, sender}, request{std::move(request)} {}
template <class Server, class Value>
continue_signal<Server, Value>::continue_signal(Value value)
    : signal{&request_type<Server, continue_signal>, {}, {}}, value{std::move(value)} {}

template <class Server, class Type>
bool handle_info_of(behaviour& loop, Server& server, signal& arrived) {
  constexpr bool handled = requires(Type value) { server.handle_info(std::move(value)); };
  static_assert(handled, "dialtone: the server has no public handle_info for a type that its list `infos` names");
  if (arrived.type != &message_type<Type>) return false;
  if constexpr (handled)
    handle_with(loop, [&] { return server.handle_info(std::move(static_cast<message<Type>&>(arrived).value)); });
  return true;
}

template <class Server, class... Types>
bool handle_info(behaviour& loop, Server& server, signal& arrived, std::type_identity<messages<Types...>>) {
  return (handle_info_of<Server, Types>(loop, server, arrived) || ...);
}

template <class Server>
void handle_message(behaviour& loop, Server& server, signal& arrived) {
  if (loop.serve(arrived) || loop.is_end_of_parent(arrived)) return;
  if constexpr (requires { typename Server::infos; })
    if (handle_info(loop, server, arrived, std::type_identity<typename Server::infos>{})) return;
  loop.unexpected(arrived);
}

template <class Server>
void handle_silence(behaviour& loop, Server& server) {
  loop.time_is_up();
  if constexpr (requires { server.handle_timeout(); }) handle_with(loop, [&] { return server.handle_timeout(); });
}

/// Runs init(). False: ignore.
template <class Server>
task<bool> initialise(Server* server) {
  using result = decltype(server->init());
  if constexpr (std::is_same_v<result, task<init_result>>)
    co_return (co_await server->init()) == init_result{};
  else if constexpr (std::is_same_v<result, init_result>)
    co_return server->init() == init_result{};
  else if constexpr (is_task<result>)
    co_await server->init();
  else
    server->init();
  co_return true;
}

template <class Server, class... Arguments>
process<> run_server(start_ticket ticket, Arguments... arguments) {
  Server server(std::move(arguments)...);
  behaviour& loop = server_access::loop(server);
  if constexpr (requires { server.init(); }) {
    if (!co_await initialise(&server)) {
      ticket.ignore();
      co_return;
    }
  }
  if (!loop.goes_on()) {
    loop.end();
    co_return;
  }
  loop.begun(ticket);
  try {
    while (loop.goes_on()) {
      taken_signal arrived = co_await next_message{loop};
      if (arrived)
        handle_message(loop, server, *arrived);
      else
        handle_silence(loop, server);
      if (loop.has_work()) co_await loop.take_work();
    }
  } catch (...) {
    loop.fail();
  }
  if constexpr (requires { server.terminate(loop.reason()); }) {
    if constexpr (is_task<decltype(server.terminate(loop.reason()))>)
      co_await server.terminate(loop.reason());
    else
      server.terminate(loop.reason());
  }
  loop.end();
}

/// A text of the source's is sent as a string.
template <class Argument>
using sent_argument = std::conditional_t<std::is_same_v<Argument, const char*>, std::string, Argument>;

/// Whether a `Server` can be made of these arguments, in another process; if not, the compiler says why.
template <class Server, class... Arguments>
consteval bool check_server() {
  if constexpr (!check_handlers<Server>() || !(check_sent<Arguments>() && ...)) {
    return false;
  } else {
    constexpr bool fits = std::is_constructible_v<Server, Arguments...>;
    static_assert(fits, "dialtone: the server has no public constructor for these arguments");
    static_assert(alignof(Server) <= 16, "dialtone: a server may not be aligned to more than 16 bytes");
    return fits && alignof(Server) <= 16;
  }
}

/// Never called: what a start that is refused returns, so that the compiler has nothing more to say about it.
task<std::expected<monitored, start_error>> refused_start();

template <class Server, class... Arguments>
task<std::expected<monitored, start_error>> start_server(start_mode mode, spawn_options options,
                                                         Arguments... arguments) {
  if constexpr (check_server<Server, sent_argument<Arguments>...>())
    return start_as(mode, std::move(options), &run_server<Server, sent_argument<Arguments>...>,
                    sent_argument<Arguments>(std::move(arguments))...);
  else
    return refused_start();
}

template <class Server>
task<server<Server>> typed(task<pid> started) {
  co_return server<Server>{co_await started};
}
template <class Server>
task<std::expected<server<Server>, start_error>> typed(task<std::expected<pid, start_error>> started) {
  auto outcome = co_await started;
  if (!outcome) co_return std::unexpected{std::move(outcome).error()};
  co_return server<Server>{*outcome};
}

template <class Server>
task<monitored_server<Server>> typed_monitored(task<monitored> started) {
  monitored outcome = co_await started;
  co_return monitored_server<Server>{server<Server>{outcome.pid}, outcome.reference};
}
template <class Server>
task<std::expected<monitored_server<Server>, start_error>> typed_monitored(
    task<std::expected<monitored, start_error>> started) {
  auto outcome = co_await started;
  if (!outcome) co_return std::unexpected{std::move(outcome).error()};
  co_return monitored_server<Server>{server<Server>{outcome->pid}, outcome->reference};
}

}  // namespace detail

}  // namespace dialtone
