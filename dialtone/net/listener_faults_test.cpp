// SPDX-License-Identifier: Apache-2.0
// What a listener survives: crashes of its connections and of its own processes, errors of the system.
#include <dialtone/net/listener.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <dialtone/net/info.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/process_info.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

process<> echo(stream::socket socket) {
  while (auto data = co_await socket.recv()) {
    if (*data == "crash") throw std::runtime_error{"as planned"};
    co_await socket.send(*data);
  }
}

class listener_faults : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  template <class Scenario>
  void run(Scenario scenario) {
    const exit_reason end = rt.run(scenario);
    EXPECT_EQ(end, exit_reason::normal) << to_string(end);
  }

  memory::network network;
  testing::stepped_runtime rt{
      {.schedulers = 2, .seed = GetParam(), .shuffle = GetParam() != 1, .runtime = {.make_driver = network.drivers()}}};
};

INSTANTIATE_TEST_SUITE_P(orders, listener_faults, ::testing::Range(std::uint64_t{1}, std::uint64_t{21}));

listener_spec echoes() {
  return {.listen_on = {endpoint::tcp({.address = "127.0.0.1", .port = 7})}, .serve = connection(echo)};
}

task<stream::socket> connected() {
  auto socket = co_await tcp::connect("127.0.0.1", 7, {}, 5s);
  EXPECT_TRUE(socket) << to_string(socket.error());
  co_return socket.value_or(stream::socket{});
}

task<std::string> ask(stream::socket socket, std::string question) {
  co_await socket.send(std::move(question));
  const auto got = co_await socket.recv(0, 5s);
  co_return got ? std::string{got->view()} : std::string{got.error().code_name()};
}

task<pid> child_of(pid supervisor, std::string id) {
  for (const child_info& each : co_await supervisor_ref{supervisor}.which_children())
    if (each.id == id) co_return each.pid;
  co_return pid{};
}

task<> settled() {
  return []() -> task<> { co_await sleep_for(1ms); }();
}

TEST_P(listener_faults, a_hundred_connections_crash_and_nobody_else_notices) {
  run([]() -> process<> {
    const auto listener = co_await start_link(echoes());
    const auto other = co_await connected();
    for (int i = 0; i < 100; ++i) {
      const auto socket = co_await connected();
      EXPECT_EQ(co_await ask(socket, "crash"), "closed");
    }
    co_await settled();
    EXPECT_EQ(co_await ask(other, "still"), "still");
    const auto info = co_await listener.info();
    EXPECT_EQ(info.crashed, 100u);
    EXPECT_EQ(info.connections, 1u);
    co_await listener.stop();
  });
}

TEST_P(listener_faults, who_waits_in_the_backlog_outlives_the_acceptor) {
  run([]() -> process<> {
    auto spec = echoes();
    spec.max_connections = 1;
    const auto listener = co_await start_link(std::move(spec));
    const auto one = co_await connected();
    EXPECT_EQ(co_await ask(one, "one"), "one");
    const auto two = co_await connected();
    co_await two.send("two");
    const pid acceptors = co_await child_of(listener.pid(), "acceptors");
    exit(co_await child_of(acceptors, "0"), exit_reason::kill);
    co_await settled();
    one.close();
    EXPECT_EQ(*co_await two.recv(0, 5s), "two");
    EXPECT_EQ((co_await listener.info()).connections, 1u);
    co_await listener.stop();
  });
}

TEST_P(listener_faults, a_place_that_an_acceptor_waits_for_dies_with_it) {
  run([]() -> process<> {
    auto spec = echoes();
    spec.listen_on.push_back(endpoint::tcp({.address = "127.0.0.1", .port = 8}));
    spec.max_connections = 1;
    const auto listener = co_await start_link(std::move(spec));
    const auto one = co_await connected();
    const auto two = co_await tcp::connect("127.0.0.1", 8, {}, 5s);  // accepted by then, perhaps, and waits for a place
    co_await settled();
    const pid acceptors = co_await child_of(listener.pid(), "acceptors");
    exit(co_await child_of(acceptors, "0"), exit_reason::kill);
    exit(co_await child_of(acceptors, "1"), exit_reason::kill);
    co_await settled();
    one.close();
    two->close();
    co_await settled();
    EXPECT_EQ((co_await listener.info()).connections, 0u);
    EXPECT_EQ(co_await listener.drain(1s), 0u);
    co_await listener.stop();
  });
}

TEST_P(listener_faults, nobody_is_let_in_once_a_drain_has_ended) {
  run([]() -> process<> {
    const auto listener = co_await start_link(echoes());
    for (int i = 0; i < 10; ++i) {
      const pid client = spawn([]() -> process<> { static_cast<void>(co_await tcp::connect("127.0.0.1", 7, {}, 5s)); });
      static_cast<void>(client);
      EXPECT_EQ(co_await listener.drain(5s), 0u);
      EXPECT_EQ((co_await listener.info()).connections, 0u);
      co_await settled();
      EXPECT_EQ((co_await listener.info()).connections, 0u);
      EXPECT_TRUE(co_await listener.resume());
    }
    co_await listener.stop();
  });
}

TEST_P(listener_faults, a_drain_ends_with_the_manager_that_has_begun_it) {
  run([]() -> process<> {
    auto spec = echoes();
    spec.max_connections = 2;
    spec.serve = connection([](stream::socket socket) -> process<> {
      trap_exit();
      while (auto data = co_await socket.recv()) co_await socket.send(*data);
    });
    const auto listener = co_await start_link(std::move(spec));
    const auto one = co_await connected();
    EXPECT_EQ(co_await ask(one, "one"), "one");
    const pid drain = spawn([](listener_ref of) -> process<> { co_await of.drain(1h); }, listener);
    co_await settled();
    exit(drain, exit_reason::kill);
    exit(co_await child_of(listener.pid(), "manager"), exit_reason::kill);
    co_await settled();
    EXPECT_TRUE(co_await listener.resume());
    const auto two = co_await connected();
    EXPECT_EQ(co_await ask(two, "two"), "two");
    EXPECT_EQ((co_await listener.info()).connections, 2u);
    one.close();
    two.close();
    co_await settled();
    co_await listener.stop();
  });
}

TEST_P(listener_faults, connections_outlive_the_manager_and_are_counted_by_the_next) {
  run([]() -> process<> {
    auto spec = echoes();
    spec.max_connections = 3;
    const auto listener = co_await start_link(std::move(spec));
    EXPECT_TRUE(co_await listener.set({.max_connections = 2}));
    const auto one = co_await connected();
    EXPECT_EQ(co_await ask(one, "one"), "one");
    exit(co_await child_of(listener.pid(), "manager"), exit_reason::kill);
    co_await settled();
    EXPECT_EQ(co_await ask(one, "still"), "still");
    const auto info = co_await listener.info();
    EXPECT_EQ(info.connections, 1u);
    EXPECT_EQ(info.max_connections, 2u);
    EXPECT_EQ(co_await ask(co_await connected(), "two"), "two");
    one.close();
    co_await settled();
    EXPECT_EQ((co_await listener.info()).connections, 1u);
    co_await listener.stop();
  });
}

TEST_P(listener_faults, a_manager_that_ends_with_connections_on_their_way_loses_no_count) {
  run([]() -> process<> {
    const auto listener = co_await start_link(echoes());
    const pid manager = co_await child_of(listener.pid(), "manager");
    std::vector<stream::socket> clients;
    for (int i = 0; i < 6; ++i) clients.push_back(co_await connected());
    exit(manager, exit_reason::kill);
    co_await settled();
    EXPECT_EQ((co_await listener.info()).connections, (co_await listener.connections()).size());
    for (const auto& each : clients) each.close();
    co_await settled();
    EXPECT_EQ((co_await listener.info()).connections, 0u);
    co_await listener.stop();
  });
}

TEST_P(listener_faults, a_connection_supervisor_takes_its_own_connections_with_it_only) {
  run([]() -> process<> {
    auto spec = echoes();
    spec.max_connections = 2;
    const auto listener = co_await start_link(std::move(spec));
    const auto one = co_await connected();
    EXPECT_EQ(co_await ask(one, "one"), "one");
    const auto two = co_await connected();
    EXPECT_EQ(co_await ask(two, "two"), "two");
    const auto processes = co_await listener.connections();
    EXPECT_EQ(processes.size(), 2u);
    const pid supervisors = co_await child_of(listener.pid(), "connections");
    exit(co_await child_of(supervisors, "0"), exit_reason::kill);
    co_await settled();
    EXPECT_EQ((co_await listener.info()).connections, 1u);
    EXPECT_EQ(co_await ask(co_await connected(), "three"), "three");
    EXPECT_EQ((co_await listener.info()).connections, 2u);
    co_await listener.stop();
  });
}

TEST_P(listener_faults, a_listening_socket_that_somebody_closes_is_opened_again) {
  run([]() -> process<> {
    const auto listener = co_await start_link(echoes());
    const auto one = co_await connected();
    EXPECT_EQ(co_await ask(one, "one"), "one");
    const pid manager = co_await child_of(listener.pid(), "manager");
    for (const net::socket_info& each : co_await net::info())
      if (each.owner == manager) stream::listener{each.name, {}}.close();
    co_await settled();
    EXPECT_EQ(co_await ask(one, "still"), "still");
    EXPECT_EQ(co_await ask(co_await connected(), "two"), "two");
    co_await listener.stop();
  });
}

TEST_P(listener_faults, an_address_that_cannot_be_had_is_the_error_of_the_start) {
  run([]() -> process<> {
    const auto listener = co_await start_link(echoes());
    auto second = co_await try_start_link(echoes());
    EXPECT_FALSE(second);
    EXPECT_NE(to_string(second.error()).find("EADDRINUSE"), std::string::npos) << to_string(second.error());
    EXPECT_NE(to_string(second.error()).find("127.0.0.1:7"), std::string::npos) << to_string(second.error());
    co_await listener.stop();
    const auto third = co_await try_start_link(echoes());
    EXPECT_TRUE(third);
    co_await third->stop();
  });
}

TEST_P(listener_faults, an_address_that_is_taken_meanwhile_leaves_it_suspended) {
  run([]() -> process<> {
    const auto listener = co_await start_link(echoes());
    co_await listener.suspend();
    const auto thief = co_await tcp::listen({.address = "127.0.0.1", .port = 7});
    EXPECT_EQ((co_await listener.resume()).error(), std::errc::address_in_use);
    EXPECT_EQ((co_await listener.info()).state, listener_state::suspended);
    thief->close();
    EXPECT_TRUE(co_await listener.resume());
    EXPECT_EQ(co_await ask(co_await connected(), "one"), "one");
    co_await listener.stop();
  });
}

TEST_P(listener_faults, a_supervisor_that_ends_gives_connections_their_time) {
  run([]() -> process<> {
    auto spec = echoes();
    spec.serve = connection([](stream::socket socket) -> process<> {
      trap_exit();
      co_await receive<exited>();
      co_await sleep_for(2s);
      co_await socket.send("last words");
    });
    const auto top = co_await start_link(supervisor_spec{.children = {child("echoes", std::move(spec))}});
    const auto socket = co_await connected();
    co_await settled();
    const time_point begun = now();
    co_await top.stop();
    EXPECT_EQ(now() - begun, 2s);
    EXPECT_EQ(*co_await socket.recv(0, 5s), "last words");
  });
}

TEST_P(listener_faults, a_supervisor_that_ends_kills_connections_after_their_time) {
  run([]() -> process<> {
    auto spec = echoes();
    spec.shutdown = 3s;
    spec.serve = connection([](stream::socket) -> process<> {
      trap_exit();
      co_await sleep_for(1h);
    });
    const auto top = co_await start_link(supervisor_spec{.children = {child("echoes", std::move(spec))}});
    const auto socket = co_await connected();
    co_await settled();
    const time_point begun = now();
    co_await top.stop();
    EXPECT_EQ(now() - begun, 3s);
    EXPECT_EQ((co_await socket.recv(0, 5s)).error(), net_error::closed);
  });
}

TEST_P(listener_faults, resume_waits_for_the_end_of_a_drain) {
  run([]() -> process<> {
    auto spec = echoes();
    spec.serve = connection([](stream::socket) -> process<> {
      trap_exit();
      co_await sleep_for(1h);
    });
    const auto listener = co_await start_link(std::move(spec));
    co_await connected();
    co_await settled();
    const time_point begun = now();
    spawn_link([](listener_ref of) -> process<> { EXPECT_EQ(co_await of.drain(5s), 1u); }, listener);
    spawn_link([](listener_ref of) -> process<> { EXPECT_EQ(co_await of.drain(2s), 1u); }, listener);
    co_await settled();
    EXPECT_EQ((co_await listener.info()).state, listener_state::draining);
    EXPECT_TRUE(co_await listener.resume());
    EXPECT_EQ(now() - begun, 2s);
    EXPECT_EQ((co_await listener.info()).state, listener_state::running);
    co_await sleep_for(10s);
    EXPECT_EQ((co_await listener.info()).state, listener_state::running);
    co_await listener.stop();
  });
}

TEST_P(listener_faults, the_running_tree_is_that_of_the_specification) {
  run([]() -> process<> {
    const supervisor_spec tree{.children = {child("echoes", echoes())}};
    const auto top = co_await start_link(tree);
    EXPECT_EQ(co_await top.sketch(), sketch(tree));
    EXPECT_TRUE(same_tree(co_await top.tree(), tree_of(tree)));
    co_await top.stop();
  });
}

}  // namespace
}  // namespace dialtone
