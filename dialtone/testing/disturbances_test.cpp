// SPDX-License-Identifier: Apache-2.0
// What goes wrong by itself, and what is planned.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include <dialtone/runtime/blocking.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/simulation.hpp>

namespace dialtone::testing {
namespace {

using namespace std::chrono_literals;

process<> wait_for_ever() { co_await receive<int>(); }

void add_nodes(simulation& run) {
  for (const char* name : {"a", "b", "c"}) run.node(name, wait_for_ever);
}

/// How often each word was told, and of whom.
std::map<std::string, int> told_by(const simulation& run) {
  std::map<std::string, int> counts;
  const std::string text = run.events().text();
  for (const char* word : {"a: crash", "b: crash", "c: crash", "restart", "a: pause", "b: pause", "c: pause", "resume",
                           "partition", "heal", "reset connections"})
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++counts[word];
  return counts;
}

const disturbance_options all_kinds{.crash_every = 10s,
                                    .pause_every = 10s,
                                    .partition_every = 10s,
                                    .reset_every = 10s,
                                    .lasts = latency::uniform(1s, 2s),
                                    .spared = {"c"}};

TEST(disturbances, are_as_many_as_was_asked_for_and_spare_whom_they_shall) {
  simulation run{{.trace_limit = 100'000}};
  add_nodes(run);
  run.disturb(all_kinds);
  run.run_for(1000s);
  auto told = told_by(run);
  const int crashes = told["a: crash"] + told["b: crash"];
  const int pauses = told["a: pause"] + told["b: pause"];
  for (const int count : {crashes, pauses, told["partition"], told["reset connections"]}) {
    EXPECT_GT(count, 50);
    EXPECT_LT(count, 150);
  }
  EXPECT_GT(told["a: crash"], 0);
  EXPECT_GT(told["b: crash"], 0);
  EXPECT_EQ(told["c: crash"] + told["c: pause"], 0);
}

TEST(disturbances, end_when_they_are_taken_back) {
  simulation run{1};
  add_nodes(run);
  run.disturb(all_kinds);
  run.run_for(100s);
  run.disturb({});
  run.run_for(2s);
  for (const char* name : {"a", "b", "c"}) EXPECT_TRUE(run.is_up(name)) << name;
  const std::uint64_t events = run.events().count();
  run.run_for(1h);
  EXPECT_EQ(run.events().count(), events);
}

TEST(disturbances, are_of_the_seed) {
  const auto hash_of = [](std::uint64_t seed) {
    simulation run{seed};
    add_nodes(run);
    run.disturb(all_kinds);
    run.run_for(300s);
    return run.trace_hash();
  };
  EXPECT_EQ(hash_of(1), hash_of(1));
  EXPECT_NE(hash_of(1), hash_of(2));
}

TEST(disturbances, of_nodes_that_there_are_not_are_refused) {
  simulation run{1};
  EXPECT_THROW(run.disturb({.spared = {"nobody"}}), std::invalid_argument);
}

TEST(schedule, acts_in_the_order_of_time_and_of_the_calls) {
  simulation run{1};
  std::string order;
  run.schedule(2s, [&] { order += "c"; });
  run.schedule(1s, [&] {
    order += "a";
    run.schedule(0s, [&] { order += "b"; });
  });
  run.schedule(2s, [&] { order += "d"; });
  run.run_for(1s);
  EXPECT_EQ(order, "ab");
  run.run_for(1s);
  EXPECT_EQ(order, "abcd");
}

TEST(schedule, what_it_throws_leaves_the_run) {
  simulation run{1};
  run.schedule(1s, [] { throw std::runtime_error{"as planned"}; });
  EXPECT_THROW(run.run_for(2s), std::runtime_error);
  EXPECT_EQ(run.elapsed(), 1s);
}

// --- fault points ---

int refused;

process<> start_many() {
  for (int i = 0; i < 1000; ++i) {
    if (!try_spawn(wait_for_ever)) ++refused;
    try {
      co_await blocking([] {});
    } catch (const blocking_overloaded&) {
      ++refused;
    }
  }
}

TEST(simulation_fault_points, refuse_as_often_as_was_asked_for) {
  for (const std::uint32_t percent : {0u, 10u}) {
    refused = 0;
    simulation run{{.faults = {.refusals = probability::percent(percent)}}};
    run.node("a", start_many);
    EXPECT_TRUE(run.run_until_exit("a", 1h));
    EXPECT_GE(refused, percent == 0 ? 0 : 150);
    EXPECT_LE(refused, percent == 0 ? 0 : 250);
  }
}

}  // namespace
}  // namespace dialtone::testing
