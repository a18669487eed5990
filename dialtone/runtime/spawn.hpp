// SPDX-License-Identifier: Apache-2.0
// spawn: starts a process and knows its pid at once.
//
//   dt::pid worker = dt::spawn(serve, 4000);
//   dt::pid named = dt::spawn_link({.name = "clock", .scheduler = dt::placement::on(1)}, tick, 10ms);
//   auto [pid, reference] = dt::spawn_monitor(crasher);
//
// The function is a plain one or a lambda without captures; its parameters are values, sendable, and moved into the new
// process, which first runs when the caller awaits. Inside a process only; from outside, runtime::spawn. A spawn past a
// limit, or with a name that cannot be had, throws `system_limit_reached`; try_spawn, try_spawn_link and
// try_spawn_monitor return the error instead. What the arguments throw when they are moved is thrown by the spawn.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include <dialtone/runtime/exit_reason.hpp>
#include <dialtone/runtime/process_function.hpp>
#include <dialtone/runtime/spawn_options.hpp>

namespace dialtone {

/// A process was not started. Uncaught, it ends the caller with `system_limit`, or, when it is the name that could not
/// be had, with a custom reason that says which.
class system_limit_reached : public exit_exception {
 public:
  explicit system_limit_reached(spawn_error why, std::string_view name = {});
  spawn_error why() const { return why_; }

 private:
  spawn_error why_;
};

/// A new process, and the monitor of it.
struct monitored {
  dialtone::pid pid;
  dialtone::reference reference;
};

namespace detail {

/// What a spawn asks for beside the function.
struct spawn_request {
  const spawn_options* options = nullptr;
  bool link = false;
  bool monitor = false;
};

/// A start on another scheduler, on its way there.
struct remote_start : signal {
  remote_start(const signal_type* type, const spawn_request& request);
  std::unique_ptr<spawn_options> options;
  bool link;
  reference monitor;
  /// Of a process that is started from outside the runtime.
  std::function<void(const exit_reason&)> at_end;
};
void handle_start(scheduler& home, process_block* receiver, signal* taken,
                  std::coroutine_handle<> (*create)(remote_start&));

template <class Pointer, class... Parameters>
struct remote_start_of : remote_start {
  remote_start_of(const spawn_request& request, Pointer function, Parameters... arguments);
  static std::coroutine_handle<> create(remote_start& start) {
    auto& self = static_cast<remote_start_of&>(start);
    return std::apply([&](Parameters&... arguments) { return self.function(std::move(arguments)...).release(); },
                      self.arguments);
  }
  static void handle(scheduler& home, process_block* receiver, signal* taken) {
    handle_start(home, receiver, taken, &create);
  }
  Pointer function;
  std::tuple<Parameters...> arguments;
};

template <class Start>
inline constexpr signal_type start_type{&Start::handle, &destroy_foreign_signal<Start>, sizeof(Start),
                                        &type_name<Start>};

template <class Pointer, class... Parameters>
remote_start_of<Pointer, Parameters...>::remote_start_of(const spawn_request& request, Pointer function,
                                                         Parameters... arguments)
    : remote_start{&start_type<remote_start_of>, request}, function{function}, arguments{std::move(arguments)...} {}

/// What others have sent before the start arrived counts from now on, when the process's options are known.
void deliver_early_signals(core& home, process_block& process);

/// A block for a child of the current process, which becomes current: the child's frame is to count as its own. What
/// arguments do in the child's name while they are moved into the frame waits, as before a start on its way.
struct birth {
  explicit birth(core& here) : here{here}, parent{here.current}, child{here.slots.allocate()} {
    if (child != nullptr) here.current = child;
  }
  ~birth() {
    here.current = parent;
    if (child != nullptr) [[unlikely]]
      take_back();
  }
  birth(const birth&) = delete;
  bool refused() const { return child == nullptr; }
  /// Registers the name that is asked for, if any.
  std::expected<void, spawn_error> take_name(const spawn_request& request);
  /// The child of a spawn without wishes.
  pid finish(std::coroutine_handle<> frame) {
    process_block& born = *std::exchange(child, nullptr);
    here.current = parent;
    born.frame = frame;
    born.flags = (born.flags & ~std::uint32_t{embryo}) | fresh;
    born.parent = parent->self();
    born.mailbox_limit = here.mailbox_limit;
    if (born.mailbox_first == nullptr) [[likely]] {
      announce(here, born);
      here.enqueue(born);
    } else {
      bring_up(born);
    }
    return born.self();
  }
  monitored finish(std::coroutine_handle<> frame, const spawn_request& request);
  /// Announced and ready to run, also when it has been sent something already.
  void bring_up(process_block& born);
  void take_back();

  core& here;
  process_block* parent;
  process_block* child;
};

/// The start of a process, to be sent to where it shall run.
template <class Pointer, class... Parameters, class... Arguments>
remote_start& make_start(const spawn_request& request, Pointer function, std::type_identity<std::tuple<Parameters...>>,
                         Arguments&&... arguments) {
  return *make_signal<remote_start_of<Pointer, Parameters...>>(
      request, function, static_cast<Parameters>(std::forward<Arguments>(arguments))...);
}

[[noreturn]] void refuse_spawn(spawn_error why, const spawn_options* options = nullptr);
bool has_memory(core& here);
bool is_local(core& here, const spawn_request& request);
std::expected<void, spawn_error> check_spawn(core& here, const spawn_request& request);
std::expected<monitored, spawn_error> send_start(core& here, remote_start& start);

/// The arguments have been converted by the parent, in its own name.
template <class Pointer, class... Parameters>
std::expected<monitored, spawn_error> spawn_here(core& here, const spawn_request& request, Pointer function,
                                                 Parameters&&... arguments) {
  birth begun{here};
  if (begun.refused()) return std::unexpected{spawn_error::process_limit};
  // The name comes last: making the frame moves arguments, which may throw.
  process<> made = function(std::move(arguments)...);
  if (request.options != nullptr)
    if (auto named = begun.take_name(request); !named) return std::unexpected{named.error()};
  return begun.finish(std::move(made).release(), request);
}

template <class Pointer, class... Parameters>
pid spawn_plain_here(core& here, Pointer function, Parameters&&... arguments) {
  birth begun{here};
  if (begun.refused()) [[unlikely]]
    refuse_spawn(spawn_error::process_limit);
  return begun.finish(function(std::move(arguments)...).release());
}

template <class Pointer, class... Parameters, class... Arguments>
std::expected<monitored, spawn_error> spawn_as(const spawn_request& request, Pointer function,
                                               std::type_identity<std::tuple<Parameters...>> parameters,
                                               Arguments&&... arguments) {
  core& here = calling_core();
  if (here.memory_limited && !has_memory(here)) return std::unexpected{spawn_error::memory_limit};
  if (request.options != nullptr) [[unlikely]] {
    if (auto allowed = check_spawn(here, request); !allowed) return std::unexpected{allowed.error()};
    if (!is_local(here, request))
      return send_start(here, make_start(request, function, parameters, std::forward<Arguments>(arguments)...));
  }
  return spawn_here(here, request, function, static_cast<Parameters>(std::forward<Arguments>(arguments))...);
}

template <class Function, class... Arguments>
std::expected<monitored, spawn_error> spawn_with(const spawn_request& request, const Function& function,
                                                 Arguments&&... arguments) {
  if constexpr (check_start<Function, Arguments...>())
    return spawn_as(request, as_pointer(function), std::type_identity<parameters<Function>>{},
                    std::forward<Arguments>(arguments)...);
}

template <class Pointer, class... Parameters, class... Arguments>
pid spawn_plain(Pointer function, std::type_identity<std::tuple<Parameters...>>, Arguments&&... arguments) {
  core& here = calling_core();
  if (here.memory_limited && !has_memory(here)) [[unlikely]]
    refuse_spawn(spawn_error::memory_limit);
  return spawn_plain_here(here, function, static_cast<Parameters>(std::forward<Arguments>(arguments))...);
}

/// As spawn_with, and throws when the process was not started.
template <class Function, class... Arguments>
monitored spawn_or_throw(const spawn_request& request, const Function& function, Arguments&&... arguments) {
  auto outcome = spawn_with(request, function, std::forward<Arguments>(arguments)...);
  if (!outcome) [[unlikely]]
    refuse_spawn(outcome.error(), request.options);
  return *outcome;
}

inline std::expected<pid, spawn_error> pid_of(const std::expected<monitored, spawn_error>& outcome) {
  if (!outcome) return std::unexpected{outcome.error()};
  return outcome->pid;
}

template <class Function>
concept in_place_of_function = other_than<Function, spawn_options>;

}  // namespace detail

template <detail::in_place_of_function Function, class... Arguments>
pid spawn(Function function, Arguments&&... arguments) {
  if constexpr (detail::check_start<Function, Arguments...>())
    return detail::spawn_plain(detail::as_pointer(function), std::type_identity<detail::parameters<Function>>{},
                               std::forward<Arguments>(arguments)...);
}
template <class Function, class... Arguments>
pid spawn(const spawn_options& options, Function function, Arguments&&... arguments) {
  return detail::spawn_or_throw({&options}, function, std::forward<Arguments>(arguments)...).pid;
}

/// Linked: when one of the two ends for another reason than `normal`, so does the other.
template <detail::in_place_of_function Function, class... Arguments>
pid spawn_link(Function function, Arguments&&... arguments) {
  return detail::spawn_or_throw({.link = true}, function, std::forward<Arguments>(arguments)...).pid;
}
template <class Function, class... Arguments>
pid spawn_link(const spawn_options& options, Function function, Arguments&&... arguments) {
  return detail::spawn_or_throw({.options = &options, .link = true}, function, std::forward<Arguments>(arguments)...)
      .pid;
}

/// Monitored by the caller, who gets a `down` when it ends.
template <detail::in_place_of_function Function, class... Arguments>
monitored spawn_monitor(Function function, Arguments&&... arguments) {
  return detail::spawn_or_throw({.monitor = true}, function, std::forward<Arguments>(arguments)...);
}
template <class Function, class... Arguments>
monitored spawn_monitor(const spawn_options& options, Function function, Arguments&&... arguments) {
  return detail::spawn_or_throw({.options = &options, .monitor = true}, function,
                                std::forward<Arguments>(arguments)...);
}

/// As spawn; past a limit, or with a name that cannot be had, the reason.
template <detail::in_place_of_function Function, class... Arguments>
std::expected<pid, spawn_error> try_spawn(Function function, Arguments&&... arguments) {
  return detail::pid_of(detail::spawn_with({}, function, std::forward<Arguments>(arguments)...));
}
template <class Function, class... Arguments>
std::expected<pid, spawn_error> try_spawn(const spawn_options& options, Function function, Arguments&&... arguments) {
  return detail::pid_of(detail::spawn_with({&options}, function, std::forward<Arguments>(arguments)...));
}

/// As spawn_link. A process that was not started leaves no link.
template <detail::in_place_of_function Function, class... Arguments>
std::expected<pid, spawn_error> try_spawn_link(Function function, Arguments&&... arguments) {
  return detail::pid_of(detail::spawn_with({.link = true}, function, std::forward<Arguments>(arguments)...));
}
template <class Function, class... Arguments>
std::expected<pid, spawn_error> try_spawn_link(const spawn_options& options, Function function,
                                               Arguments&&... arguments) {
  return detail::pid_of(
      detail::spawn_with({.options = &options, .link = true}, function, std::forward<Arguments>(arguments)...));
}

/// As spawn_monitor. No `down` comes for a process that was not started.
template <detail::in_place_of_function Function, class... Arguments>
std::expected<monitored, spawn_error> try_spawn_monitor(Function function, Arguments&&... arguments) {
  return detail::spawn_with({.monitor = true}, function, std::forward<Arguments>(arguments)...);
}
template <class Function, class... Arguments>
std::expected<monitored, spawn_error> try_spawn_monitor(const spawn_options& options, Function function,
                                                        Arguments&&... arguments) {
  return detail::spawn_with({.options = &options, .monitor = true}, function, std::forward<Arguments>(arguments)...);
}

}  // namespace dialtone
