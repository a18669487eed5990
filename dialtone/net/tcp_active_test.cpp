// SPDX-License-Identifier: Apache-2.0
// TCP sockets whose packets are messages. What all transports do alike is in transport_test.cpp.
#include <gtest/gtest.h>

#include <string>

#include <dialtone/net/tcp_ends_test.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/spawn.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using tcp_ends::connected;
using tcp_ends::in_memory;
using tcp_ends::on_each_driver;
using tcp_ends::text_of;

process<> send_until_it_is_full(tcp::socket socket, pid observer) {
  std::size_t sent = 0;
  for (std::expected<void, net_error> done; done; sent += 100'000)
    done = co_await socket.send(std::string(100'000, 'x'));
  send(observer, sent);
  co_await sleep_for(1h);
}

TEST(tcp_active, a_flood_to_an_active_socket_stops_at_its_peer) {
  in_memory([]() -> process<> {
    auto [listener, client, server] =
        co_await connected({.high_watermark = 200'000, .send_timeout = 50ms}, {.active = active::always});
    const pid flooder = spawn(send_until_it_is_full, client, self());
    EXPECT_TRUE(client.controlling_process(flooder));
    auto sent = co_await receive<std::size_t>();
    EXPECT_LE(server.getstat()->received_packets, 2u * 64 + 2);
    exit(flooder, exit_reason::kill);
    std::size_t got = 0;
    for (;;) {
      auto next = co_await receive<tcp::data, tcp::closed, tcp::error>();
      if (!std::holds_alternative<tcp::data>(next)) break;
      got += std::get<tcp::data>(next).bytes.size();
    }
    EXPECT_EQ(got, sent);
  });
}

TEST(tcp_active, an_active_socket_tells_its_end_once) {
  on_each_driver([]() -> process<> {
    auto [listener, client, server] = co_await connected({}, {.active = active::always, .exit_on_close = false});
    client.shutdown();
    co_await receive<tcp::closed>();
    EXPECT_TRUE(server.setopts({.active = active::once}));
    EXPECT_EQ((co_await server.recv()).error(), std::errc::invalid_argument);  // it is still active
    EXPECT_TRUE(co_await server.send("answer"));
    EXPECT_EQ(text_of(co_await client.recv()), "answer");
    EXPECT_FALSE(co_await receive<tcp::closed>(after(0s)));
  });
}

TEST(tcp_active, large_packets_that_wait_are_few) {
  in_memory([]() -> process<> {
    auto [listener, client, server] = co_await connected({.packet = packet::length_4, .high_watermark = 100'000'000},
                                                         {.active = active::always, .packet = packet::length_4});
    for (int i = 0; i < 20; ++i) co_await client.send(std::string(2'000'000, 'x'));
    for (int i = 0; i < 20; ++i) {
      co_await sleep_for(1ms);  // whatever comes, comes
      auto next = co_await receive<tcp::data>();
      EXPECT_EQ(next.bytes.size(), 2'000'000u);
      EXPECT_LE(server.getstat()->received_bytes, static_cast<std::uint64_t>(i + 3) * 2'100'000);
    }
  });
}

TEST(tcp_active, a_predicate_may_close_the_socket_whose_message_it_judges) {
  on_each_driver([]() -> process<> {
    auto [listener, client, server] = co_await connected({}, {.active = active::count(1), .packet = packet::line});
    co_await client.send("one\ntwo\n");
    auto got = co_await receive<tcp::data>([&](const tcp::data& message) {
      message.socket.close();
      return true;
    });
    EXPECT_EQ(got.bytes, "one\n");
    EXPECT_EQ((co_await client.recv()).error(), net_error::closed);
    EXPECT_FALSE(co_await receive<tcp::passive>(after(0s)));
  });
}

process<> own_for_ever() { co_await receive<tcp::closed>(); }

TEST(tcp_active, no_predicate_gives_a_socket_away) {
  on_each_driver([]() -> process<> {
    auto [listener, client, server] = co_await connected({}, {.active = active::count(2), .packet = packet::line});
    const pid other = spawn(own_for_ever);
    int asked = 0;
    const auto gives = [&](const tcp::data& message) {
      const auto given = message.socket.controlling_process(other);
      EXPECT_TRUE(!given && given.error() == std::errc::device_or_resource_busy);
      return ++asked == 3;
    };
    co_await client.send("one\ntwo\n");
    auto full = co_await receive<tcp::passive>();
    send(self(), full);
    send(self(), tcp::data{server, "three\n"});
    EXPECT_EQ((co_await receive<tcp::data>(gives)).bytes, "three\n");  // all are in the mailbox
    asked = 2;
    EXPECT_TRUE(server.setopts({.active = active::once}));
    co_await client.send("four\n");
    auto arrived = co_await receive<tcp::data>([&](const tcp::data& it) { return it.bytes == "four\n" && gives(it); });
    EXPECT_EQ(arrived.bytes, "four\n");
    EXPECT_TRUE(server.controlling_process(other));
    EXPECT_FALSE(co_await receive<tcp::data>(after(0s))) << "they have gone with it";
    exit(other, exit_reason::kill);
  });
}

}  // namespace
}  // namespace dialtone
