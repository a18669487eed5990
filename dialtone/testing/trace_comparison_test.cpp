// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/trace_comparison.hpp>

#include <gtest/gtest.h>

#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/send.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/seeds.hpp>

namespace dialtone::testing {
namespace {

using namespace std::chrono_literals;

const trace_event plain{.time = 1s, .what = "runs", .node = 0, .process = pid{0, 5, 1}};

/// A run of so many plain events, with another one among them.
void run_through(trace_comparison& comparison, std::size_t count, std::size_t other_at, const trace_event& other) {
  trace made{0, &comparison};
  made.add_node("server");
  for (std::size_t i = 0; i < count; ++i) made.pass(i == other_at ? other : plain);
}

std::string difference(std::size_t first_count, std::size_t second_count, std::size_t at, const trace_event& other) {
  trace_comparison comparison;
  run_through(comparison, first_count, first_count, other);
  comparison.begin_second();
  run_through(comparison, second_count, at, other);
  return comparison.text();
}

TEST(trace_comparison, says_nothing_of_runs_that_are_the_same) { EXPECT_EQ(difference(5, 5, 5, plain), ""); }

TEST(trace_comparison, shows_the_first_event_that_differs_in_both_runs) {
  EXPECT_EQ(difference(5, 5, 3, {.time = 2s, .what = "exits", .node = 0, .process = pid{0, 6, 1}, .text = "killed"}),
            "they part at event 3:\n"
            "  first:  +1.000000000s server: <0.5.1> runs\n"
            "  second: +2.000000000s server: <0.6.1> exits: killed\n");
}

TEST(trace_comparison, shows_which_run_has_ended_before_the_other) {
  EXPECT_EQ(difference(2, 1, 9, plain),
            "they part at event 1:\n  first:  +1.000000000s server: <0.5.1> runs\n  second: (has ended)\n");
  EXPECT_EQ(difference(1, 2, 9, plain),
            "they part at event 1:\n  first:  (has ended)\n  second: +1.000000000s server: <0.5.1> runs\n");
}

TEST(trace_comparison, looks_at_so_many_events_and_no_more) {
  constexpr std::size_t limit = trace_comparison::event_limit;
  const trace_event other{.what = "turn"};
  EXPECT_NE(difference(limit + 1, limit + 1, limit - 1, other), "");
  EXPECT_EQ(difference(limit + 1, limit + 1, limit, other), "");
}

TEST(trace_comparison, has_no_ear_for_what_comes_after_the_end_and_begins_anew) {
  trace_comparison comparison;
  trace made{0, &comparison};
  made.pass(plain);
  comparison.end();
  made.pass(plain);
  comparison.begin_second();
  trace{0, &comparison}.pass(plain);
  EXPECT_EQ(comparison.text(), "");
  comparison.begin_first();
  comparison.begin_second();
  EXPECT_EQ(comparison.text(), "");
}

// --- of whole runs ---

bool other_order;
exit_reason reason_of_end;

process<> take_one() { co_await receive<int>(); }

/// Two processes become ready at once, in the one order or the other. Nothing else tells the runs apart.
process<> wake_two() {
  const pid one = spawn(take_one);
  const pid two = spawn(take_one);
  co_await sleep_for(1s);
  send(other_order ? two : one, 1);
  send(other_order ? one : two, 1);
  co_await sleep_for(1s);
}

void run_wake_two(simulation& run) {
  run.node("server", wake_two);
  run.expect(run.run_until_exit("server", 1min), "it ends");
}

TEST(trace_of_processes, the_order_in_which_they_run_is_in_the_hash) {
  const auto hash_of = [](bool order) {
    other_order = order;
    simulation run{1};
    run_wake_two(run);
    return run.trace_hash();
  };
  EXPECT_EQ(hash_of(false), hash_of(false));
  EXPECT_NE(hash_of(false), hash_of(true));
}

process<> end_so() {
  exit(reason_of_end);
  co_return;
}

TEST(trace_of_processes, why_they_end_is_in_the_hash) {
  const auto hash_of = [](const exit_reason& reason) {
    reason_of_end = reason;
    simulation run{1};
    run.node("server", [] -> process<> {
      spawn(end_so);
      co_return;
    });
    run.run_for(1s);
    return run.trace_hash();
  };
  EXPECT_EQ(hash_of(exit_reason::shutdown), hash_of(exit_reason::shutdown));
  EXPECT_NE(hash_of(exit_reason::shutdown), hash_of(exit_reason::timeout));
}

TEST(trace_of_processes, two_runs_of_a_seed_that_part_are_told_with_time_and_node) {
  int runs = 0;
  ::testing::internal::CaptureStderr();
  EXPECT_THROW(for_each_seed(1,
                             [&](simulation& run) {
                               other_order = ++runs == 2;
                               run_wake_two(run);
                             }),
               simulation_failed);
  const std::string printed = ::testing::internal::GetCapturedStderr();
  EXPECT_TRUE(printed.contains("seed 1 makes two different runs")) << printed;
  EXPECT_TRUE(printed.contains("\n  first:  +1.")) << printed;
  EXPECT_TRUE(printed.contains("\n  second: +1.")) << printed;
  EXPECT_TRUE(printed.contains("s server: <0.64.1> runs\n")) << printed;
  EXPECT_TRUE(printed.contains("s server: <0.65.1> runs\n")) << printed;
}

}  // namespace
}  // namespace dialtone::testing
