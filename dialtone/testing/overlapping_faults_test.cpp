// SPDX-License-Identifier: Apache-2.0
// Faults that overlap: what takes back one of them leaves the others. And limits of zero.
#include <algorithm>

#include <gtest/gtest.h>

#include <dialtone/net/tcp.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/echo_server_test.hpp>
#include <dialtone/testing/simulation.hpp>

namespace dialtone::testing {
namespace {

using namespace std::chrono_literals;

process<> stay() { co_await receive<int>(); }

struct overlapping_faults : ::testing::Test {
  overlapping_faults() {
    for (const char* name : {"a", "b", "c"}) run.node(name, stay);
  }
  bool is_cut(const std::string& from, const std::string& to) {
    simulated_network& network = run.network();
    return network.is_cut(*network.find(from), *network.find(to));
  }
  std::size_t told(const std::string& what) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(run.events().kept(), [&](const trace_event& each) { return each.what == what; }));
  }

  /// For ten seconds, and node a; nothing follows.
  void crash_by_a_disturbance() {
    run.disturb({.crash_every = 1s, .lasts = latency::fixed(10s), .spared = {"b", "c"}});
    EXPECT_TRUE(run.run_until([&] { return !run.is_up("a"); }, 1min));
    run.disturb({});
  }
  void pause_by_a_disturbance() {
    run.disturb({.pause_every = 1s, .lasts = latency::fixed(10s), .spared = {"b", "c"}});
    EXPECT_TRUE(run.run_until([&] { return told("pause") != 0; }, 1min));
    run.disturb({});
  }

  simulation run{{.trace_limit = 100'000}};
};

TEST_F(overlapping_faults, the_last_heal_of_a_pair_opens_it) {
  run.partition({"a"}, {"b", "c"});
  run.partition({"a"}, {"b"});
  run.partition_one_way({.from = {"a"}, .to = {"b"}});
  run.heal({"a"}, {"b"});
  EXPECT_TRUE(is_cut("a", "b"));
  EXPECT_TRUE(is_cut("b", "a"));
  run.heal({"a"}, {"b", "c"});
  EXPECT_TRUE(is_cut("a", "b")) << "of one direction there were three";
  EXPECT_FALSE(is_cut("b", "a"));
  EXPECT_FALSE(is_cut("a", "c"));
  run.heal({"a"}, {"b"});
  EXPECT_FALSE(is_cut("a", "b"));
  run.heal({"a"}, {"b"});
  run.partition({"a"}, {"b"});
  EXPECT_TRUE(is_cut("a", "b")) << "what was open before is not owed a heal";
}

TEST_F(overlapping_faults, a_heal_of_all_takes_back_however_many_there_are) {
  for (int i = 0; i < 3; ++i) run.partition({"a"}, {"b"});
  run.heal();
  EXPECT_FALSE(is_cut("a", "b"));
  run.partition({"a"}, {"b"});
  run.heal({"a"}, {"b"});
  EXPECT_FALSE(is_cut("a", "b"));
}

TEST_F(overlapping_faults, disturbances_do_not_heal_a_partition_of_the_tests_own) {
  run.partition({"a"}, {"b"});
  run.disturb({.partition_every = 1s, .lasts = latency::uniform(100ms, 3s)});
  bool was_open = false;
  run.run_until([&] { return was_open |= !is_cut("a", "b"); }, 200s);
  EXPECT_FALSE(was_open);
  EXPECT_GT(told("partition"), 50u);
  run.disturb({});
  run.run_for(5s);
  EXPECT_TRUE(is_cut("a", "b"));
  EXPECT_FALSE(is_cut("a", "c"));
  run.heal({"a"}, {"b"});
  EXPECT_FALSE(is_cut("a", "b"));
}

TEST_F(overlapping_faults, a_disturbance_that_was_healed_by_hand_heals_no_later_partition) {
  run.disturb({.partition_every = 1s, .lasts = latency::fixed(10s)});
  run.run_until([&] { return told("partition") != 0; }, 1min);
  run.disturb({});
  run.heal();
  run.partition({"a"}, {"b", "c"});
  run.partition({"b"}, {"c"});
  run.run_for(20s);
  EXPECT_EQ(told("heal"), 1u);
  EXPECT_TRUE(is_cut("a", "b"));
  EXPECT_TRUE(is_cut("b", "c"));
}

TEST_F(overlapping_faults, a_disturbance_that_was_taken_back_by_hand_ends_no_later_crash) {
  crash_by_a_disturbance();
  run.restart("a");
  run.crash("a");
  run.run_for(20s);
  EXPECT_FALSE(run.is_up("a"));
}

TEST_F(overlapping_faults, a_disturbance_that_was_taken_back_by_hand_ends_no_later_pause) {
  pause_by_a_disturbance();
  run.resume("a");
  run.pause("a");
  run.run_for(20s);
  EXPECT_EQ(told("resume"), 1u);
}

bool was_reset;

process<> hold_a_connection() {
  auto socket = co_await tcp::connect("server", 7, {.exit_on_close = false}, 1s);
  if (!socket) exit(exit_reason::noconnection);
  co_await socket->recv();
  was_reset = true;
}

TEST_F(overlapping_faults, a_crash_of_the_tests_own_outlasts_that_of_a_disturbance) {
  crash_by_a_disturbance();
  run.crash("a");
  run.run_for(20s);
  EXPECT_FALSE(run.is_up("a"));
}

TEST_F(overlapping_faults, a_pause_of_the_tests_own_outlasts_that_of_a_disturbance) {
  pause_by_a_disturbance();
  run.pause("a");
  run.run_for(20s);
  EXPECT_EQ(told("resume"), 0u);
}

TEST(path_memory, is_what_was_set_last) {
  for (const duration memory : {duration{5s}, duration{20s}, duration::max()}) {
    was_reset = false;
    simulation run{{.path_memory = 1h}};
    run.node("server", echo_server);
    run.node("client", hold_a_connection);
    run.run_for(1s);
    run.set_path_memory(memory);
    run.partition({"server"}, {"client"});
    run.run_for(6s);
    run.partition({"server"}, {"client"});
    run.run_for(4s);
    run.heal({"server"}, {"client"});
    run.run_for(1s);
    EXPECT_FALSE(was_reset) << "one of two partitions goes on";
    run.heal({"server"}, {"client"});
    run.run_for(1s);
    EXPECT_EQ(was_reset, memory == 5s) << "since the first of them began";
  }
}

TEST(limits_of_a_simulation, of_zero_keep_nothing_and_change_no_hash) {
  const auto hash_of = [](std::size_t trace_limit, std::size_t log_limit) {
    simulation run{{.trace_limit = trace_limit, .log_limit = log_limit}};
    run.node("a", [] -> process<> {
      log(log_level::warning, "a line");
      co_await sleep_for(1s);
    });
    run.run_for(2s);
    EXPECT_EQ(run.events().kept().size(), std::min<std::size_t>(trace_limit, run.events().count()));
    EXPECT_GE(run.events().count(), 3u);
    EXPECT_EQ(run.log().size(), log_limit == 0 ? 0u : 1u);
    EXPECT_TRUE(run.report("why").contains("why"));
    return run.trace_hash();
  };
  const std::uint64_t whole = hash_of(100, 100);
  EXPECT_EQ(hash_of(0, 100), whole);
  EXPECT_EQ(hash_of(100, 0), whole);
  EXPECT_EQ(hash_of(0, 0), whole);
  EXPECT_EQ(hash_of(1, 1), whole);
}

}  // namespace
}  // namespace dialtone::testing
