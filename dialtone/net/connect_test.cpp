// SPDX-License-Identifier: Apache-2.0
// Connects by name, over the loopback interface, whose every address 127.x.y.z is this machine.
#include <dialtone/net/tcp.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include <dialtone/net/memory.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/send.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

/// Runs a test's function in a process, over each driver that there is; the runtime's names are in this text.
void with_names(std::string_view hosts, process<> (*function)()) {
  for (const io::driver_choice choice : {io::driver_choice::epoll, io::driver_choice::best}) {
    runtime rt{{.schedulers = 1, .driver = choice, .level = log_level::off, .names = hosts_resolver(hosts).source()}};
    const exit_reason end = rt.run(function);
    EXPECT_EQ(end, exit_reason::normal) << to_string(end);
  }
}

/// The same in memory, where time passes only when nothing else is left to do.
void with_names_and_a_clock(std::string_view hosts, process<> (*function)()) {
  testing::stepped_runtime rt{
      {.runtime = {.make_driver = memory::network{}.drivers(), .names = hosts_resolver(hosts).source()}}};
  const exit_reason end = rt.run(function);
  EXPECT_EQ(end, exit_reason::normal) << to_string(end);
}

struct deaf_listener {
  tcp::listener listener;
  tcp::socket waiting;  // fills its backlog
  std::uint16_t port() const { return listener.local_address().port(); }
};

/// Whoever connects there hears nothing.
task<deaf_listener> deaf(std::string address) {
  auto listener = co_await tcp::listen({.address = std::move(address), .backlog = 0});
  auto waiting = co_await tcp::connect(listener->local_address());
  co_return deaf_listener{*listener, *waiting};
}

std::ptrdiff_t open_descriptors() {
  const std::filesystem::directory_iterator all{"/proc/self/fd"};
  return std::distance(begin(all), end(all));
}

TEST(connect, a_name_is_found_by_the_resolver_of_the_runtime) {
  with_names("127.0.0.1 here.test\n", []() -> process<> {
    auto listener = co_await tcp::listen({.address = "127.0.0.1"});
    auto socket = co_await tcp::connect("here.test", listener->local_address().port(), {}, 5s);
    EXPECT_EQ(socket->peer_address(), listener->local_address());
  });
}

TEST(connect, localhost_needs_no_resolver) {
  with_names("", []() -> process<> {
    auto listener = co_await tcp::listen({.address = "127.0.0.1"});
    EXPECT_TRUE(co_await tcp::connect("localhost", listener->local_address().port(), {}, 5s));
  });
}

TEST(connect, a_resolver_of_the_call_comes_before_that_of_the_runtime) {
  with_names("127.0.0.9 here.test\n", []() -> process<> {
    auto listener = co_await tcp::listen({.address = "127.0.0.2"});
    auto socket = co_await tcp::connect({.host = "here.test",
                                         .port = listener->local_address().port(),
                                         .names = hosts_resolver("127.0.0.2 here.test\n"),
                                         .limit = 5s});
    EXPECT_EQ(socket->peer_address(), listener->local_address());
  });
}

TEST(connect, a_name_that_there_is_not_is_the_resolvers_error) {
  with_names("", []() -> process<> {
    auto nowhere = co_await tcp::connect("nowhere.test", 80);
    EXPECT_EQ(to_string(nowhere.error()), "resolve nowhere.test: nxdomain (no such name)");
    auto no_name = co_await tcp::connect("no name", 80);
    EXPECT_EQ(no_name.error(), net_error::bad_name);
    auto other_family = co_await tcp::connect({.host = "127.0.0.1", .port = 80, .families = ip_families::v6});
    EXPECT_EQ(other_family.error(), net_error::nxdomain);
  });
}

TEST(connect, the_address_after_one_that_refuses_is_tried_at_once) {
  with_names("127.0.0.2 here.test\n127.0.0.3 here.test\n127.0.0.4 here.test\n", []() -> process<> {
    auto listener = co_await tcp::listen({.address = "127.0.0.4"});
    auto socket = co_await tcp::connect(
        {.host = "here.test", .port = listener->local_address().port(), .attempt_delay = 1h, .limit = 5s});
    EXPECT_EQ(socket->peer_address(), listener->local_address());
  });
}

TEST(connect, the_error_names_the_host_and_all_attempts) {
  with_names("127.0.0.2 here.test\n127.0.0.3 here.test\n", []() -> process<> {
    auto listener = co_await tcp::listen({.address = "127.0.0.1"});
    const std::uint16_t port = listener->local_address().port();
    auto refused = co_await tcp::connect("here.test", port, {}, 5s);
    EXPECT_EQ(refused.error(), std::errc::connection_refused);
    EXPECT_EQ(refused.error().name(), "here.test");
    EXPECT_EQ(*refused.error().address(), socket_address(ip_address::v4(127, 0, 0, 3), port));
    EXPECT_EQ(refused.error().earlier().size(), 1u);
    EXPECT_NE(to_string(refused.error()).find("127.0.0.2"), std::string::npos);
  });
}

TEST(connect, an_address_that_is_silent_holds_nobody_up) {
  with_names_and_a_clock("127.0.0.2 here.test\n127.0.0.3 here.test\n", []() -> process<> {
    const deaf_listener silent = co_await deaf("127.0.0.2");
    auto listener = co_await tcp::listen({.address = "127.0.0.3", .port = silent.port()});
    const time_point before = now();
    auto socket =
        co_await tcp::connect({.host = "here.test", .port = silent.port(), .attempt_delay = 5s, .limit = 10s});
    EXPECT_EQ(socket->peer_address(), listener->local_address());
    EXPECT_GE(now() - before, 5s);
    EXPECT_LT(now() - before, 6s);
  });
}

TEST(connect, one_time_limit_is_over_all_attempts) {
  with_names_and_a_clock("127.0.0.2 here.test\n127.0.0.3 here.test\n", []() -> process<> {
    const deaf_listener silent = co_await deaf("127.0.0.3");
    const time_point before = now();
    auto late = co_await tcp::connect("here.test", silent.port(), {}, 20s);
    EXPECT_EQ(late.error(), net_error::timeout);
    EXPECT_EQ(*late.error().address(), silent.listener.local_address());
    EXPECT_EQ(late.error().earlier().size(), 1u);
    EXPECT_GE(now() - before, 20s);
    EXPECT_LT(now() - before, 21s);
  });
}

TEST(connect, one_that_runs_out_of_time_leaves_nothing_open) {
  with_names("127.0.0.2 here.test\n", []() -> process<> {
    const deaf_listener silent = co_await deaf("127.0.0.2");
    const std::ptrdiff_t before = open_descriptors();
    // Time has to pass here: only the kernel has descriptors that could be left open.
    EXPECT_EQ((co_await tcp::connect("here.test", silent.port(), {}, 1ms)).error(), net_error::timeout);
    EXPECT_EQ(open_descriptors(), before);
  });
}

process<> connect_for_ever(std::uint16_t port) {
  static_cast<void>(co_await tcp::connect({.host = "here.test", .port = port, .attempt_delay = 0ms}));
}

TEST(connect, one_that_is_killed_leaves_nothing_open) {
  with_names("127.0.0.2 here.test\n127.0.0.2 here.test\n", []() -> process<> {
    const deaf_listener silent = co_await deaf("127.0.0.2");
    const std::ptrdiff_t before = open_descriptors();
    auto [victim, watched] = spawn_monitor(connect_for_ever, silent.port());
    while (open_descriptors() == before) co_await yield();
    exit(victim, exit_reason::kill);
    co_await receive<down>();
    EXPECT_EQ(open_descriptors(), before);
  });
}

TEST(connect, comes_from_the_local_address) {
  with_names("::1 here.test\n127.0.0.1 here.test\n", []() -> process<> {
    auto listener = co_await tcp::listen({.address = "127.0.0.1"});
    const socket_address from{ip_address::v4(127, 0, 0, 7), 0};
    auto socket = co_await tcp::connect(
        {.host = "here.test", .port = listener->local_address().port(), .local_address = from, .limit = 5s});
    EXPECT_EQ(socket->local_address()->ip(), from.ip());
    auto taken = co_await tcp::connect({.host = "127.0.0.1",
                                        .port = listener->local_address().port(),
                                        .local_address = socket_address{ip_address::v4(192, 0, 2, 1), 0},
                                        .limit = 5s});
    EXPECT_EQ(taken.error(), std::errc::address_not_available);
  });
}

}  // namespace
}  // namespace dialtone
