// SPDX-License-Identifier: Apache-2.0
#include <dialtone/protocols/echo/server.hpp>

#include <gtest/gtest.h>

#include <string>

#include <dialtone/net/carriers_test.hpp>
#include <dialtone/net/tcp_ends_test.hpp>
#include <dialtone/protocols/echo/client.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/spawn.hpp>

namespace dialtone::echo {
namespace {

using namespace std::chrono_literals;
using carriers::text_of;

class echo_over : public carriers::over_carriers {};
INSTANTIATE_TEST_SUITE_P(carriers, echo_over, ::testing::ValuesIn(carriers::all_of_them()), carriers::name_of);

TEST_P(echo_over, any_transport_sends_back_what_came) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await carriers::connected(over);
    EXPECT_TRUE(server.controlling_process(spawn(serve, server)));
    EXPECT_EQ(text_of(co_await ask(client, "hello", 20s)), "hello");
    const std::string large(8 << 20, 'e');
    EXPECT_EQ(text_of(co_await ask(client, large, 20s)), large) << "larger than what lies between";
    EXPECT_EQ(text_of(co_await ask(client, bytes{}, 20s)), "");
  });
}

TEST_P(echo_over, any_transport_sends_back_whole_lines) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await carriers::connected(over);
    EXPECT_TRUE(server.controlling_process(spawn(serve_lines, server, line_limit)));
    co_await client.send("Hello");
    co_await client.send(" world\nand one more\nno end");
    EXPECT_EQ(text_of(co_await client.recv(25, 20s)), "Hello world\nand one more\n");
    EXPECT_TRUE(client.shutdown());
    EXPECT_EQ((co_await client.recv(0, 20s)).error(), net_error::closed) << "what has no end is lost";
  });
}

/// What the log of a server has, and the reason of its end, when `talk` is at the other end.
struct seen {
  std::vector<std::string> log;
  exit_reason end;
};

template <class Server, class... Arguments>
seen serve_whom(process<> (*talk)(stream::socket), Server server, Arguments... arguments) {
  testing::stepped_runtime rt{{.runtime = {.level = log_level::debug}}};
  static process<> (*talker)(stream::socket);
  static Server served;
  talker = talk;
  served = server;
  seen all;
  all.end = rt.call(
      +[](Arguments... given) -> task<exit_reason> {
        auto [client, accepted] = *memory::pair();
        auto [pid, watch] = spawn_monitor(served, accepted, given...);
        static_cast<void>(accepted.controlling_process(pid));
        static_cast<void>(client.controlling_process(spawn(talker, client)));
        co_return (co_await receive<down>()).reason;
      },
      arguments...);
  rt.settle();
  for (const std::string& line : rt.log())
    if (line.find("Peer") != std::string::npos || line.find("peer") != std::string::npos)
      all.log.push_back(line.substr(line.find(": ") + 2));
  return all;
}

process<> say_hello(stream::socket socket) { EXPECT_EQ(text_of(co_await ask(socket, "hello", 5s)), "hello"); }

TEST(echo_server, logs_who_comes_and_goes) {
  const seen all = serve_whom(&say_hello, &serve);
  EXPECT_EQ(all.end, exit_reason::normal);
  EXPECT_EQ(all.log, (std::vector<std::string>{"Peer unix: connecting", "Received new message from peer unix:, 5 bytes",
                                               "Peer unix: disconnected"}));
}

process<> send_too_much(stream::socket socket) {
  co_await socket.send("123456789\n1234567890\n");
  EXPECT_EQ(text_of(co_await socket.recv(10, 5s)), "123456789\n");
  EXPECT_FALSE(co_await socket.recv(0, 5s));
}

TEST(echo_server, closes_a_connection_whose_line_is_too_long) {
  const seen all = serve_whom(&send_too_much, &serve_lines, std::size_t{10});
  EXPECT_EQ(all.end, exit_reason::normal);
  EXPECT_EQ(all.log.back(), "Peer unix:: line too long, closing connection");
}

TEST(echo_server, ends_at_once_when_told_and_what_it_has_sent_arrives) {
  tcp_ends::in_memory([]() -> process<> {
    auto [listener, client, server] = co_await tcp_ends::connected();
    auto [pid, watch] = spawn_monitor(serve, server);
    EXPECT_TRUE(server.controlling_process(pid));
    EXPECT_EQ(text_of(co_await ask(client, "one", 5s)), "one");
    co_await client.send("two");
    while (server.getstat() && server.getstat()->sent_packets < 2) co_await yield();
    const time_point before = now();
    exit(pid, exit_reason::shutdown);
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::shutdown);
    EXPECT_EQ(now(), before);
    EXPECT_EQ(text_of(co_await client.recv(3, 5s)), "two");
    EXPECT_EQ((co_await client.recv(0, 5s)).error(), net_error::closed);
  });
}

process<> flood(stream::socket socket, std::size_t size) {
  static_cast<void>(co_await socket.send(std::string(size, 'f')));
  static_cast<void>(co_await receive<int>());
}

TEST(echo_server, reads_no_more_from_a_peer_that_does_not_read) {
  tcp_ends::in_memory([]() -> process<> {
    auto [client, server] = *memory::pair();
    EXPECT_TRUE(server.controlling_process(spawn(serve, server)));
    constexpr std::size_t sent = 16 << 20;
    EXPECT_TRUE(client.controlling_process(spawn(flood, client, sent)));
    co_await sleep_for(1min);
    const auto held = server.getstat();
    EXPECT_LT(held->received_bytes, std::size_t{2} << 20);
    EXPECT_LT(held->send_pending, std::size_t{1} << 20);
    exit(exit_reason::normal);
  });
}

TEST(echo_client, gives_up_when_the_time_is_up) {
  tcp_ends::in_memory([]() -> process<> {
    auto [client, server] = *memory::pair();
    const time_point before = now();
    EXPECT_EQ((co_await ask(client, "x", 3s)).error(), net_error::timeout);
    EXPECT_EQ((co_await ask(client, std::string(8 << 20, 'x'), 3s)).error(), net_error::timeout);
    EXPECT_EQ(now() - before, 6s);
    server.close();
    EXPECT_FALSE(co_await ask(client, "x", 3s));
    EXPECT_EQ(now() - before, 6s);
  });
}

}  // namespace
}  // namespace dialtone::echo
