// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/async_many.hpp>

namespace dialtone::detail {

namespace {

// At once, so that the last of many is not killed later than the first.
task<> kill_late(std::vector<async_state*> states) {
  std::vector<async_state*> late;
  for (async_state* each : states)
    if (!each->complete()) late.push_back(each);
  for (async_state* each : late) each->kill();
  co_await async_group{late, duration::max(), async_group::failures::are_results};
  for (async_state* each : late) {
    if (each->arrived != nullptr || *each->failure != exit_reason::killed) continue;
    each->give_up();
    each->ended_as_told = true;
  }
}

}  // namespace

task<> await_results(std::vector<async_state*> states, duration limit) {
  std::optional<exit_reason> why;
  {
    async_group group{states, limit, async_group::failures::end_the_wait};
    co_await group;
    if (group.failed() != nullptr)
      why = group.failed()->why();
    else if (!group.over())
      why = exit_reason::timeout;
  }
  if (!why) co_return;
  for (async_state* each : states) each->give_up();
  throw await_failed{std::move(*why)};
}

task<> await_outcomes(std::vector<async_state*> states, duration limit, yield_timeout late) {
  co_await async_group{states, limit, async_group::failures::are_results};
  if (late == yield_timeout::kill_task) co_await kill_late(states);
  if (late != yield_timeout::ignore) co_return;
  for (async_state* each : states) {
    if (each->complete()) continue;
    each->let_go();
    each->ended_as_told = true;
  }
}

}  // namespace dialtone::detail
