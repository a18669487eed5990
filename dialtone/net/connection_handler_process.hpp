// SPDX-License-Identifier: Apache-2.0
// What stands behind connection_handler.hpp: which callbacks a class has, and the process that calls them. Not for
// users.
#pragma once

#include <dialtone/net/connection_handler.hpp>

namespace dialtone {

namespace detail {

// A class that has a member of the name, also a private one, makes it ambiguous.
struct named_handle_connection {
  int handle_connection;
};
struct named_handle_data {
  int handle_data;
};
struct named_handle_timeout {
  int handle_timeout;
};
struct named_handle_shutdown {
  int handle_shutdown;
};
struct named_handle_close {
  int handle_close;
};
struct named_handle_error {
  int handle_error;
};

template <class Handler>
concept has_handle_connection = requires(Handler& made) { made.handle_connection(); };
template <class Handler>
concept has_handle_data = requires(Handler& made, bytes data) { made.handle_data(std::move(data)); };
template <class Handler>
concept has_handle_timeout = requires(Handler& made) { made.handle_timeout(); };
template <class Handler>
concept has_handle_shutdown = requires(Handler& made) { made.handle_shutdown(); };
template <class Handler>
concept has_handle_close = requires(Handler& made) { made.handle_close(); };
template <class Handler>
concept has_handle_error = requires(Handler& made, net_error why) { made.handle_error(std::move(why)); };

/// Whether the callbacks of a class are such that the loop finds them; if not, the compiler says why.
template <class Handler>
consteval bool check_callbacks() {
  constexpr bool connection =
      has_handle_connection<Handler> || requires { &together<Handler, named_handle_connection>::handle_connection; };
  static_assert(connection, "dialtone: handle_connection of a handler is public and takes no arguments");
  constexpr bool data = has_handle_data<Handler> || requires { &together<Handler, named_handle_data>::handle_data; };
  static_assert(data, "dialtone: handle_data of a handler is public and takes a dialtone::bytes");
  constexpr bool timeout =
      has_handle_timeout<Handler> || requires { &together<Handler, named_handle_timeout>::handle_timeout; };
  static_assert(timeout, "dialtone: handle_timeout of a handler is public and takes no arguments");
  constexpr bool shutdown =
      has_handle_shutdown<Handler> || requires { &together<Handler, named_handle_shutdown>::handle_shutdown; };
  static_assert(shutdown, "dialtone: handle_shutdown of a handler is public and takes no arguments");
  constexpr bool close =
      has_handle_close<Handler> || requires { &together<Handler, named_handle_close>::handle_close; };
  static_assert(close, "dialtone: handle_close of a handler is public and takes no arguments");
  constexpr bool error =
      has_handle_error<Handler> || requires { &together<Handler, named_handle_error>::handle_error; };
  static_assert(error, "dialtone: handle_error of a handler is public and takes a dialtone::net_error");
  return connection && data && timeout && shutdown && close && error;
}

template <class Handler>
concept handler_class = std::is_base_of_v<connection_handler<Handler>, Handler>;

template <class Result>
task<> take_later(connection_loop* loop, connection_loop::event of, task<Result> work) {
  if constexpr (std::is_void_v<Result>) {
    co_await work;
    loop->take(of);
  } else {
    loop->take(of, co_await work);
  }
}

template <class Call>
void call_back(connection_loop& loop, connection_loop::event of, Call&& call) {
  using result = decltype(call());
  if constexpr (is_task<result>) {
    loop.begin_work(take_later(&loop, of, call()));
  } else if constexpr (std::is_void_v<result>) {
    call();
    loop.take(of);
  } else {
    loop.take(of, call());
  }
}

template <class Handler>
void handle_failure(connection_loop& loop, Handler& handler, const net_error& why) {
  using enum connection_loop::event;
  if (why == net_error::closed) {
    if constexpr (has_handle_close<Handler>) return call_back(loop, end, [&] { return handler.handle_close(); });
  } else {
    if constexpr (has_handle_error<Handler>)
      return call_back(loop, end, [&] { return handler.handle_error(net_error{why}); });
  }
  loop.take(end);
}

template <class Handler>
void handle_idle(connection_loop& loop, Handler& handler) {
  using enum connection_loop::event;
  if (!loop.is_idle()) return;
  if constexpr (has_handle_timeout<Handler>)
    call_back(loop, question, [&] { return handler.handle_timeout(); });
  else
    loop.take(question);
}

template <class Handler, class Type>
bool handle_message_of(connection_loop& loop, Handler& handler, signal& arrived) {
  constexpr bool handled = requires(Type value) { handler.handle_info(std::move(value)); };
  static_assert(handled, "dialtone: the handler has no public handle_info for a type that its list `infos` names");
  if (arrived.type != &message_type<Type>) return false;
  if constexpr (handled)
    call_back(loop, connection_loop::event::ordinary,
              [&] { return handler.handle_info(std::move(static_cast<message<Type>&>(arrived).value)); });
  return true;
}

template <class Handler, class... Types>
bool handle_messages(connection_loop& loop, Handler& handler, signal& arrived, std::type_identity<messages<Types...>>) {
  return (handle_message_of<Handler, Types>(loop, handler, arrived) || ...);
}

/// Something that the socket has told.
template <class Handler>
bool handle_told(connection_loop& loop, Handler& handler, signal& arrived) {
  if (!loop.is_own(arrived)) return false;
  loop.has_read();
  if (arrived.type == &message_type<stream::closed>) {
    handle_failure(loop, handler, net_error{net_operation::recv, net_error::closed});
  } else if (arrived.type == &message_type<stream::error>) {
    handle_failure(loop, handler, std::move(static_cast<message<stream::error>&>(arrived).value.why));
  } else if (arrived.type == &message_type<stream::data>) {
    if constexpr (has_handle_data<Handler>)
      call_back(loop, connection_loop::event::ordinary, [&] {
        return handler.handle_data(std::move(static_cast<message<stream::data>&>(arrived).value.bytes));
      });
  } else {
    return false;
  }
  return true;
}

template <class Handler>
void handle_event(connection_loop& loop, Handler& handler, signal& arrived) {
  if (loop.is_shutdown(arrived)) {
    using enum connection_loop::event;
    if constexpr (has_handle_shutdown<Handler>)
      return call_back(loop, question, [&] { return handler.handle_shutdown(); });
    else
      return loop.take(question);
  }
  if (handle_told(loop, handler, arrived)) return;
  if constexpr (requires { typename Handler::infos; })
    if (handle_messages(loop, handler, arrived, std::type_identity<typename Handler::infos>{})) return;
  loop.unexpected(arrived);
}

template <class Handler, class... Arguments>
process<> run_handler(stream::socket socket, duration idle_timeout, Arguments... arguments) {
  Handler handler(std::move(arguments)...);
  connection_loop& loop = handler_access::loop(handler);
  loop.begin(socket, idle_timeout);
  if constexpr (has_handle_connection<Handler>) {
    call_back(loop, connection_loop::event::ordinary, [&] { return handler.handle_connection(); });
    if (loop.has_work()) co_await loop.take_work();
  }
  while (loop.goes_on()) {
    if (auto armed = loop.arm(); !armed) {
      handle_failure(loop, handler, std::move(armed).error());
    } else {
      taken_signal arrived = co_await loop.next();
      if (arrived)
        handle_event(loop, handler, *arrived);
      else
        handle_idle(loop, handler);
    }
    if (loop.has_work()) co_await loop.take_work();
  }
  if (auto next = loop.successor()) co_await become{std::move(*next)};
}

template <class Handler, class... Arguments>
class connection_class final : public connection_start {
 public:
  explicit connection_class(Arguments... arguments) : arguments_{std::move(arguments)...} {}
  process<> begin(stream::socket ready, duration idle_timeout) const override {
    return std::apply(
        [&](const Arguments&... each) { return run_handler<Handler, Arguments...>(ready, idle_timeout, each...); },
        arguments_);
  }

 private:
  std::tuple<Arguments...> arguments_;
};

template <class Handler, class... Arguments>
consteval bool check_handler() {
  if constexpr (!check_callbacks<Handler>() || !(check_sent<Arguments>() && ...)) {
    return false;
  } else {
    constexpr bool fits = std::is_constructible_v<Handler, Arguments...>;
    static_assert(fits, "dialtone: the handler has no public constructor for these arguments");
    return fits && check_copied(std::type_identity<std::tuple<Arguments...>>{});
  }
}

}  // namespace detail

/// Connections are served by objects of a class, each made of a copy of these arguments.
template <detail::handler_class Handler, class... Arguments>
connection_spec connection(Arguments... arguments) {
  if constexpr (detail::check_handler<Handler, detail::sent_argument<Arguments>...>()) {
    using start = detail::connection_class<Handler, detail::sent_argument<Arguments>...>;
    return connection_spec{std::make_shared<start>(detail::sent_argument<Arguments>(std::move(arguments))...)};
  } else {
    return connection_spec{nullptr};
  }
}

}  // namespace dialtone
