// SPDX-License-Identifier: Apache-2.0
// async: a function that runs in a process of its own, for the sake of its result (Elixir's Task).
//
//   auto page = dt::async(fetch, url);                        // dt::async_task<bytes>; it runs when the caller awaits
//   auto there = dt::async({.scheduler = dt::placement::spread()}, render, text);
//   bytes body = co_await page.await(2s);                     // or the caller ends, as the task did, or by timeout
//   if (auto outcome = co_await there.yield(10ms)) use(*outcome);   // empty: not yet, and it goes on
//
// The function is a plain one or a lambda without captures, of sendable values, that returns task<T>, T or void. Its
// process is a child of the caller, which owns the task: nobody else may ask for the result, and only one await at a
// time does. An async task is linked to its owner: a crash of the one ends the other, unless it traps exits. One of
// async_nolink is not, and its end is seen in its result alone.
//
// The result does not pass through the mailbox: it is found in O(1), and a late one never shows. An owner that traps
// exits gets `exited` for each linked task that ends, as for every link. Inside a process only; its own scheduler
// resumes it. A start past a limit of the runtime throws system_limit_reached; try_async.hpp has the forms that return
// the error, async_supervised.hpp those whose process is a child of a supervisor.
#pragma once

#include <memory>

#include <dialtone/otp/async_await.hpp>
#include <dialtone/otp/time_limit.hpp>

namespace dialtone {

class dynamic_supervisor_ref;

/// An async task, in the hands of its owner. It stays in the owner's process; its destruction lets the task go on and
/// drops the result. The result is taken once: who asks again gets `noproc`.
template <class Result>
class async_task {
 public:
  using result_type = Result;
  using outcome = std::expected<Result, exit_reason>;

  /// The result. Throws await_failed when there is none, or none in time; the task goes on in the latter case, and its
  /// result vanishes.
  [[nodiscard("an await does nothing until it is awaited")]] detail::async_await<Result> await(
      duration limit = default_await_timeout) {
    return {state(), limit};
  }
  /// The result, or why there is none; empty when time is up: the task goes on and may be asked again.
  [[nodiscard("a yield does nothing until it is awaited")]] detail::async_yield<Result> yield(
      duration limit = default_await_timeout) {
    return {state(), limit};
  }
  /// Ends the task and waits for that: by `shutdown`, and by a kill when `limit` is over; at once with brutal_kill. The
  /// result if it has come meanwhile; empty when the task ended as it was told; otherwise its reason, and `noproc` when
  /// the result had been taken. The task object must outlive the wait.
  task<std::optional<outcome>> shutdown(duration limit = default_await_timeout) {
    return detail::end_async<Result>(&state(), limit);
  }
  /// Unlinks the task, which goes on alone. What has come by now, if anything has.
  std::optional<outcome> ignore() {
    const bool there = state().complete();
    state().let_go();
    if (!there) return std::nullopt;
    return detail::take_outcome<Result>(state());
  }
  /// None for a completed one.
  dialtone::pid pid() const { return state().process; }

  /// For the functions that make tasks.
  explicit async_task(std::unique_ptr<detail::async_state> state) : state_{std::move(state)} {}
  detail::async_state& state() const {
    DIALTONE_ASSERT(state_ != nullptr, "an async task that has been moved away is not asked for its result");
    state_->check_owner();
    return *state_;
  }

 private:
  std::unique_ptr<detail::async_state> state_;
};

namespace detail {

template <class Function, class... Arguments>
auto try_make_async(const spawn_request& request, const Function& function, Arguments&&... arguments) {
  using made = async_task<async_result_of<Function>>;
  using outcome = std::expected<made, spawn_error>;
  if constexpr (check_async<Function, Arguments...>()) {
    auto state = std::make_unique<async_state>();
    auto started =
        start_answering(request, as_pointer(function), reply_to<typename made::result_type>{state->owner, state->name},
                        std::forward<Arguments>(arguments)...);
    if (!started) return outcome{std::unexpected{started.error()}};
    state->began(*started);
    return outcome{made{std::move(state)}};
  } else {
    return outcome{made{nullptr}};
  }
}

template <class Function, class... Arguments>
std::expected<pid, spawn_error> try_start_async(const spawn_request& request, const Function& function,
                                                Arguments&&... arguments) {
  if constexpr (check_async<Function, Arguments...>())
    return start_forgotten(request, as_pointer(function), std::forward<Arguments>(arguments)...);
  else
    return {};
}

/// What was started, or system_limit_reached is thrown.
template <class Started>
Started started_or_throw(const spawn_request& request, std::expected<Started, spawn_error> outcome) {
  if (!outcome) refuse_spawn(outcome.error(), request.options);
  return std::move(*outcome);
}

template <class Function, class... Arguments>
auto make_async(const spawn_request& request, const Function& function, Arguments&&... arguments) {
  return started_or_throw(request, try_make_async(request, function, std::forward<Arguments>(arguments)...));
}

template <class Function, class... Arguments>
pid start_async(const spawn_request& request, const Function& function, Arguments&&... arguments) {
  return started_or_throw(request, try_start_async(request, function, std::forward<Arguments>(arguments)...));
}

template <class Result>
void complete_with(async_state& state, Result value) {
  state.arrived = make_signal<reply_signal<Result>>(state.name, std::move(value));
}

/// What is neither options nor a supervisor: those come before the function.
template <class Function>
concept async_function_first = other_than<Function, spawn_options> && other_than<Function, dynamic_supervisor_ref>;

}  // namespace detail

/// Runs `function` in a process that is linked to the caller.
template <detail::async_function_first Function, class... Arguments>
[[nodiscard("without its task nobody gets the result: async_start_link runs for the effect")]] auto async(
    Function function, Arguments&&... arguments) {
  return detail::make_async({.link = true}, function, std::forward<Arguments>(arguments)...);
}
template <class Function, class... Arguments>
[[nodiscard("without its task nobody gets the result: async_start_link runs for the effect")]] auto async(
    const spawn_options& options, Function function, Arguments&&... arguments) {
  return detail::make_async({.options = &options, .link = true}, function, std::forward<Arguments>(arguments)...);
}

/// As async, without the link: the owner learns of a crash from the result.
template <detail::async_function_first Function, class... Arguments>
[[nodiscard("without its task nobody gets the result: async_start runs for the effect")]] auto async_nolink(
    Function function, Arguments&&... arguments) {
  return detail::make_async({}, function, std::forward<Arguments>(arguments)...);
}
template <class Function, class... Arguments>
[[nodiscard("without its task nobody gets the result: async_start runs for the effect")]] auto async_nolink(
    const spawn_options& options, Function function, Arguments&&... arguments) {
  return detail::make_async({.options = &options}, function, std::forward<Arguments>(arguments)...);
}

/// Runs a function for its effect: nobody gets the result. Elixir's Task.start.
template <detail::async_function_first Function, class... Arguments>
pid async_start(Function function, Arguments&&... arguments) {
  return detail::start_async({}, function, std::forward<Arguments>(arguments)...);
}
template <class Function, class... Arguments>
pid async_start(const spawn_options& options, Function function, Arguments&&... arguments) {
  return detail::start_async({.options = &options}, function, std::forward<Arguments>(arguments)...);
}
/// Linked; Elixir's Task.start_link.
template <detail::async_function_first Function, class... Arguments>
pid async_start_link(Function function, Arguments&&... arguments) {
  return detail::start_async({.link = true}, function, std::forward<Arguments>(arguments)...);
}
template <class Function, class... Arguments>
pid async_start_link(const spawn_options& options, Function function, Arguments&&... arguments) {
  return detail::start_async({.options = &options, .link = true}, function, std::forward<Arguments>(arguments)...);
}

/// A task whose result is known, without a process: where a cache has what a task would fetch.
template <class Result>
async_task<Result> completed(Result value) {
  detail::check_sendable<Result>();
  auto state = std::make_unique<detail::async_state>();
  detail::complete_with(*state, std::move(value));
  return async_task<Result>{std::move(state)};
}
inline async_task<void> completed() {
  auto state = std::make_unique<detail::async_state>();
  detail::complete_with(*state, std::monostate{});
  return async_task<void>{std::move(state)};
}

}  // namespace dialtone
