// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/teardown.hpp>

#include <dialtone/base/assert.hpp>

namespace dialtone::detail {

namespace {

// Tells that all has been taken that was sent to a scheduler before it.
struct fence : signal {
  explicit fence(std::size_t& passed);
  static void handle(scheduler&, process_block*, signal* taken) {
    ++static_cast<fence*>(taken)->passed;
    destroy(taken);
  }
  std::size_t& passed;
};
constexpr signal_type fence_type{&fence::handle, &destroy_signal<fence>, sizeof(fence), &type_name<fence>};
fence::fence(std::size_t& passed) : signal{&fence_type, {}, {}}, passed{passed} {}

struct ended {
  std::size_t left = 0;  // their blocking work has not returned
  bool worked = false;
};

// Ends what lives on each scheduler.
ended end_processes(runtime_state& state) {
  ended now;
  for (auto& each : state.schedulers) {
    scheduler::presence here{*each};
    each->end_all();
    now.worked |= each->turn(duration::zero());
    now.left += each->slots.live();
  }
  return now;
}

}  // namespace

void tear_down(runtime_state& state) {
  // Among what is queued may be starts that somebody waits for. A turn takes only some of it.
  std::size_t passed = 0;
  for (auto& each : state.schedulers) {
    signal* last = make_signal<fence>(passed);
    each->post(last, last);
  }
  ended now;
  while (passed != state.schedulers.size()) now = end_processes(state);
  state.blocking.stop();
  // Destructors may start processes; that some do so for ever is a fault of theirs.
  constexpr int most_rounds = 1000;
  for (int round = 0; (round == 0 || now.left != 0 || now.worked) && round < most_rounds; ++round)
    now = end_processes(state);
  DIALTONE_ASSERT(now.left == 0, "processes that are destroyed at the end of a runtime start others without an end");
}

}  // namespace dialtone::detail
