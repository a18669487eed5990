// SPDX-License-Identifier: Apache-2.0
// Several async tasks of one type, awaited together within one limit of time.
//
//   std::vector<dt::async_task<bytes>> pages;
//   for (const auto& url : urls) pages.push_back(dt::async(fetch, url));
//   std::vector<bytes> bodies = co_await dt::await_many(pages, 2s);
//
// Results are in the order of the tasks, whatever the order in which they come. Each costs O(1), however many wait. The
// vector belongs to the owner of the tasks, who alone may await, and it must outlive the wait. Resumed by the owner's
// scheduler.
#pragma once

#include <vector>

#include <dialtone/otp/async.hpp>

namespace dialtone {

/// What yield_many does with tasks that have no result when time is up.
enum class yield_timeout : std::uint8_t {
  nothing,    ///< they go on, and may be asked again
  ignore,     ///< they go on alone: async_task::ignore
  kill_task,  ///< they are ended by a kill, and may still have answered before it
};

namespace detail {

template <class Result>
std::vector<async_state*> states_of(const std::vector<async_task<Result>>& tasks) {
  std::vector<async_state*> states;
  for (const async_task<Result>& each : tasks) states.push_back(&each.state());
  return states;
}

/// Waits until all have a result, or one has failed: throws then, or when time is up, and gives up all of them.
task<> await_results(std::vector<async_state*> states, duration limit);
/// Waits until all are complete or time is up, and does with the others what shall be done.
task<> await_outcomes(std::vector<async_state*> states, duration limit, yield_timeout late);

template <class Result>
task<std::conditional_t<std::is_void_v<Result>, void, std::vector<answer_of<Result>>>> take_results(
    std::vector<async_state*> states, duration limit) {
  co_await await_results(states, limit);
  if constexpr (!std::is_void_v<Result>) {
    std::vector<Result> results;
    for (async_state* each : states) results.push_back(*take_outcome<Result>(*each));
    co_return results;
  } else {
    for (async_state* each : states) each->give_up();
  }
}

template <class Result>
task<std::vector<std::optional<async_outcome<Result>>>> take_outcomes(std::vector<async_state*> states, duration limit,
                                                                      yield_timeout late) {
  co_await await_outcomes(states, limit, late);
  std::vector<std::optional<async_outcome<Result>>> outcomes(states.size());
  for (std::size_t index = 0; index < states.size(); ++index)
    if (async_state& each = *states[index]; each.complete() && !each.ended_as_told)
      outcomes[index] = take_outcome<Result>(each);
  co_return outcomes;
}

}  // namespace detail

/// The results of all. Throws await_failed as soon as one of them has ended without a result, or when time is up; the
/// tasks go on then, as after await, and their results vanish.
template <class Result>
auto await_many(std::vector<async_task<Result>>& tasks, duration limit = default_await_timeout) {
  return detail::take_results<Result>(detail::states_of(tasks), limit);
}

/// As yield, for each of them: what has come within `limit`, in their order; empty for who has not answered.
template <class Result>
auto yield_many(std::vector<async_task<Result>>& tasks, duration limit = default_await_timeout,
                yield_timeout on_timeout = yield_timeout::nothing) {
  return detail::take_outcomes<Result>(detail::states_of(tasks), limit, on_timeout);
}

}  // namespace dialtone
