// SPDX-License-Identifier: Apache-2.0
// What every transport does, as tests over all of them.
#include <dialtone/net/transport.hpp>

#include <gtest/gtest.h>

#include <sys/socket.h>

#include <algorithm>
#include <string>
#include <vector>

#include <dialtone/io/socket_option.hpp>
#include <dialtone/net/carriers_test.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/spawn.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

using carriers::connected;
using carriers::text_of;

class transports : public carriers::over_carriers {};
/// What is about time.
class transports_with_a_clock : public carriers::over_carriers {};

INSTANTIATE_TEST_SUITE_P(carriers, transports, ::testing::ValuesIn(carriers::all_of_them()), carriers::name_of);
INSTANTIATE_TEST_SUITE_P(carriers, transports_with_a_clock, ::testing::ValuesIn(carriers::with_a_clock()),
                         carriers::name_of);

/// What the client has sent lies at the other end, where nobody reads. Unix sockets and memory have no way between.
task<> arrived(stream::socket client, stream::socket server) {
  while (client.getstat()->send_pending != 0) co_await yield();
  auto* end = detail::socket_table::here().find<detail::stream_socket>(server.name());
  if (end->driver().name() == "memory" || !server.local_address()->is_ip()) co_return;
  // Its first number is what is received and not read, in bytes of memory: sock_diag(7), SK_MEMINFO_RMEM_ALLOC.
  constexpr io::socket_option memory{SOL_SOCKET, SO_MEMINFO};
  while (io::get_option(end->driver(), end->handle(), memory).value_or(1) == 0) co_await yield();
}

process<> echo(transport over, stream::socket accepted) {
  auto socket = co_await over.handshake(accepted);
  while (auto data = co_await socket->recv()) co_await socket->send(*data);
}

process<> serve(transport over, stream::listener listener) {
  while (auto accepted = co_await listener.accept()) accepted->controlling_process(spawn(echo, over, *accepted));
}

TEST_P(transports, carry_many_connections_at_once) {
  run([](transport over) -> process<> {
    auto listener = co_await over.listen();
    listener->controlling_process(spawn_link(serve, over, *listener));
    std::vector<stream::socket> clients;
    for (int i = 0; i < 30; ++i) clients.push_back(*co_await over.connect(listener->local_address(), {}, 5s));
    for (int round = 0; round < 3; ++round) {
      for (std::size_t i = 0; i < clients.size(); ++i) co_await clients[i].send(std::to_string(i * 1000));
      for (std::size_t i = 0; i < clients.size(); ++i) {
        const std::string expected = std::to_string(i * 1000);
        EXPECT_EQ(text_of(co_await clients[i].recv(expected.size(), 5s)), expected);
      }
    }
    exit(exit_reason::normal);
  });
}

TEST_P(transports, show_no_boundaries_of_what_was_sent) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over);
    co_await client.send("hello ");
    co_await client.send("world");
    EXPECT_EQ(text_of(co_await server.recv(11)), "hello world");
    co_await client.send("hello world");
    EXPECT_EQ(text_of(co_await server.recv(5)), "hello");
    EXPECT_EQ(text_of(co_await server.recv()), " world");
  });
}

TEST_P(transports, cut_packets_on_both_sides) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, {.packet = packet::length_2}, {.packet = packet::length_2});
    co_await client.send("one");
    co_await client.send("");
    co_await client.send(std::string(65'535, 'x'));
    EXPECT_EQ(text_of(co_await server.recv()), "one");
    EXPECT_EQ(text_of(co_await server.recv()), "");
    EXPECT_EQ((co_await server.recv())->size(), 65'535u);
    EXPECT_EQ((co_await client.send(std::string(65'536, 'x'))).error(), net_error::message_too_long);
    EXPECT_EQ((co_await server.recv(1)).error(), std::errc::invalid_argument);
  });
}

TEST_P(transports, give_back_what_was_put_back) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over);
    co_await client.send("PROXY hello");
    auto line = co_await server.recv(11);
    EXPECT_TRUE(server.unrecv(line->drop(6)));
    server.setopts({.packet = packet::line});
    co_await client.send(" world\n");
    EXPECT_EQ(text_of(co_await server.recv()), "hello world\n");
    server.setopts({.active = active::always, .packet = packet::raw});
    EXPECT_TRUE(server.unrecv("again"));
    EXPECT_EQ((co_await receive<stream::data>()).bytes, "again");
  });
}

TEST_P(transports, end_after_what_the_peer_has_sent) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over);
    co_await client.send("last words");
    client.close();
    EXPECT_EQ((co_await client.recv()).error(), net_error::closed);
    EXPECT_EQ((co_await client.send("x")).error(), net_error::closed);
    EXPECT_EQ(text_of(co_await server.recv()), "last words");
    EXPECT_EQ((co_await server.recv()).error(), net_error::closed);
    EXPECT_EQ((co_await server.recv()).error(), net_error::closed);
    EXPECT_EQ((co_await server.send("too late")).error(), net_error::closed);
  });
}

TEST_P(transports, close_one_half_and_leave_the_other_open) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, {}, {.exit_on_close = false});
    co_await client.send("question");
    EXPECT_TRUE(client.shutdown());
    EXPECT_TRUE(client.shutdown());
    EXPECT_EQ((co_await client.send("more")).error(), net_error::closed);
    EXPECT_EQ(text_of(co_await server.recv(8)), "question");
    EXPECT_EQ((co_await server.recv()).error(), net_error::closed);
    co_await server.send("answer");
    EXPECT_EQ(text_of(co_await client.recv()), "answer");
  });
}

TEST_P(transports, reset_a_connection_that_is_closed_with_unread_data) {
  run([](transport over) -> process<> {
    for (const bool shown : {true, false}) {
      auto [client, server] = co_await connected(over, {.show_econnreset = shown});
      co_await client.send("never read");
      co_await arrived(client, server);
      server.close();
      const auto end = co_await client.recv(0, 5s);
      EXPECT_TRUE(shown ? end.error() == std::errc::connection_reset : end.error() == net_error::closed)
          << to_string(end.error());
    }
  });
}

TEST_P(transports, let_senders_go_on_at_the_low_watermark) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, {.high_watermark = 1000, .low_watermark = 10});
    const std::string large(4 << 20, 'z');
    auto [sent, received] = co_await all(
        [](stream::socket socket, std::string data) -> task<std::expected<void, net_error>> {
          co_return co_await socket.send(std::move(data));
        }(client, large),
        [](stream::socket socket, std::size_t size) -> task<std::expected<bytes, net_error>> {
          co_return co_await socket.recv(size, 20s);
        }(server, large.size()));
    EXPECT_TRUE(sent);
    EXPECT_EQ(received->size(), large.size());
    EXPECT_EQ(client.getstat()->send_pending, 0u);
    EXPECT_EQ(client.getstat()->sent_bytes, large.size());
    EXPECT_EQ(server.getstat()->received_bytes, large.size());
  });
}

TEST_P(transports, send_each_packet_of_an_active_socket_as_a_message) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, {}, {.active = active::count(2), .packet = packet::line});
    co_await client.send("one\ntwo\nthree\nfour\n");
    EXPECT_EQ((co_await receive<stream::data>()).bytes, "one\n");
    EXPECT_EQ((co_await receive<stream::data>()).bytes, "two\n");
    EXPECT_EQ((co_await receive<stream::passive>()).socket, server);
    EXPECT_EQ(text_of(co_await server.recv()), "three\n");
    server.setopts({.active = active::once});
    EXPECT_EQ((co_await receive<stream::data>()).bytes, "four\n");
    client.close();
    EXPECT_EQ((co_await server.recv()).error(), net_error::closed);
  });
}

TEST_P(transports, tell_an_active_socket_its_end) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, {}, {.active = active::always});
    EXPECT_EQ((co_await server.recv()).error(), std::errc::invalid_argument);
    co_await client.send("x");
    EXPECT_EQ((co_await receive<stream::data>()).bytes, "x");
    client.close();
    EXPECT_EQ((co_await receive<stream::closed>()).socket, server);
    EXPECT_EQ(server.setopts({.active = active::once}).error(), net_error::closed);
    EXPECT_EQ((co_await server.recv()).error(), net_error::closed);
  });
}

TEST_P(transports, tell_an_active_socket_why_it_ended) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, {.active = active::always});
    co_await client.send("never read");
    co_await arrived(client, server);
    server.close();
    EXPECT_EQ((co_await receive<stream::error>()).why, std::errc::connection_reset);
    EXPECT_EQ((co_await receive<stream::closed>()).socket, client);
  });
}

TEST_P(transports, refuse_a_second_reader) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over);
    constexpr auto read = [](stream::socket socket) -> task<std::expected<bytes, net_error>> {
      co_return co_await socket.recv();
    };
    constexpr auto write = [](stream::socket socket) -> task<std::expected<void, net_error>> {
      co_return co_await socket.send("x");
    };
    auto [first, second, sent] = co_await all(read(server), read(server), write(client));
    EXPECT_EQ(text_of(first), "x");
    EXPECT_EQ(second.error(), net_error::already_reading);
  });
}

process<> recv_and_die(stream::socket socket) {
  static_cast<void>(co_await socket.recv());
  throw std::runtime_error{"as planned"};
}

TEST_P(transports, close_a_socket_with_its_owner) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over);
    EXPECT_TRUE(server.controlling_process(spawn(recv_and_die, server)));
    EXPECT_EQ(server.controlling_process(self()).error(), net_error::not_owner);
    co_await client.send("die");
    EXPECT_EQ((co_await client.recv(0, 5s)).error(), net_error::closed);
  });
}

TEST_P(transports, refuse_an_address_where_nobody_listens) {
  run([](transport over) -> process<> {
    auto listener = co_await over.listen();
    const socket_address there = listener->local_address();
    listener->close();
    EXPECT_EQ((co_await listener->accept()).error(), net_error::closed);
    auto refused = co_await over.connect(there, {}, 5s);
    EXPECT_EQ(refused.error(), std::errc::connection_refused);
    EXPECT_NE(to_string(refused.error()).find(to_string(there)), std::string::npos);
    EXPECT_TRUE(co_await over.listen({.address = there}));
  });
}

TEST_P(transports, know_both_addresses_of_a_connection) {
  run([](transport over) -> process<> {
    auto listener = co_await over.listen();
    auto client = co_await over.connect(listener->local_address());
    auto server = co_await listener->accept(5s);
    EXPECT_EQ(client->peer_address(), listener->local_address());
    EXPECT_EQ(server->local_address(), listener->local_address());
    EXPECT_EQ(server->peer_address(), client->local_address());
  });
}

TEST_P(transports, take_the_options_of_any_of_them) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(
        over, {.nodelay = false, .keepalive = true, .receive_buffer = 100'000, .congestion_control = "reno"});
    EXPECT_TRUE(client.setopts({.nodelay = true, .send_buffer = 100'000}));
    EXPECT_EQ(client.setopts({.high_watermark = 0}).error(), net_error::bad_option);
  });
}

TEST_P(transports_with_a_clock, keep_what_came_before_a_recv_ran_out_of_time) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over);
    co_await client.send("half");
    EXPECT_EQ((co_await server.recv(8, 1h)).error(), net_error::timeout);
    co_await client.send("whole");
    EXPECT_EQ(text_of(co_await server.recv(9, 5s)), "halfwhole");
  });
}

TEST_P(transports_with_a_clock, hold_up_who_sends_faster_than_the_peer_reads) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, {.send_timeout = 1h});
    const std::string large(8 << 20, 'z');
    EXPECT_EQ((co_await client.send(large)).error(), net_error::timeout);
    EXPECT_GT(client.getstat()->send_pending, 64u * 1024);
    client.close();  // goes on in the background
    EXPECT_EQ((co_await server.recv(large.size(), 20s))->size(), large.size());
    EXPECT_EQ((co_await server.recv()).error(), net_error::closed);
  });
}

TEST_P(transports_with_a_clock, wait_for_a_connection_as_long_as_they_may) {
  run([](transport over) -> process<> {
    auto listener = co_await over.listen();
    EXPECT_EQ((co_await listener->accept(1h)).error(), net_error::timeout);
    EXPECT_TRUE(co_await over.connect(listener->local_address()));
    EXPECT_TRUE(co_await listener->accept(1h));
  });
}

TEST_P(transports_with_a_clock, refuse_an_address_that_somebody_has) {
  run([](transport over) -> process<> {
    auto listener = co_await over.listen();
    const time_point before = now();
    auto taken = co_await over.listen({.address = listener->local_address()});
    EXPECT_EQ(taken.error(), std::errc::address_in_use);
    EXPECT_EQ(now() - before, over.name() == "tcp" ? duration{500ms} : duration{0s});  // the kernel may let go of it
  });
}

}  // namespace
}  // namespace dialtone
