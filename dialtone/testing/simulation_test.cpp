// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/replay_command.hpp>
#include <dialtone/testing/simulation.hpp>

#include <algorithm>

#include <gtest/gtest.h>

#include <dialtone/net/tcp.hpp>
#include <dialtone/runtime/blocking.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/echo_server_test.hpp>
#include <dialtone/testing/print.hpp>

namespace dialtone::testing {
namespace {

using namespace std::chrono_literals;

// What the nodes have noted; a test begins with none.
std::vector<std::string> noted;

struct simulation_test : ::testing::Test {
  simulation_test() { noted.clear(); }
};

process<> note_each(duration step, std::string what) {
  for (;;) {
    co_await sleep_for(step);
    noted.push_back(what);
  }
}

process<> end_after(duration time) { co_await sleep_for(time); }

process<> ask_once(std::string host, duration limit) {
  auto socket = co_await tcp::connect(host, 7, {}, limit);
  if (!socket) {
    noted.push_back(to_string(socket.error()));
    co_return;
  }
  co_await socket->send("ping");
  auto reply = co_await socket->recv(4, limit);
  noted.push_back(reply ? std::string{reply->view()} : to_string(reply.error()));
}

TEST_F(simulation_test, time_goes_from_timer_to_timer) {
  simulation run{1};
  run.node("a", note_each, 10min, "a");
  run.node("b", note_each, 25min, "b");
  run.run_for(1h);
  EXPECT_EQ(run.elapsed(), 1h);
  EXPECT_EQ(std::ranges::count(noted, "a"), 6);
  EXPECT_EQ(std::ranges::count(noted, "b"), 2);
}

TEST_F(simulation_test, step_is_false_when_nothing_will_ever_happen) {
  simulation run{1};
  run.node("a", end_after, 1s);
  int steps = 0;
  while (run.step()) ++steps;
  EXPECT_GT(steps, 1);
  EXPECT_EQ(run.elapsed(), 1s);
  EXPECT_FALSE(run.step());
}

TEST_F(simulation_test, run_until_ends_where_it_becomes_true) {
  simulation run{1};
  run.node("a", note_each, 1s, "a");
  EXPECT_TRUE(run.run_until([] { return noted.size() == 3; }, 1min));
  EXPECT_EQ(run.elapsed(), 3s);
  EXPECT_FALSE(run.run_until([] { return noted.size() == 100; }, 10s));
  EXPECT_EQ(run.elapsed(), 13s) << "no longer than its limit";
}

TEST_F(simulation_test, the_end_of_main_is_told_with_its_reason) {
  simulation run{1};
  run.node("a", end_after, 3s);
  run.node("b", []() -> process<> {
    co_await sleep_for(1s);
    exit(exit_reason::custom_text("done"));
    co_return;
  });
  EXPECT_EQ(run.main_exit("a"), nullptr);
  EXPECT_TRUE(run.run_until_exit("a", 3s));
  EXPECT_EQ(*run.main_exit("a"), exit_reason::normal);
  EXPECT_EQ(*run.main_exit("b"), exit_reason::custom_text("done"));
}

TEST_F(simulation_test, nodes_reach_each_other_by_name_and_address) {
  simulation run{1};
  run.node("server", {.address = ip_address::v4(192, 168, 3, 4)}, echo_server);
  run.node("a", ask_once, "server", 5s);
  run.node("b", ask_once, "192.168.3.4", 5s);
  run.node("c", ask_once, "nobody", 5s);
  run.run_for(10s);
  std::ranges::sort(noted);
  EXPECT_EQ(noted.size(), 3u);
  EXPECT_EQ(noted[0], "ping");
  EXPECT_EQ(noted[1], "ping");
  EXPECT_TRUE(noted[2].contains("nxdomain")) << noted[2];
}

TEST_F(simulation_test, several_schedulers_of_a_node_are_stepped) {
  simulation run{5};
  run.node("server", {.schedulers = 3}, []() -> process<> {
    spawn({.scheduler = placement::on(2)}, echo_server);
    co_return;
  });
  run.node("client", {.schedulers = 2}, ask_once, "server", 5s);
  EXPECT_TRUE(run.run_until_exit("client", 10s));
  EXPECT_EQ(noted, std::vector<std::string>{"ping"});
}

TEST_F(simulation_test, names_and_nodes_that_are_wrong_are_refused) {
  simulation run{1};
  run.node("a", end_after, 1s);
  EXPECT_THROW(run.node("a", end_after, 1s), std::invalid_argument);
  EXPECT_THROW(run.node("No Host", end_after, 1s), std::invalid_argument);
  EXPECT_THROW(run.crash("b"), std::invalid_argument);
  EXPECT_THROW(run.partition({"a"}, {"b"}), std::invalid_argument);
}

TEST_F(simulation_test, what_main_has_started_goes_on_when_it_ends) {
  simulation run{1};
  run.node("a", []() -> process<> {
    spawn(note_each, 1s, "child");
    co_return;
  });
  run.run_for(3s);
  EXPECT_EQ(noted.size(), 3u);
  EXPECT_EQ(*run.main_exit("a"), exit_reason::normal);
}

TEST_F(simulation_test, a_runtime_can_be_used_from_outside_at_any_time) {
  simulation run{1};
  run.node("a", []() -> process<> {
    register_name("main");
    for (;;) noted.push_back(co_await receive<std::string>());
  });
  runtime& a = run.at("a");
  run.run_for(1s);
  a.send(*a.whereis("main"), std::string{"first"});
  run.run_for(1s);
  a.send(*a.whereis("main"), std::string{"second"});
  EXPECT_TRUE(run.run_until([] { return noted.size() == 2; }, 1s));
  EXPECT_EQ(run.elapsed(), 2s) << "needs no time";
}

TEST_F(simulation_test, a_process_that_never_waits_is_found) {
  simulation run{{.steps_at_once_limit = 1000}};
  run.node("a", []() -> process<> {
    for (;;) co_await yield();
  });
  ::testing::internal::CaptureStderr();
  EXPECT_THROW(run.run_for(1s), simulation_failed);
  EXPECT_TRUE(::testing::internal::GetCapturedStderr().contains("time stands still: 1000 steps at one moment"));
}

TEST_F(simulation_test, the_same_seed_makes_the_same_run_and_another_one_another) {
  auto hash_of = [](std::uint64_t seed) {
    simulation run{seed};
    run.node("server", {.schedulers = 2}, echo_server);
    for (int i = 0; i < 5; ++i) run.node("client" + std::to_string(i), ask_once, "server", 5s);
    run.run_for(10s);
    return run.trace_hash();
  };
  EXPECT_EQ(hash_of(1), hash_of(1));
  EXPECT_NE(hash_of(1), hash_of(2));
}

TEST_F(simulation_test, blocking_work_takes_its_cost) {
  simulation run{1};
  run.node("a", {.blocking_cost = latency::fixed(30ms)},
           []() -> process<> { co_await blocking([] { noted.push_back("read"); }); });
  EXPECT_FALSE(run.run_until([] { return !noted.empty(); }, 29ms));
  EXPECT_TRUE(run.run_until([] { return !noted.empty(); }, 1ms));
}

TEST_F(simulation_test, logs_are_kept_with_node_and_time) {
  simulation run{{.log_limit = 2}};
  run.node("a", []() -> process<> {
    for (int i = 1; i <= 3; ++i) {
      co_await sleep_for(1s);
      log(log_level::warning, "line " + std::to_string(i));
    }
  });
  run.run_for(5s);
  ASSERT_EQ(run.log().size(), 2u) << "the last ones";
  EXPECT_TRUE(run.log().back().starts_with("+3.000000000s a: [warning] <")) << run.log().back();
  EXPECT_TRUE(run.log().back().ends_with(": line 3"));
  EXPECT_TRUE(run.events().text().contains("+2.000000000s a: log: [warning]"));
}

TEST_F(simulation_test, an_expectation_that_fails_prints_what_led_to_it) {
  simulation run{{.seed = 77, .test = "house.stands"}};
  run.node("a", end_after, 1s);
  run.run_for(2s);
  run.expect(true, "fine");
  ::testing::internal::CaptureStderr();
  EXPECT_THROW(run.expect(false, "the roof is on"), simulation_failed);
  std::string printed = ::testing::internal::GetCapturedStderr();
  EXPECT_TRUE(printed.starts_with("simulation failed: the roof is on\nseed 77, +2.000000000s, last node at work: a\n"))
      << printed;
  EXPECT_TRUE(printed.contains("+1.000000000s a: main has ended: normal\n")) << printed;
  EXPECT_TRUE(printed.ends_with("see it again: " + detail::replay_command(77, "house.stands") + "\n")) << printed;
}

TEST_F(simulation_test, an_exception_and_a_run_that_is_stuck_print_it_too) {
  ::testing::internal::CaptureStderr();
  EXPECT_THROW(
      {
        simulation run{5};
        throw std::runtime_error{"of the test"};
      },
      std::runtime_error);
  EXPECT_TRUE(::testing::internal::GetCapturedStderr().contains("an exception was thrown\nseed 5"));
  simulation run{6};
  run.node("a", end_after, 1h);
  ::testing::internal::CaptureStderr();
  EXPECT_FALSE(run.run_until_exit("a", 1min));
  EXPECT_TRUE(::testing::internal::GetCapturedStderr().contains("stuck: the main of 'a' has not ended within 60.0"));
  ::testing::internal::CaptureStderr();
  EXPECT_THROW(run.expect_until([] { return false; }, 1s, "it comes"), simulation_failed);
  EXPECT_TRUE(::testing::internal::GetCapturedStderr().contains("it comes: not within")) << "and so does what follows";
}

TEST_F(simulation_test, time_moves_though_a_runtime_is_used_in_each_step) {
  simulation run{1};
  run.node("a", end_after, 1h);
  run.node("b", end_after, 2h);
  const auto has_ended = [&] { return !run.at("a").processes().empty() && run.main_exit("a") != nullptr; };
  run.at("a").spawn(end_after, 3h);
  EXPECT_TRUE(run.run_until(has_ended, 90min));
  EXPECT_LT(run.elapsed(), 61min);
  run.at("b");
  while (run.step()) continue;
  EXPECT_NE(run.main_exit("b"), nullptr);
}

TEST_F(simulation_test, a_limit_without_an_end_does_not_move_time_to_its_end) {
  simulation run{1};
  run.node("a", end_after, 1s);
  EXPECT_FALSE(run.run_until([] { return false; }, duration::max()));
  run.restart("a");
  EXPECT_TRUE(run.run_until_exit("a", 2s));
}

TEST_F(simulation_test, two_nodes_have_not_one_address) {
  simulation run{1};
  run.node("a", {.address = ip_address::v4(10, 0, 0, 2)}, end_after, 1s);
  EXPECT_THROW(run.node("b", {.address = ip_address::v4(10, 0, 0, 2)}, end_after, 1s), std::invalid_argument);
  run.node("c", end_after, 1s);
  run.node("d", end_after, 1s);
  EXPECT_TRUE(run.run_until_exit("d", 2s));
}

TEST_F(simulation_test, draws_come_from_the_seed_and_are_in_the_hash) {
  simulation one{1};
  simulation same{1};
  EXPECT_EQ(one.draw(1'000'000), same.draw(1'000'000));
  EXPECT_EQ(one.trace_hash(), same.trace_hash());
  same.draw(2);
  EXPECT_NE(one.trace_hash(), same.trace_hash());
}

}  // namespace
}  // namespace dialtone::testing
