// SPDX-License-Identifier: Apache-2.0
// What only TCP does, over the loopback interface with one scheduler. What all transports do alike is in
// transport_test.cpp.
#include <dialtone/net/tcp.hpp>

#include <gtest/gtest.h>

#include <string>

#include <dialtone/io/socket_option.hpp>
#include <dialtone/net/stream_socket.hpp>
#include <dialtone/net/tcp_ends_test.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/spawn.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using tcp_ends::connected;
using tcp_ends::on_each_driver;
using tcp_ends::text_of;

// What an idle connection costs beside its process; a line of the cache more would be 64 bytes for each.
static_assert(sizeof(detail::stream_socket) <= 384);

int kernel_option(tcp::socket socket, io::socket_option which) {
  auto* found = detail::socket_table::here().find<detail::stream_socket>(socket.name());
  return io::get_option(found->driver(), found->handle(), which).value_or(-1);
}

TEST(tcp, options_for_the_kernel_are_in_force_on_both_ends) {
  on_each_driver([]() -> process<> {
    const socket_options options{.nodelay = false, .keepalive = true, .receive_buffer = 20'000, .send_buffer = 10'000};
    auto [listener, client, server] = co_await connected(options, options);
    for (const tcp::socket end : {client, server}) {
      EXPECT_EQ(kernel_option(end, io::option::nodelay), 0);
      EXPECT_EQ(kernel_option(end, io::option::keepalive), 1);
      EXPECT_EQ(kernel_option(end, io::option::receive_buffer), 2 * 20'000);  // it doubles them: socket(7)
      EXPECT_EQ(kernel_option(end, io::option::send_buffer), 2 * 10'000);
    }
    auto [other, plain_client, plain_server] = co_await connected();
    for (const tcp::socket end : {plain_client, plain_server}) {
      EXPECT_EQ(kernel_option(end, io::option::nodelay), 1);
      EXPECT_EQ(kernel_option(end, io::option::keepalive), 0);
    }
  });
}

TEST(tcp, other_options_leave_http_where_it_was) {
  on_each_driver([]() -> process<> {
    auto [listener, client, server] = co_await connected({}, {.packet = packet::http});
    co_await client.send("GET / HTTP/1.1\r\nFolded: one\r\n two\r\nA: b\r\n\r\n");
    EXPECT_EQ(text_of(co_await server.recv()), "GET / HTTP/1.1\r\n");
    server.setopts({.active = active::once});
    EXPECT_EQ(std::get<http_header>((co_await receive<tcp::http>()).packet).value, "one\r\n two");
    server.setopts({.packet_size = 1000});
    EXPECT_EQ(text_of(co_await server.recv()), "A: b\r\n");
    server.setopts({.packet = packet::http});
    EXPECT_EQ(text_of(co_await server.recv()), "\r\n");
  });
}

task<bytes> received_of_much() {
  const auto ends = co_await connected();
  const std::string large(100'000, 'z');
  co_await ends.client.send(large);
  co_return *co_await ends.server.recv(50'000, 5s);
}

TEST(tcp, what_was_received_outlives_the_socket_and_the_runtime) {
  for (const io::driver_choice choice : {io::driver_choice::epoll, io::driver_choice::best}) {
    bytes kept;
    {
      runtime rt{{.schedulers = 1, .driver = choice, .level = log_level::off}};
      kept = rt.call(received_of_much);
    }
    EXPECT_EQ(kept, std::string(50'000, 'z'));
  }
}

process<> send_much(tcp::socket socket, pid whom) {
  auto sent = co_await socket.send(std::string(8 << 20, 'z'));
  send(whom, sent ? std::string{"sent"} : to_string(sent.error()));
}

TEST(tcp, a_sender_does_not_wait_for_a_socket_that_was_closed) {
  on_each_driver([]() -> process<> {
    auto [listener, client, server] = co_await connected();
    spawn(send_much, client, self());
    EXPECT_EQ((co_await server.recv(1))->size(), 1u);
    client.close();
    const auto told = co_await receive<std::string>();
    EXPECT_TRUE(told.starts_with(to_string(net_error{net_operation::send, net_error::closed}))) << told;
    EXPECT_TRUE(told.ends_with("bytes still to go out")) << told;
    EXPECT_EQ((co_await server.recv((8 << 20) - 1, 20s))->size(), (8u << 20) - 1);
  });
}

TEST(tcp, the_end_of_the_peer_ends_the_connection) {
  on_each_driver([]() -> process<> {
    for (const active mode : {active::passive, active::always}) {
      auto [listener, client, server] = co_await connected({.exit_on_close = false}, {.active = mode});
      client.shutdown();
      if (mode.is_passive())
        EXPECT_EQ((co_await server.recv()).error(), net_error::closed);
      else
        co_await receive<tcp::closed>();
      EXPECT_EQ((co_await client.recv(0, 5s)).error(), net_error::closed) << "nobody has closed the server's end";
    }
  });
}

TEST(tcp, what_is_no_packet_ends_the_connection) {
  on_each_driver([]() -> process<> {
    auto [listener, client, server] = co_await connected({}, {.packet = packet::length_1, .packet_size = 3});
    co_await client.send("\4four");
    EXPECT_EQ((co_await server.recv()).error(), net_error::message_too_long);
    EXPECT_EQ((co_await server.recv()).error(), net_error::message_too_long);
    EXPECT_EQ((co_await client.recv(0, 5s)).error(), net_error::closed);
  });
}

TEST(tcp, options_are_read_as_they_were_set) {
  on_each_driver([]() -> process<> {
    auto [listener, client, server] = co_await connected({}, {.active = active::count(3), .packet = packet::line});
    const socket_options given{.line_length = 100, .send_timeout = 3s, .keepalive = true};
    EXPECT_TRUE(server.setopts(given));
    co_await client.send("one\n");
    co_await receive<tcp::data>();
    const socket_options now = server.getopts().value();
    EXPECT_EQ(now.active, active::count(2));
    EXPECT_EQ(now.packet, packet::line);
    EXPECT_EQ(now.line_length, 100u);
    EXPECT_EQ(now.send_timeout, duration{3s});
    EXPECT_EQ(now.keepalive, true);
    EXPECT_EQ(now.nodelay, true);
    EXPECT_EQ(now.packet_size, std::size_t{64} << 20);
    EXPECT_FALSE(now.congestion_control->empty());
    EXPECT_TRUE(client.setopts(now)) << "what was read can be set";
    server.close();
    EXPECT_EQ(server.getopts().error(), net_error::closed);
    EXPECT_EQ((co_await client.recv(0, 5s)).error(), std::errc::invalid_argument);  // active, as the server was
    co_await receive<tcp::closed>();
    EXPECT_EQ(client.getopts().error(), net_error::closed);
  });
}

TEST(tcp, options_can_be_read_behind_the_end) {
  on_each_driver([]() -> process<> {
    auto [listener, client, server] = co_await connected();
    client.close();
    EXPECT_EQ((co_await server.recv(0, 5s)).error(), net_error::closed);
    EXPECT_EQ(server.getopts()->active, active::passive);
    EXPECT_FALSE(server.getopts()->nodelay);
  });
}

process<> tell_what_comes(tcp::socket socket, pid whom) {
  std::string got;
  socket.setopts({.active = active::always});
  for (;;) {
    auto message = co_await receive<tcp::data, tcp::closed>();
    if (std::holds_alternative<tcp::closed>(message)) break;
    got += std::get<tcp::data>(message).bytes.view();
  }
  send(whom, got);
}

TEST(tcp, messages_that_were_not_received_move_with_the_socket) {
  on_each_driver([]() -> process<> {
    auto [listener, client, server] = co_await connected({}, {.active = active::count(2), .packet = packet::line});
    auto [beside, other, another] = co_await connected({}, {.active = active::count(1)});
    co_await other.send("stays");
    co_await receive<tcp::passive>();
    co_await client.send("one\ntwo\nthree\n");
    co_await receive<tcp::passive>();
    EXPECT_TRUE(server.controlling_process(self()));
    EXPECT_TRUE(server.controlling_process(spawn(tell_what_comes, server, self())));
    client.close();
    EXPECT_EQ(co_await receive<std::string>(), "one\ntwo\nthree\n");
    EXPECT_EQ((co_await receive<tcp::data>()).socket, another);
  });
}

TEST(tcp, a_port_is_free_when_its_listener_is_closed) {
  on_each_driver([]() -> process<> {
    auto listener = co_await tcp::listen({.address = "127.0.0.1"});
    const std::uint16_t port = listener->local_address().port();
    for (int round = 0; round < 20; ++round) {
      auto waiting = co_await with_deadline(0s, listener->accept());
      EXPECT_FALSE(waiting);
      listener->close();
      listener = co_await tcp::listen({.address = "127.0.0.1", .port = port});
      EXPECT_TRUE(listener) << round;
    }
  });
}

}  // namespace
}  // namespace dialtone
