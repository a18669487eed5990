// SPDX-License-Identifier: Apache-2.0
// Which node is stepped: who has something to do, and nobody else.
#include <dialtone/testing/simulation.hpp>

#include <gtest/gtest.h>

#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/doubles.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone::testing {
namespace {

using namespace std::chrono_literals;

constexpr fault_options no_faults{.timing = {}};

process<> tick_for_ever() {
  for (;;) co_await sleep_for(1s);
}

int ticks_heard = 0;

process<> hear_ticks() {
  for (;;) {
    co_await receive<int>();
    ++ticks_heard;
  }
}

int steps_within(simulation& run, duration time) {
  const time_point end = run.now() + time;
  int steps = 0;
  for (run.step(); run.now() <= end; run.step()) ++steps;
  return steps;
}

TEST(simulation_steps, a_tick_costs_a_move_of_time_and_two_turns) {
  simulation run{{.faults = no_faults}};
  run.node("a", tick_for_ever);
  run.run_for(10s);
  // In one turn the timer fires, in the next one the process runs; there is none to see that nothing is left.
  EXPECT_EQ(steps_within(run, 10s), 10 * 3);
}

TEST(simulation_steps, nodes_that_wait_cost_none) {
  simulation run{{.faults = no_faults}};
  for (int node = 0; node < 50; ++node) run.node("idle-" + std::to_string(node), ignore_shutdown);
  run.node("a", tick_for_ever);
  run.run_for(10s);
  EXPECT_EQ(steps_within(run, 10s), 10 * 3);
}

TEST(simulation_steps, what_comes_from_outside_is_seen_without_a_turn_of_who_is_only_used) {
  simulation run{{.faults = no_faults}};
  ticks_heard = 0;
  run.node("a", tick_for_ever);
  run.node("b", hear_ticks);
  const pid there = run.at("b").spawn(hear_ticks);
  run.run_for(10s);
  EXPECT_EQ(steps_within(run, 10s), 10 * 3);
  run.at("b").send(there, 1);
  run.run_for(0s);
  EXPECT_EQ(ticks_heard, 1);
}

TEST(runtime_is_idle, when_a_turn_would_do_nothing) {
  stepped_runtime rt;
  EXPECT_TRUE(rt->is_idle());
  rt.spawn(tick_for_ever);
  EXPECT_FALSE(rt->is_idle()) << "the spawn has not arrived";
  rt.settle();
  EXPECT_TRUE(rt->is_idle());
  rt.clock().advance_to(rt->next_deadline());
  EXPECT_FALSE(rt->is_idle()) << "a timer is due";
  rt->step();
  EXPECT_FALSE(rt->is_idle()) << "it has made a process ready";
  rt->step();
  EXPECT_TRUE(rt->is_idle());
}

}  // namespace
}  // namespace dialtone::testing
