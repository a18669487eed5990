// SPDX-License-Identifier: Apache-2.0
// What a supervisor knows of a child: how to start it, when to start it again, how to end it. A value, cheap to copy
// and sendable; made by child(), then told what differs from the defaults:
//
//   dt::child("printer", print, 1)                                              // a process: function and arguments
//   dt::child<counter>("counter", 10).spawn({.name = "counter"})                // a gen_server and its arguments
//   dt::child("readers", dt::supervisor_spec{...})                              // a supervisor below
//   dt::child("link", dial, address).restart(dt::restart_type::transient).shutdown(2s).backoff({.initial = 100ms})
//
// The arguments are kept and copied for each start: they must be sendable and copyable. A function whose first
// parameter is a dt::start_ticket says itself when it is up (start.hpp); any other is up at once.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include <dialtone/otp/backoff.hpp>
#include <dialtone/otp/gen_server.hpp>
#include <dialtone/otp/start.hpp>
#include <dialtone/otp/time_limit.hpp>

namespace dialtone {

struct supervisor_spec;

enum class restart_type : std::uint8_t {
  permanent,  ///< always
  transient,  ///< unless it has ended with `normal` or a kind of `shutdown`
  temporary,  ///< never; once it has ended its supervisor forgets it
};
std::string to_string(restart_type type);

enum class child_type : std::uint8_t { worker, supervisor };

namespace detail {

/// Starts a child, again and again; shared by all copies of its specification, constant.
class child_start {
 public:
  virtual ~child_start() = default;
  virtual task<std::expected<pid, start_error>> start(const spawn_options& options) const = 0;
  /// Of a supervisor: what it supervises.
  virtual const supervisor_spec* subtree() const { return nullptr; }
  /// Of any other child: what the sketch calls it.
  virtual std::string kind() const { return "worker"; }
};

struct child_data {
  std::string id;
  std::shared_ptr<const child_start> start;
  restart_type restart = restart_type::permanent;
  child_type type = child_type::worker;
  duration shutdown = std::chrono::seconds{5};
  bool significant = false;
  std::optional<backoff_options> backoff = {};
  spawn_options spawn = {};
};

}  // namespace detail

class child_spec {
 public:
  child_spec(std::string id, child_type type, std::shared_ptr<const detail::child_start> start);

  child_spec& id(std::string id);
  child_spec& restart(restart_type type);
  /// How long it may take to end after `shutdown`, before it is killed; infinity; or brutal_kill. The default is 5 s,
  /// of a supervisor infinity.
  child_spec& shutdown(duration limit);
  /// Its end by itself may end the supervisor, see supervisor_spec::auto_shutdown.
  child_spec& significant(bool is = true);
  /// Its restarts wait; they count towards the supervisor's intensity all the same.
  child_spec& backoff(backoff_options options);
  /// Name, placement, limits of its process. A linked start is the supervisor's.
  child_spec& spawn(spawn_options options);

  const detail::child_data& operator*() const { return *data_; }
  const detail::child_data* operator->() const { return data_.get(); }

 private:
  detail::child_data& change();
  std::shared_ptr<const detail::child_data> data_;
};

/// What is wrong with a specification by itself, as a sentence.
std::expected<void, std::string> check_child_spec(const child_spec& spec);

template <>
inline constexpr bool enable_sendable<child_spec> = true;

namespace detail {

template <class Type>
concept server_class = std::is_base_of_v<gen_server<Type>, Type>;

task<std::expected<pid, start_error>> up_at_once(std::expected<pid, spawn_error> spawned, const spawn_options& options);

/// For plain functions, and for those that take a start_ticket before their arguments.
template <class Pointer, class... Parameters>
class function_start final : public child_start {
 public:
  template <class... Arguments>
  explicit function_start(Pointer function, Arguments&&... arguments)
      : function_{function}, arguments_{static_cast<Parameters>(std::forward<Arguments>(arguments))...} {}
  task<std::expected<pid, start_error>> start(const spawn_options& options) const override {
    return std::apply([&](const Parameters&... arguments) { return start_with(options, arguments...); }, arguments_);
  }

 private:
  task<std::expected<pid, start_error>> start_with(const spawn_options& options, Parameters... arguments) const {
    if constexpr (std::is_invocable_v<Pointer, start_ticket, Parameters...>)
      return pid_or_error(start_as({.link = true}, options, function_, std::move(arguments)...));
    else
      return up_at_once(try_spawn_link(options, function_, std::move(arguments)...), options);
  }
  Pointer function_;
  std::tuple<Parameters...> arguments_;
};

template <class Server, class... Parameters>
class server_start final : public child_start {
 public:
  explicit server_start(Parameters... arguments) : arguments_{std::move(arguments)...} {}
  task<std::expected<pid, start_error>> start(const spawn_options& options) const override {
    return std::apply(
        [&](const Parameters&... arguments) {
          return pid_or_error(start_server<Server>({.link = true}, options, Parameters(arguments)...));
        },
        arguments_);
  }

 private:
  std::tuple<Parameters...> arguments_;
};

template <class Pointer, class... Parameters, class... Arguments>
std::shared_ptr<const child_start> start_of(Pointer function, std::type_identity<std::tuple<Parameters...>>,
                                            Arguments&&... arguments) {
  return std::make_shared<function_start<Pointer, Parameters...>>(function, std::forward<Arguments>(arguments)...);
}
template <class Pointer, class... Parameters, class... Arguments>
std::shared_ptr<const child_start> start_of(Pointer function,
                                            std::type_identity<std::tuple<start_ticket, Parameters...>>,
                                            Arguments&&... arguments) {
  return std::make_shared<function_start<Pointer, Parameters...>>(function, std::forward<Arguments>(arguments)...);
}

template <class... Types>
consteval bool check_kept(std::type_identity<std::tuple<Types...>>) {
  constexpr bool copied = (std::is_copy_constructible_v<Types> && ...);
  static_assert(copied, "dialtone: the arguments of a child are kept for its restarts: they must be copyable");
  return copied;
}

template <class Server, class... Types>
consteval bool check_constructor() {
  constexpr bool constructible = std::is_constructible_v<Server, Types...>;
  static_assert(constructible, "dialtone: the server has no public constructor for these arguments");
  return constructible && check_kept(std::type_identity<std::tuple<Types...>>{});
}

template <class Parameters>
struct without_ticket {
  using type = Parameters;
};
template <class... Parameters>
struct without_ticket<std::tuple<start_ticket, Parameters...>> {
  using type = std::tuple<Parameters...>;
};

/// Whether `Function` can be started with these arguments, behind a ticket if it takes one.
template <class Function, class... Arguments>
consteval bool check_child() {
  if constexpr (!check_plain<Function>()) {
    return false;
  } else {
    using kept = std::type_identity<typename without_ticket<parameters<Function>>::type>;
    if constexpr (std::is_same_v<typename kept::type, parameters<Function>>) {
      if constexpr (!check_start<Function, Arguments...>()) return false;
    } else if constexpr (!check_start<Function, start_ticket, Arguments...>()) {
      return false;
    }
    return check_kept(kept{});
  }
}

}  // namespace detail

/// A child that is a process: a plain function, or a lambda without captures, that returns process<>.
template <class Function, class... Arguments>
  requires(!detail::server_class<Function> && !std::is_same_v<Function, supervisor_spec>)
child_spec child(std::string id, Function function, Arguments&&... arguments) {
  if constexpr (detail::check_child<Function, Arguments...>())
    return {std::move(id), child_type::worker,
            detail::start_of(detail::as_pointer(function), std::type_identity<detail::parameters<Function>>{},
                             std::forward<Arguments>(arguments)...)};
  else
    return {std::move(id), child_type::worker, nullptr};
}

/// A child that is a gen_server.
template <detail::server_class Server, class... Arguments>
child_spec child(std::string id, Arguments... arguments) {
  if constexpr (detail::check_constructor<Server, detail::sent_argument<Arguments>...>()) {
    using start = detail::server_start<Server, detail::sent_argument<Arguments>...>;
    return {std::move(id), child_type::worker,
            std::make_shared<start>(detail::sent_argument<Arguments>(std::move(arguments))...)};
  } else {
    return {std::move(id), child_type::worker, nullptr};
  }
}

}  // namespace dialtone
