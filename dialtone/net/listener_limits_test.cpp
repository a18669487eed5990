// SPDX-License-Identifier: Apache-2.0
// How many connections a listener takes, and what becomes of one more; in memory, on the test's clock, in many orders.
#include <dialtone/net/listener.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/process_info.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

process<> echo(stream::socket socket) {
  while (auto data = co_await socket.recv()) co_await socket.send(*data);
}

process<> say(stream::socket socket, std::string text) {
  co_await socket.send(text);
  co_await socket.recv();
}

/// Runs on three schedulers, in a different order each time.
void in_many_orders(process<> (*scenario)()) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    testing::stepped_runtime rt{{.schedulers = 3, .seed = seed, .shuffle = seed != 1}};
    const exit_reason end = rt.run(scenario);
    EXPECT_EQ(end, exit_reason::normal) << to_string(end) << " with seed " << seed;
  }
}

struct server {
  memory::network network = {};
  listener_ref listener = {};
  std::vector<socket_address> addresses = {};
};

task<server> start(listener_spec spec, std::size_t endpoints = 1) {
  server made;
  for (std::size_t index = 0; index < endpoints; ++index) spec.listen_on.push_back(endpoint::memory(made.network));
  made.listener = co_await start_link(std::move(spec));
  made.addresses = co_await made.listener.addresses();
  co_return made;
}

task<stream::socket> connect_to(server to, std::size_t endpoint = 0) {
  auto socket = co_await memory::connect(to.network, to.addresses[endpoint], {}, 5s);
  EXPECT_TRUE(socket);
  co_return socket.value_or(stream::socket{});
}

task<std::string> read(stream::socket socket) {
  const auto got = co_await socket.recv(0, 5s);
  co_return got ? std::string{got->view()} : std::string{got.error().code_name()};
}

task<std::string> ask(stream::socket socket, std::string question) {
  co_await socket.send(std::move(question));
  co_return co_await read(socket);
}

/// Nothing is left to do for anybody.
task<> settled() {
  return []() -> task<> { co_await sleep_for(1ms); }();
}

TEST(listener_limits, who_is_one_too_many_waits_for_room) {
  in_many_orders([]() -> process<> {
    const auto to = co_await start({.listen_on = {}, .serve = connection(echo), .max_connections = 3});
    std::vector<stream::socket> clients;
    for (int i = 0; i < 6; ++i) {
      clients.push_back(co_await connect_to(to));
      co_await clients.back().send("x");
    }
    co_await settled();
    EXPECT_EQ((co_await to.listener.info()).connections, 3u);
    EXPECT_EQ((co_await to.listener.info()).accepted, 3u);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(co_await read(clients[i]), "x");
      clients[i].close();
    }
    for (std::size_t i = 3; i < 6; ++i) EXPECT_EQ(co_await read(clients[i]), "x");
    EXPECT_EQ((co_await to.listener.info()).connections, 3u);
    EXPECT_EQ((co_await to.listener.info()).refused, 0u);
    co_await to.listener.stop();
  });
}

TEST(listener_limits, the_limit_is_exact_over_all_endpoints_and_schedulers) {
  in_many_orders([]() -> process<> {
    const auto to = co_await start({.listen_on = {}, .serve = connection(echo), .max_connections = 4}, 3);
    std::vector<stream::socket> clients;
    for (std::size_t i = 0; i < 12; ++i) clients.push_back(co_await connect_to(to, i % 3));
    co_await settled();
    EXPECT_EQ((co_await to.listener.connections()).size(), 4u);
    for (const auto& each : clients) each.close();
    co_await settled();
    co_await settled();
    EXPECT_EQ((co_await to.listener.info()).connections, 0u);
    EXPECT_EQ((co_await to.listener.info()).accepted, 12u);
    co_await to.listener.stop();
  });
}

TEST(listener_limits, connections_go_to_the_scheduler_that_has_the_fewest) {
  in_many_orders([]() -> process<> {
    const auto to = co_await start({.listen_on = {}, .serve = connection(echo)});
    for (int i = 0; i < 9; ++i) co_await connect_to(to);
    co_await settled();
    std::vector<int> counts(3);
    for (const pid each : co_await to.listener.connections()) ++counts[each.scheduler()];
    EXPECT_EQ(counts, (std::vector<int>{3, 3, 3}));
    for (const pid each : co_await to.listener.connections())
      if (each.scheduler() == 1) exit(each, exit_reason::kill);
    co_await settled();
    for (int i = 0; i < 3; ++i) co_await connect_to(to);
    co_await settled();
    counts.assign(3, 0);
    for (const pid each : co_await to.listener.connections()) ++counts[each.scheduler()];
    EXPECT_EQ(counts, (std::vector<int>{3, 3, 3}));
    co_await to.listener.stop();
  });
}

TEST(listener_limits, who_is_one_too_many_is_closed) {
  in_many_orders([]() -> process<> {
    const auto to = co_await start(
        {.listen_on = {}, .serve = connection(echo), .max_connections = 1, .when_full = full_policy::close});
    const auto one = co_await connect_to(to);
    EXPECT_EQ(co_await ask(one, "one"), "one");
    const auto two = co_await connect_to(to);
    EXPECT_EQ(co_await read(two), "closed");
    EXPECT_EQ((co_await to.listener.info()).refused, 1u);
    one.close();
    co_await settled();
    EXPECT_EQ(co_await ask(co_await connect_to(to), "three"), "three");
    co_await to.listener.stop();
  });
}

TEST(listener_limits, who_is_one_too_many_is_told_so) {
  in_many_orders([]() -> process<> {
    const auto to = co_await start({.listen_on = {},
                                    .serve = connection(echo),
                                    .max_connections = 1,
                                    .when_full = full_policy::refuse,
                                    .refusal = connection(say, "busy"),
                                    .max_refusals = 2});
    const auto one = co_await connect_to(to);
    EXPECT_EQ(co_await ask(one, "one"), "one");
    const auto two = co_await connect_to(to);
    const auto three = co_await connect_to(to);
    EXPECT_EQ(co_await read(two), "busy");
    EXPECT_EQ(co_await read(three), "busy");
    const auto four = co_await connect_to(to);
    EXPECT_EQ(co_await read(four), "closed");
    auto info = co_await to.listener.info();
    EXPECT_EQ(info.connections, 1u);
    EXPECT_EQ(info.refusals, 2u);
    EXPECT_EQ(info.refused, 3u);
    two.close();
    co_await settled();
    EXPECT_EQ((co_await to.listener.info()).refusals, 1u);
    EXPECT_EQ(co_await read(co_await connect_to(to)), "busy");
    co_await to.listener.stop();
  });
}

TEST(listener_limits, more_room_lets_those_in_who_wait) {
  in_many_orders([]() -> process<> {
    const auto to = co_await start({.listen_on = {}, .serve = connection(echo), .max_connections = 1});
    const auto one = co_await connect_to(to);
    const auto two = co_await connect_to(to);
    co_await two.send("two");
    co_await settled();
    EXPECT_EQ((co_await to.listener.info()).accepted, 1u);
    EXPECT_TRUE(co_await to.listener.set({.max_connections = 2}));
    EXPECT_EQ(co_await read(two), "two");
    EXPECT_TRUE(co_await to.listener.set({.max_connections = 1}));
    EXPECT_EQ((co_await to.listener.info()).connections, 2u);
    one.close();
    co_await settled();
    const auto three = co_await connect_to(to);
    co_await settled();
    EXPECT_EQ((co_await to.listener.info()).connections, 1u);
    two.close();
    EXPECT_EQ(co_await ask(three, "three"), "three");
    co_await to.listener.stop();
  });
}

TEST(listener_limits, changes_are_for_connections_to_come) {
  in_many_orders([]() -> process<> {
    const auto to = co_await start({.listen_on = {}, .serve = connection(say, "old")});
    const auto one = co_await connect_to(to);
    EXPECT_EQ(co_await read(one), "old");
    EXPECT_TRUE(co_await to.listener.set({.serve = connection(say, "new")}));
    EXPECT_EQ(co_await read(co_await connect_to(to)), "new");
    EXPECT_EQ((co_await to.listener.info()).connections, 2u);
    co_await to.listener.stop();
  });
}

TEST(listener_limits, changes_that_are_wrong_change_nothing) {
  in_many_orders([]() -> process<> {
    const auto to = co_await start({.listen_on = {}, .serve = connection(echo)});
    EXPECT_EQ((co_await to.listener.set({.max_connections = 0})).error(),
              "max_connections of a listener is at least 1");
    EXPECT_FALSE(co_await to.listener.set({.max_connections = 5, .when_full = full_policy::refuse}));
    EXPECT_FALSE(co_await to.listener.set({.idle_timeout = 0s}));
    EXPECT_EQ((co_await to.listener.info()).max_connections, 16'384u);
    co_await to.listener.stop();
  });
}

TEST(listener_limits, a_specification_says_what_is_wrong_with_it) {
  const auto serve = connection(echo);
  const endpoint somewhere = endpoint::memory({});
  EXPECT_FALSE(check_listener_spec({.listen_on = {}, .serve = serve}));
  EXPECT_TRUE(check_listener_spec({.listen_on = std::vector(listener_endpoints_limit, somewhere), .serve = serve}));
  EXPECT_FALSE(
      check_listener_spec({.listen_on = std::vector(listener_endpoints_limit + 1, somewhere), .serve = serve}));
  EXPECT_FALSE(check_listener_spec({.listen_on = {somewhere}, .serve = serve, .max_connections = 0}));
  EXPECT_FALSE(check_listener_spec({.listen_on = {somewhere}, .serve = serve, .when_full = full_policy::refuse}));
  EXPECT_FALSE(check_listener_spec({.listen_on = {somewhere}, .serve = serve, .handshake_timeout = 0s}));
  EXPECT_TRUE(check_listener_spec({.listen_on = {somewhere}, .serve = serve}));
}

}  // namespace
}  // namespace dialtone
