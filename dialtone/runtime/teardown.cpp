// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/teardown.hpp>

#include <dialtone/base/assert.hpp>

namespace dialtone::detail {

namespace {

// Ends what lives on each scheduler; how many are left (their blocking work has not returned).
std::size_t end_processes(runtime_state& state) {
  std::size_t left = 0;
  for (auto& each : state.schedulers) {
    scheduler::presence here{*each};
    each->end_all();
    each->turn(duration::zero());
    left += each->slots.live();
  }
  return left;
}

}  // namespace

void tear_down(runtime_state& state) {
  std::size_t left = end_processes(state);
  state.blocking.stop();
  // Destructors may start processes; that some do so for ever is a fault of theirs.
  constexpr int most_rounds = 1000;
  for (int round = 0; left != 0 && round < most_rounds; ++round) left = end_processes(state);
  DIALTONE_ASSERT(left == 0, "processes that are destroyed at the end of a runtime start others without an end");
}

}  // namespace dialtone::detail
