// SPDX-License-Identifier: Apache-2.0
// Who watches a socket is told once, from wherever, over each driver.
#include <dialtone/net/socket_monitor.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

#include <dialtone/net/tcp.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/testing/print.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using net::socket_down;

void on_two_schedulers(process<> (*function)()) {
  for (const io::driver_choice choice : {io::driver_choice::epoll, io::driver_choice::best}) {
    runtime rt{{.schedulers = 2, .driver = choice, .level = log_level::off}};
    EXPECT_EQ(rt.run({.scheduler = placement::on(0)}, function), exit_reason::normal);
  }
}

struct two_ends {
  tcp::socket client;
  tcp::socket server;
};
task<two_ends> two_connected() {
  auto listener = co_await tcp::listen({.address = "127.0.0.1"});
  auto client = co_await tcp::connect(listener->local_address());
  auto server = co_await listener->accept();
  co_return two_ends{client.value(), server.value()};
}

struct never_sent {};
struct die {
  exit_reason reason;
};
process<> keep() {
  auto told = co_await receive<die>();
  exit(told.reason);
}

TEST(socket_monitor, tells_once_that_a_socket_was_closed) {
  on_two_schedulers([]() -> process<> {
    auto [client, server] = co_await two_connected();
    const reference first = client.monitor();
    const reference second = client.monitor();
    EXPECT_FALSE(co_await receive<socket_down>(after(0s)));
    client.close();
    auto told = co_await receive<socket_down>();
    auto also = co_await receive<socket_down>();
    EXPECT_EQ(told.reference, first);
    EXPECT_EQ(also.reference, second);
    EXPECT_EQ(told.socket, client.name());
    EXPECT_EQ(told.reason, exit_reason::normal);
    EXPECT_FALSE(co_await receive<socket_down>(after(0s)));
    EXPECT_FALSE(net::demonitor(first));
  });
}

TEST(socket_monitor, tells_why_its_owner_died_before_the_owner_is_down) {
  on_two_schedulers([]() -> process<> {
    for (const exit_reason& why : {exit_reason{exit_reason::normal}, exit_reason::custom_text("as planned")}) {
      auto [client, server] = co_await two_connected();
      const auto [owner, watch] = spawn_monitor(keep);
      EXPECT_TRUE(server.controlling_process(owner));
      static_cast<void>(server.monitor());
      send(owner, die{why});
      auto first = co_await receive<socket_down, down>();
      EXPECT_EQ(std::get<socket_down>(first).reason, why);
      EXPECT_EQ((co_await receive<down>()).reason, why);
    }
  });
}

TEST(socket_monitor, goes_with_a_socket_that_moves) {
  on_two_schedulers([]() -> process<> {
    auto [client, server] = co_await two_connected();
    const reference before = server.monitor();
    const pid owner = spawn({.scheduler = placement::on(1)}, keep);
    EXPECT_TRUE(server.controlling_process(owner));
    const reference behind = server.monitor();
    exit(owner, exit_reason::kill);
    auto told = co_await receive<socket_down>();
    auto also = co_await receive<socket_down>();
    EXPECT_EQ(told.reference, before);
    EXPECT_EQ(also.reference, behind);
    EXPECT_EQ(also.reason, exit_reason::killed);
  });
}

TEST(socket_monitor, of_one_that_is_gone_tells_so_at_once) {
  on_two_schedulers([]() -> process<> {
    auto [client, server] = co_await two_connected();
    EXPECT_TRUE(server.controlling_process(spawn({.scheduler = placement::on(1)}, keep)));
    const reference elsewhere = server.monitor();
    server.close();
    EXPECT_EQ((co_await receive<socket_down>()).reference, elsewhere);
    client.close();
    for (const tcp::socket gone : {client, server, tcp::socket{}}) {
      const reference watch = gone.monitor();
      auto told = co_await receive<socket_down>();
      EXPECT_EQ(told.reference, watch);
      EXPECT_EQ(told.reason, exit_reason::noproc);
    }
  });
}

TEST(socket_monitor, that_was_ended_tells_nothing) {
  on_two_schedulers([]() -> process<> {
    auto [client, server] = co_await two_connected();
    EXPECT_TRUE(server.controlling_process(spawn({.scheduler = placement::on(1)}, keep)));
    EXPECT_TRUE(net::demonitor(client.monitor()));
    EXPECT_TRUE(net::demonitor(server.monitor()));
    const reference flushed = client.monitor();
    const reference last = server.monitor();
    client.close();
    EXPECT_FALSE(net::demonitor(flushed, demonitor_mode::flush));
    server.close();
    EXPECT_EQ((co_await receive<socket_down>()).reference, last);
    EXPECT_FALSE(co_await receive<socket_down>(after(0s)));
    EXPECT_FALSE(net::demonitor(reference{}));
  });
}

TEST(socket_monitor, of_a_listener) {
  on_two_schedulers([]() -> process<> {
    auto listener = co_await tcp::listen({.address = "127.0.0.1"});
    const reference watch = listener->monitor();
    listener->close();
    EXPECT_EQ((co_await receive<socket_down>()).reference, watch);
  });
}

process<> watch_and_end(tcp::socket socket) {
  static_cast<void>(socket.monitor());
  static_cast<void>(socket.monitor());
  co_return;
}

TEST(socket_monitor, ends_with_its_process) {
  on_two_schedulers([]() -> process<> {
    auto [client, server] = co_await two_connected();
    for (const std::uint32_t place : {0u, 1u}) {
      static_cast<void>(spawn_monitor({.scheduler = placement::on(place)}, watch_and_end, client));
      co_await receive<down>();
    }
    client.close();
    EXPECT_EQ((co_await server.recv(0, 5s)).error(), net_error::closed);
  });
}

}  // namespace
}  // namespace dialtone
