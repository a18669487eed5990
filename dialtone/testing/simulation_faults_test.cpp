// SPDX-License-Identifier: Apache-2.0
// What goes wrong with the machines and links of a simulation.
#include <algorithm>

#include <gtest/gtest.h>

#include <dialtone/net/tcp.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/echo_server_test.hpp>
#include <dialtone/testing/print.hpp>
#include <dialtone/testing/simulation.hpp>

namespace dialtone::testing {
namespace {

using namespace std::chrono_literals;

// What the nodes have noted; a test begins with none.
std::vector<std::string> noted;
std::vector<time_point> times;

struct simulation_faults : ::testing::Test {
  simulation_faults() {
    noted.clear();
    times.clear();
  }
  static bool has(const std::string& what) { return std::ranges::find(noted, what) != noted.end(); }
};

/// Asks each second, with a connection of its own for each question.
process<> ask_on(std::string host, std::string me) {
  for (;;) {
    auto socket = co_await tcp::connect(host, 7, {}, 500ms);
    if (socket) {
      co_await socket->send("ping");
      if (co_await socket->recv(4, 500ms)) noted.push_back(me);
      socket->close();
    }
    co_await sleep_for(1s);
  }
}

/// Notes why its connection has ended.
process<> hold_connection(std::string host) {
  auto socket = co_await tcp::connect(host, 7, {}, 5s);
  co_await socket->send("ping");
  co_await socket->recv(4);
  noted.push_back("held");
  auto reply = co_await socket->recv();
  noted.push_back(reply ? "data" : std::string{reply.error().code_name()});
}

process<> note_times() {
  for (;;) {
    times.push_back(now());
    co_await sleep_for(1s);
  }
}

TEST_F(simulation_faults, a_partition_stops_what_is_between_its_sides_until_it_is_healed) {
  simulation run{1};
  run.node("server", echo_server);
  run.node("near", ask_on, "server", "near");
  run.node("far", ask_on, "server", "far");
  run.partition({"server", "near"}, {"far"});
  run.run_for(10s);
  EXPECT_TRUE(has("near"));
  EXPECT_FALSE(has("far"));
  run.heal({"server"}, {"far"});
  run.run_for(5s);
  EXPECT_TRUE(has("far"));
}

TEST_F(simulation_faults, a_partition_of_one_direction_lets_the_other_through) {
  simulation run{1};
  run.node("server", echo_server);
  run.node("client", ask_on, "server", "answer");
  run.partition_one_way({.from = {"server"}, .to = {"client"}});
  run.run_for(5s);
  EXPECT_TRUE(noted.empty());
  EXPECT_TRUE(run.events().text().contains("client -> server: connect"));
  run.heal();
  run.run_for(5s);
  EXPECT_FALSE(noted.empty());
}

TEST_F(simulation_faults, a_partition_resets_connections_when_the_path_has_forgotten_them) {
  for (duration memory : {5s, 60s}) {
    noted.clear();
    simulation run{{.path_memory = memory}};
    run.node("server", echo_server);
    run.node("client", hold_connection, "server");
    run.run_for(1s);
    run.partition({"server"}, {"client"});
    run.run_for(10s);
    EXPECT_EQ(noted, std::vector<std::string>{"held"}) << "nobody is told while it lasts";
    run.heal();
    run.run_for(10s);
    EXPECT_EQ(has("ECONNRESET"), memory == 5s);
  }
}

TEST_F(simulation_faults, a_reset_of_connections_is_seen_at_once) {
  simulation run{1};
  run.node("server", echo_server);
  run.node("client", hold_connection, "server");
  run.run_for(1s);
  run.reset_connections("client", "server");
  run.run_for(1ms);
  EXPECT_TRUE(has("ECONNRESET"));
}

struct farewell {
  tcp::socket socket;
  ~farewell() {
    noted.push_back("destroyed");
    socket.shutdown();
    socket.close();
  }
};

process<> say_farewell() {
  auto listener = co_await tcp::listen({.address = "0.0.0.0", .port = 7});
  auto socket = co_await listener->accept();
  farewell said{*socket};
  auto data = co_await socket->recv();
  co_await socket->send(*data);
  co_await receive<int>();
}

TEST_F(simulation_faults, who_crashes_says_nothing_though_destructors_run) {
  simulation run{1};
  run.node("server", say_farewell);
  run.node("client", hold_connection, "server");
  run.run_for(1s);
  const std::uint64_t before = run.events().count();
  run.crash("server");
  EXPECT_TRUE(has("destroyed"));
  EXPECT_FALSE(run.is_up("server"));
  EXPECT_EQ(run.main_exit("server"), nullptr);
  EXPECT_THROW(run.at("server"), std::logic_error);
  run.run_for(1h);
  EXPECT_EQ(noted.back(), "destroyed") << "the peer has heard nothing";
  EXPECT_EQ(run.events().count(), before + 1) << "the crash itself";
}

TEST_F(simulation_faults, a_restart_begins_with_main_at_the_same_address) {
  simulation run{1};
  run.node("server", echo_server);
  run.node("client", ask_on, "server", "answer");
  run.run_for(3s);
  const std::size_t first = noted.size();
  EXPECT_GT(first, 0u);
  run.crash("server");
  run.run_for(5s);
  EXPECT_EQ(noted.size(), first);
  run.restart("server");
  run.run_for(5s);
  EXPECT_GT(noted.size(), first);
  run.restart("server");
  EXPECT_TRUE(run.is_up("server")) << "of one that runs, crashes it first";
}

TEST_F(simulation_faults, a_machine_in_pause_does_nothing_and_is_late_afterwards) {
  simulation run{1};
  run.node("a", note_times);
  run.run_for(3500ms);
  EXPECT_EQ(times.size(), 4u);
  run.pause("a");
  run.run_for(10s);
  EXPECT_EQ(times.size(), 4u);
  run.resume("a");
  run.run_for(0s);
  EXPECT_EQ(times.size(), 5u);
  EXPECT_EQ(times[4] - times[3], 10500ms) << "its clock has gone on";
}

TEST_F(simulation_faults, a_paused_machine_can_crash) {
  simulation run{1};
  run.node("a", note_times);
  run.pause("a");
  run.crash("a");
  run.restart("a");
  run.run_for(1ms);
  EXPECT_EQ(times.size(), 1u);
}

TEST_F(simulation_faults, a_clock_that_is_fast_has_its_timers_early) {
  simulation run{1};
  run.node("fast", {.skew = {.drift_ppm = 100'000}}, note_times);
  run.run_for(100s);
  EXPECT_GE(times.size(), 110u) << "110 seconds, each a little late";
}

TEST_F(simulation_faults, a_clock_that_is_set_leaves_its_timers_alone) {
  simulation run{{.faults = {.timing = {}}}};
  run.node("a", note_times);
  for (const duration offset : {1h, -2h}) {
    run.skew_clock("a", {.offset = offset});
    run.run_for(10s);
  }
  EXPECT_EQ(times.size(), 21u) << "at the beginning, and each second";
}

TEST_F(simulation_faults, names_fail_and_take_time) {
  simulation run{{.names = {.delay = latency::fixed(100ms)}}};
  run.node("server", echo_server);
  run.node("client", ask_on, "server", "answer");
  EXPECT_FALSE(run.run_until([] { return !noted.empty(); }, 99ms));
  EXPECT_TRUE(run.run_until([] { return !noted.empty(); }, 50ms));
  run.fail_name("server", net_error::nxdomain);
  run.run_for(2s);
  const std::size_t before = noted.size();
  run.run_for(10s);
  EXPECT_EQ(noted.size(), before);
  run.mend_name("server");
  run.run_for(10s);
  EXPECT_GT(noted.size(), before);
  run.set_names({.failures = probability::percent(100)});
  run.run_for(2s);
  const std::size_t mended = noted.size();
  run.run_for(10s);
  EXPECT_EQ(noted.size(), mended);
}

TEST_F(simulation_faults, links_can_be_slow) {
  simulation run{1};
  run.node("server", echo_server);
  run.node("client", hold_connection, "server");
  run.set_link({.from = {"client"}, .to = {"server"}}, {.delay = latency::fixed(300ms)});
  EXPECT_FALSE(run.run_until([] { return has("held"); }, 600ms));
  EXPECT_TRUE(run.run_until([] { return has("held"); }, 400ms));
}

}  // namespace
}  // namespace dialtone::testing
