// SPDX-License-Identifier: Apache-2.0
// Async tasks under supervision (Elixir's Task.Supervisor): the process of each is a temporary child of a dynamic
// supervisor, any one. So it is seen there, counts towards max_children, and ends with the supervisor, in its time.
//
//   auto workers = co_await dt::start_link(dt::dynamic_supervisor_spec{.max_children = 100});
//   auto page = co_await dt::async_nolink(workers, fetch, url);           // dt::async_task<bytes>, as from async
//   auto slow = co_await dt::async(workers, {.shutdown = 30s}, render, text);
//   auto more = co_await dt::try_async_nolink(workers, fetch, other);      // std::expected<..., dt::child_error>
//   dt::pid mail = co_await dt::async_start(workers, {}, deliver, letter);
//
// A start is awaited: the supervisor has to answer, and the function runs when its owner watches the process. One that
// the supervisor refuses, or does not answer, throws async_refused; it waits for as long as the supervisor is busy. An
// owner that ends meanwhile, or gives up (with_deadline), leaves nothing behind: the function does not run then.
//
// Linked and unlinked ones differ as in async.hpp; both are linked to their supervisor, which is not disturbed by their
// ends. Inside a process only; resumed by the owner's scheduler.
#pragma once

#include <dialtone/otp/async.hpp>
#include <dialtone/otp/async_child.hpp>

namespace dialtone {

/// Of a child that runs for its effect.
struct async_start_options {
  std::string id = "async";
  /// It is started again with the same arguments where it is not temporary.
  restart_type restart = restart_type::temporary;
  /// As async_child_options::shutdown.
  duration shutdown = std::chrono::seconds{5};
  spawn_options process = {};
};

namespace detail {

template <class Result>
task<std::expected<async_task<Result>, async_refused>> start_supervised(dynamic_supervisor_ref supervisor,
                                                                        async_child_options options, async_work work,
                                                                        bool linked) {
  auto state = std::make_unique<async_state>();
  supervised_start begun{supervisor, *state, std::move(work)};
  begun.ask(options);
  auto finished = co_await begun.finish(state.get(), linked);
  if (!finished) co_return std::unexpected{std::move(finished.error())};
  co_return async_task<Result>{std::move(state)};
}

template <class Value>
task<Value> value_or_refused(task<std::expected<Value, async_refused>> start) {
  auto started = co_await std::move(start);
  if (!started) throw async_refused{std::move(started.error())};
  co_return std::move(*started);
}
template <class Value>
task<std::expected<Value, child_error>> value_or_error(task<std::expected<Value, async_refused>> start) {
  auto started = co_await std::move(start);
  if (!started) co_return std::unexpected{started.error().error()};
  co_return std::move(*started);
}

/// In place of what does not compile.
template <class Value>
task<std::expected<Value, async_refused>> never_started();

struct supervised_place {
  dynamic_supervisor_ref supervisor;
  bool linked = false;
};

// The arguments are converted by the call, not when the start is awaited: references to them need not live so long.
template <class Function, class... Arguments>
auto make_supervised(supervised_place place, async_child_options options, const Function& function,
                     Arguments&&... arguments) {
  using result = async_result_of<Function>;
  if constexpr (check_async<Function, Arguments...>())
    return start_supervised<result>(place.supervisor, std::move(options),
                                    work_of(as_pointer(function), std::forward<Arguments>(arguments)...), place.linked);
  else
    return never_started<async_task<result>>();
}

/// Starts a function for its effect, again and again.
template <class Returned, class... Parameters>
class forgotten_start final : public child_start {
 public:
  using pointer = Returned (*)(Parameters...);
  template <class... Arguments>
  explicit forgotten_start(pointer function, Arguments&&... arguments)
      : function_{function}, arguments_{static_cast<Parameters>(std::forward<Arguments>(arguments))...} {}
  task<std::expected<pid, start_error>> start(const spawn_options& options) const override {
    return std::apply(
        [&](const Parameters&... each) {
          return up_at_once(start_forgotten({.options = &options, .link = true}, function_, each...), options);
        },
        arguments_);
  }

 private:
  pointer function_;
  std::tuple<Parameters...> arguments_;
};

template <class Returned, class... Parameters, class... Arguments>
std::shared_ptr<const child_start> forgotten_start_of(Returned (*function)(Parameters...), Arguments&&... arguments) {
  return std::make_shared<forgotten_start<Returned, Parameters...>>(function, std::forward<Arguments>(arguments)...);
}

template <class Function, class... Arguments>
consteval bool check_kept_async() {
  if constexpr (check_async<Function, Arguments...>())
    return check_kept(std::type_identity<typename async_signature_of<Function>::parameters>{});
  else
    return false;
}

task<std::expected<pid, async_refused>> start_forgotten_child(dynamic_supervisor_ref supervisor,
                                                              async_start_options options,
                                                              std::shared_ptr<const child_start> start);

template <class Function, class... Arguments>
auto make_forgotten(dynamic_supervisor_ref supervisor, async_start_options options, const Function& function,
                    Arguments&&... arguments) {
  if constexpr (check_kept_async<Function, Arguments...>())
    return start_forgotten_child(supervisor, std::move(options),
                                 forgotten_start_of(as_pointer(function), std::forward<Arguments>(arguments)...));
  else
    return never_started<pid>();
}

template <class Function>
concept async_function = other_than<Function, async_child_options> && other_than<Function, async_start_options>;

}  // namespace detail

/// Runs `function` in a child of `supervisor` that is linked to the caller. Throws async_refused.
template <detail::async_function Function, class... Arguments>
auto async(dynamic_supervisor_ref supervisor, Function function, Arguments&&... arguments) {
  return detail::value_or_refused(
      detail::make_supervised({supervisor, true}, {}, function, std::forward<Arguments>(arguments)...));
}
template <class Function, class... Arguments>
auto async(dynamic_supervisor_ref supervisor, async_child_options options, Function function,
           Arguments&&... arguments) {
  return detail::value_or_refused(
      detail::make_supervised({supervisor, true}, std::move(options), function, std::forward<Arguments>(arguments)...));
}

/// As async, without the link to the caller.
template <detail::async_function Function, class... Arguments>
auto async_nolink(dynamic_supervisor_ref supervisor, Function function, Arguments&&... arguments) {
  return detail::value_or_refused(
      detail::make_supervised({supervisor, false}, {}, function, std::forward<Arguments>(arguments)...));
}
template <class Function, class... Arguments>
auto async_nolink(dynamic_supervisor_ref supervisor, async_child_options options, Function function,
                  Arguments&&... arguments) {
  return detail::value_or_refused(detail::make_supervised({supervisor, false}, std::move(options), function,
                                                          std::forward<Arguments>(arguments)...));
}

/// As async and async_nolink; a start that fails is a child_error.
template <detail::async_function Function, class... Arguments>
auto try_async(dynamic_supervisor_ref supervisor, Function function, Arguments&&... arguments) {
  return detail::value_or_error(
      detail::make_supervised({supervisor, true}, {}, function, std::forward<Arguments>(arguments)...));
}
template <class Function, class... Arguments>
auto try_async(dynamic_supervisor_ref supervisor, async_child_options options, Function function,
               Arguments&&... arguments) {
  return detail::value_or_error(
      detail::make_supervised({supervisor, true}, std::move(options), function, std::forward<Arguments>(arguments)...));
}
template <detail::async_function Function, class... Arguments>
auto try_async_nolink(dynamic_supervisor_ref supervisor, Function function, Arguments&&... arguments) {
  return detail::value_or_error(
      detail::make_supervised({supervisor, false}, {}, function, std::forward<Arguments>(arguments)...));
}
template <class Function, class... Arguments>
auto try_async_nolink(dynamic_supervisor_ref supervisor, async_child_options options, Function function,
                      Arguments&&... arguments) {
  return detail::value_or_error(detail::make_supervised({supervisor, false}, std::move(options), function,
                                                        std::forward<Arguments>(arguments)...));
}

/// Runs a function for its effect, as a child of `supervisor`: nobody gets the result, and the caller may end.
/// Elixir's Task.Supervisor.start_child. The supervisor keeps the arguments: they must be copyable. Throws
/// async_refused.
template <detail::async_function Function, class... Arguments>
task<pid> async_start(dynamic_supervisor_ref supervisor, Function function, Arguments&&... arguments) {
  return detail::value_or_refused(
      detail::make_forgotten(supervisor, {}, function, std::forward<Arguments>(arguments)...));
}
template <class Function, class... Arguments>
task<pid> async_start(dynamic_supervisor_ref supervisor, async_start_options options, Function function,
                      Arguments&&... arguments) {
  return detail::value_or_refused(
      detail::make_forgotten(supervisor, std::move(options), function, std::forward<Arguments>(arguments)...));
}
template <detail::async_function Function, class... Arguments>
task<std::expected<pid, child_error>> try_async_start(dynamic_supervisor_ref supervisor, Function function,
                                                      Arguments&&... arguments) {
  return detail::value_or_error(
      detail::make_forgotten(supervisor, {}, function, std::forward<Arguments>(arguments)...));
}
template <class Function, class... Arguments>
task<std::expected<pid, child_error>> try_async_start(dynamic_supervisor_ref supervisor, async_start_options options,
                                                      Function function, Arguments&&... arguments) {
  return detail::value_or_error(
      detail::make_forgotten(supervisor, std::move(options), function, std::forward<Arguments>(arguments)...));
}

}  // namespace dialtone
