// SPDX-License-Identifier: Apache-2.0
// What serves the connections of a listener (listener.hpp): a function, or a class of callbacks
// (connection_handler.hpp), with the arguments that each connection gets a copy of.
//
//   dt::process<> echo(dt::stream::socket socket, std::string greeting);
//   dt::connection(echo, "hello")
//
// The function runs in a process of its own for each connection, which owns the socket: when it ends, the connection is
// closed. Whatever it throws ends that process alone. When the listener drains it gets an exit signal `shutdown`, which
// ends it there and then (what it has sent still goes out); one that has something to finish traps exits, and is killed
// when the time is up.
#pragma once

#include <memory>
#include <tuple>
#include <type_traits>

#include <dialtone/net/stream.hpp>
#include <dialtone/runtime/process_function.hpp>

namespace dialtone {

namespace detail {

/// Makes the function of a connection's process; shared by all copies of its specification, constant.
class connection_start {
 public:
  connection_start() = default;
  connection_start(const connection_start&) = delete;
  virtual ~connection_start() = default;
  /// `idle_timeout` is for those that read themselves.
  virtual process<> begin(stream::socket ready, duration idle_timeout) const = 0;
};

}  // namespace detail

/// Who serves a connection, and with what. A value, cheap to copy and sendable; made by connection().
class connection_spec {
 public:
  explicit connection_spec(std::shared_ptr<const detail::connection_start> start) : start_{std::move(start)} {}
  const detail::connection_start* operator->() const { return start_.get(); }

 private:
  std::shared_ptr<const detail::connection_start> start_;
};

template <>
inline constexpr bool enable_sendable<connection_spec> = true;

namespace detail {

template <class Pointer, class Parameters>
class connection_function;
template <class Pointer, class... Parameters>
class connection_function<Pointer, std::tuple<stream::socket, Parameters...>> final : public connection_start {
 public:
  template <class... Arguments>
  explicit connection_function(Pointer function, Arguments&&... arguments)
      : function_{function}, arguments_{static_cast<Parameters>(std::forward<Arguments>(arguments))...} {}
  process<> begin(stream::socket ready, duration) const override {
    return std::apply([&](const Parameters&... each) { return function_(ready, each...); }, arguments_);
  }

 private:
  Pointer function_;
  std::tuple<Parameters...> arguments_;
};

template <class Parameters>
inline constexpr bool begins_with_socket = false;
template <class... Parameters>
inline constexpr bool begins_with_socket<std::tuple<stream::socket, Parameters...>> = true;

template <class... Types>
consteval bool check_copied(std::type_identity<std::tuple<Types...>>) {
  constexpr bool copied = (std::is_copy_constructible_v<Types> && ...);
  static_assert(copied, "dialtone: each connection gets a copy of the arguments: they must be copyable");
  return copied;
}

/// Whether `Function` can serve connections with these arguments; if not, the compiler says why.
template <class Function, class... Arguments>
consteval bool check_connection() {
  if constexpr (!check_start<Function, stream::socket, Arguments...>()) {
    return false;
  } else {
    constexpr bool socket = begins_with_socket<parameters<Function>>;
    static_assert(socket, "dialtone: the function of a connection takes its dialtone::stream::socket first");
    return socket && check_copied(std::type_identity<parameters<Function>>{});
  }
}

}  // namespace detail

/// Connections are served by a plain function, or a lambda without captures, that returns process<>.
template <class Function, class... Arguments>
connection_spec connection(Function function, Arguments&&... arguments) {
  if constexpr (detail::check_connection<Function, Arguments...>())
    return connection_spec{
        std::make_shared<detail::connection_function<decltype(+function), detail::parameters<Function>>>(
            +function, std::forward<Arguments>(arguments)...)};
  else
    return connection_spec{nullptr};
}

}  // namespace dialtone
