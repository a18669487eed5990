// SPDX-License-Identifier: Apache-2.0
// spawn: starts a process and knows its pid at once.
//
//   dt::pid worker = dt::spawn(serve, 4000);
//   dt::pid named = dt::spawn_link({.name = "clock", .scheduler = dt::placement::on(1)}, tick, 10ms);
//   auto [pid, reference] = dt::spawn_monitor(crasher);
//
// The function is a plain one or a lambda without captures; its parameters are values, sendable, and moved into the new
// process, which first runs when the caller awaits. A spawn past a limit throws `system_limit_reached` (uncaught, the
// caller's exit reason is `system_limit`); try_spawn returns the error instead.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include <dialtone/base/sendable.hpp>
#include <dialtone/runtime/exit_reason.hpp>
#include <dialtone/runtime/process.hpp>
#include <dialtone/runtime/spawn_options.hpp>

namespace dialtone {

class system_limit_reached : public exit_exception {
 public:
  explicit system_limit_reached(spawn_error why);
  spawn_error why() const { return why_; }

 private:
  spawn_error why_;
};

struct monitored {
  dialtone::pid pid;
  dialtone::reference reference;
};

namespace detail {

template <class Function>
struct parameters_of;
template <class... Parameters>
struct parameters_of<process<> (*)(Parameters...)> {
  static_assert((!std::is_reference_v<Parameters> && ...),
                "dialtone: a process takes its parameters by value: a reference would outlive what it refers to");
  using type = std::tuple<Parameters...>;
};

template <class Function>
auto as_pointer(Function function) {
  if constexpr (std::is_pointer_v<Function>) {
    return function;
  } else {
    static_assert(
        std::is_empty_v<Function>,
        "dialtone: a process is a function without state: hand over what a lambda would capture as arguments");
    return +function;
  }
}

template <class Function>
using parameters = typename parameters_of<decltype(as_pointer(std::declval<std::decay_t<Function>>()))>::type;

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
inline constexpr signal_type start_type{&Start::handle, &destroy_signal<Start>, sizeof(Start), &type_name<Start>};

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
    if (child == nullptr) [[unlikely]]
      return;
    child->flags = embryo;
    child->mailbox_limit = 0xffffffff;
    here.current = child;
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
    if (born.mailbox_first != nullptr) [[unlikely]]
      deliver_early_signals(here, born);
    announce(here, born);
    if (!born.has(queued)) [[likely]]
      here.enqueue(born);
    return born.self();
  }
  monitored finish(std::coroutine_handle<> frame, const spawn_request& request);
  void take_back();

  core& here;
  process_block* parent;
  process_block* child;
};

[[noreturn]] void refuse_spawn(spawn_error why);
bool has_memory(core& here);
bool is_local(core& here, const spawn_request& request);
std::expected<void, spawn_error> check_spawn(core& here, const spawn_request& request);
std::expected<monitored, spawn_error> send_start(core& here, remote_start& start);

/// The arguments have been converted by the parent, in its own name.
template <class Function, class... Parameters>
std::expected<monitored, spawn_error> spawn_here(core& here, const spawn_request& request, Function function,
                                                 Parameters&&... arguments) {
  birth begun{here};
  if (begun.refused()) return std::unexpected{spawn_error::process_limit};
  // The name comes last: making the frame moves arguments, which may throw.
  process<> made = function(std::move(arguments)...);
  if (request.options != nullptr)
    if (auto named = begun.take_name(request); !named) return std::unexpected{named.error()};
  return begun.finish(std::move(made).release(), request);
}

template <class Function, class... Parameters>
pid spawn_plain_here(core& here, Function function, Parameters&&... arguments) {
  birth begun{here};
  if (begun.refused()) [[unlikely]]
    refuse_spawn(spawn_error::process_limit);
  return begun.finish(function(std::move(arguments)...).release());
}

template <class Function, class... Parameters, class... Arguments>
std::expected<monitored, spawn_error> spawn_as(const spawn_request& request, Function function,
                                               std::type_identity<std::tuple<Parameters...>>,
                                               Arguments&&... arguments) {
  (check_sendable<Parameters>(), ...);
  static_assert(std::is_constructible_v<std::tuple<Parameters...>, Arguments&&...> || sizeof...(Parameters) == 0,
                "dialtone: the arguments of spawn do not fit the parameters of the function");
  core& here = calling_core();
  if (here.memory_limited && !has_memory(here)) return std::unexpected{spawn_error::memory_limit};
  if (request.options != nullptr) [[unlikely]] {
    if (auto allowed = check_spawn(here, request); !allowed) return std::unexpected{allowed.error()};
    if (!is_local(here, request))
      return send_start(here, *make_signal<remote_start_of<Function, Parameters...>>(
                                  request, function, Parameters(std::forward<Arguments>(arguments))...));
  }
  return spawn_here(here, request, function, Parameters(std::forward<Arguments>(arguments))...);
}

template <class Function, class... Arguments>
std::expected<monitored, spawn_error> spawn_with(const spawn_request& request, Function function,
                                                 Arguments&&... arguments) {
  return spawn_as(request, as_pointer(function), std::type_identity<parameters<Function>>{},
                  std::forward<Arguments>(arguments)...);
}

template <class Function, class... Parameters, class... Arguments>
pid spawn_plain(Function function, std::type_identity<std::tuple<Parameters...>>, Arguments&&... arguments) {
  (check_sendable<Parameters>(), ...);
  core& here = calling_core();
  if (here.memory_limited && !has_memory(here)) [[unlikely]]
    refuse_spawn(spawn_error::memory_limit);
  return spawn_plain_here(here, function, Parameters(std::forward<Arguments>(arguments))...);
}

inline monitored started(std::expected<monitored, spawn_error> outcome) {
  if (!outcome) [[unlikely]]
    refuse_spawn(outcome.error());
  return *outcome;
}

template <class Function>
concept process_function = std::is_function_v<std::remove_pointer_t<std::decay_t<Function>>> ||
                           requires { &std::decay_t<Function>::operator(); };

}  // namespace detail

template <detail::process_function Function, class... Arguments>
pid spawn(Function function, Arguments&&... arguments) {
  return detail::spawn_plain(detail::as_pointer(function), std::type_identity<detail::parameters<Function>>{},
                             std::forward<Arguments>(arguments)...);
}
template <detail::process_function Function, class... Arguments>
pid spawn(const spawn_options& options, Function function, Arguments&&... arguments) {
  return detail::started(detail::spawn_with({&options}, function, std::forward<Arguments>(arguments)...)).pid;
}

/// Linked: when one of the two ends for another reason than `normal`, so does the other.
template <detail::process_function Function, class... Arguments>
pid spawn_link(Function function, Arguments&&... arguments) {
  return detail::started(detail::spawn_with({nullptr, true}, function, std::forward<Arguments>(arguments)...)).pid;
}
template <detail::process_function Function, class... Arguments>
pid spawn_link(const spawn_options& options, Function function, Arguments&&... arguments) {
  return detail::started(detail::spawn_with({&options, true}, function, std::forward<Arguments>(arguments)...)).pid;
}

/// Monitored by the caller, who gets a `down` when it ends.
template <detail::process_function Function, class... Arguments>
monitored spawn_monitor(Function function, Arguments&&... arguments) {
  return detail::started(detail::spawn_with({nullptr, false, true}, function, std::forward<Arguments>(arguments)...));
}
template <detail::process_function Function, class... Arguments>
monitored spawn_monitor(const spawn_options& options, Function function, Arguments&&... arguments) {
  return detail::started(detail::spawn_with({&options, false, true}, function, std::forward<Arguments>(arguments)...));
}

/// As spawn; past a limit, or with a name that cannot be had, the reason.
template <detail::process_function Function, class... Arguments>
std::expected<pid, spawn_error> try_spawn(const spawn_options& options, Function function, Arguments&&... arguments) {
  auto outcome = detail::spawn_with({&options}, function, std::forward<Arguments>(arguments)...);
  if (!outcome) return std::unexpected{outcome.error()};
  return outcome->pid;
}

}  // namespace dialtone
