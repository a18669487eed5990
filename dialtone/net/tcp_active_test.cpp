// SPDX-License-Identifier: Apache-2.0
// TCP sockets whose packets are messages. What all transports do alike is in transport_test.cpp.
#include <gtest/gtest.h>

#include <string>

#include <dialtone/net/tcp_pair_test.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/spawn.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

process<> send_until_it_is_full(tcp::socket socket, pid observer) {
  std::size_t sent = 0;
  for (std::expected<void, net_error> done; done; sent += 100'000)
    done = co_await socket.send(std::string(100'000, 'x'));
  send(observer, sent);
  co_await sleep_for(1h);
}

TEST(tcp_active, a_flood_to_an_active_socket_stops_at_its_peer) {
  in_process([]() -> process<> {
    auto [client, server] =
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

TEST(tcp_active, an_active_socket_sends_each_packet_as_a_message) {
  in_process([]() -> process<> {
    auto [client, server] = co_await connected({}, {.active = active::count(2), .packet = packet::line});
    co_await client.send("one\ntwo\nthree\n");
    EXPECT_EQ((co_await receive<tcp::data>()).bytes, "one\n");
    EXPECT_EQ((co_await receive<tcp::data>()).bytes, "two\n");
    EXPECT_EQ((co_await receive<tcp::passive>()).socket, server);
    server.setopts({.active = active::once});
    EXPECT_EQ((co_await receive<tcp::data>()).bytes, "three\n");
    client.close();
    EXPECT_EQ((co_await server.recv()).error(), net_error::closed);
  });
}

TEST(tcp_active, an_active_socket_tells_its_end) {
  in_process([]() -> process<> {
    auto [client, server] = co_await connected({}, {.active = active::always});
    co_await client.send("x");
    client.close();
    EXPECT_EQ((co_await receive<tcp::data>()).bytes, "x");
    EXPECT_EQ((co_await receive<tcp::closed>()).socket, server);
    EXPECT_EQ(server.setopts({.active = active::once}).error(), net_error::closed);
    EXPECT_EQ((co_await server.recv()).error(), net_error::closed);
  });
}

TEST(tcp_active, an_active_socket_tells_its_end_once) {
  in_process([]() -> process<> {
    auto [client, server] = co_await connected({}, {.active = active::always, .exit_on_close = false});
    client.shutdown();
    co_await receive<tcp::closed>();
    EXPECT_TRUE(server.setopts({.active = active::once}));
    EXPECT_EQ((co_await server.recv()).error(), std::errc::invalid_argument);  // it is still active
    EXPECT_TRUE(co_await server.send("answer"));
    EXPECT_EQ(text_of(co_await client.recv()), "answer");
    EXPECT_FALSE(co_await receive<tcp::closed>(after(0s)));
  });
}

}  // namespace
}  // namespace dialtone
