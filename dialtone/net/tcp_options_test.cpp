// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <dialtone/net/tcp_ends_test.hpp>
#include <dialtone/runtime/receive.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using tcp_ends::connected;
using tcp_ends::in_memory;
using tcp_ends::on_each_driver;

TEST(tcp_options, a_new_socket_has_the_defaults) {
  on_each_driver([]() -> process<> {
    const auto ends = co_await connected();
    for (const tcp::socket& socket : {ends.client, ends.server}) {
      const socket_options told = *socket.getopts();
      EXPECT_EQ(told.active, active::passive);
      EXPECT_EQ(told.packet, packet::raw);
      EXPECT_EQ(told.packet_size, std::size_t{64} << 20);
      EXPECT_EQ(told.line_length, std::nullopt);
      EXPECT_EQ(told.exit_on_close, true);
      EXPECT_EQ(told.high_watermark, 64u * 1024);
      EXPECT_EQ(told.send_timeout, duration::max());
      EXPECT_EQ(told.linger, duration{5s});
      EXPECT_EQ(told.nodelay, true);
      EXPECT_EQ(told.keepalive, false);
      EXPECT_EQ(told.user_timeout, duration::zero());
      EXPECT_EQ(told.device, "");
      EXPECT_EQ(told.tclass, std::nullopt);  // IPv6's
      EXPECT_FALSE(told.congestion_control->empty());
    }
  });
}

socket_options many() {
  return {.packet = packet::line,
          .packet_size = 1000,
          .line_length = 100,
          .line_delimiter = ';',
          .exit_on_close = false,
          .show_econnreset = false,
          .high_watermark = 1000,
          .low_watermark = 10,
          .send_timeout = 7s,
          .send_timeout_close = true,
          .linger = 1s,
          .nodelay = false,
          .cork = true,
          .keepalive = true,
          .keepalive_idle = 11s,
          .keepalive_interval = 12s,
          .keepalive_count = 13,
          .user_timeout = 14ms,
          .priority = 5,
          .tos = 0x10,
          .ttl = 33,
          .dont_route = true,
          .congestion_control = "reno"};
}

void expect_many(const socket_options& told) {
  const socket_options set = many();
  EXPECT_EQ(told.packet, set.packet);
  EXPECT_EQ(told.packet_size, set.packet_size);
  EXPECT_EQ(told.line_length, set.line_length);
  EXPECT_EQ(told.line_delimiter, set.line_delimiter);
  EXPECT_EQ(told.exit_on_close, set.exit_on_close);
  EXPECT_EQ(told.show_econnreset, set.show_econnreset);
  EXPECT_EQ(told.high_watermark, set.high_watermark);
  EXPECT_EQ(told.low_watermark, set.low_watermark);
  EXPECT_EQ(told.send_timeout, set.send_timeout);
  EXPECT_EQ(told.send_timeout_close, set.send_timeout_close);
  EXPECT_EQ(told.linger, set.linger);
}

void expect_many_of_kernel(const socket_options& told) {
  const socket_options set = many();
  EXPECT_EQ(told.nodelay, set.nodelay);
  EXPECT_EQ(told.cork, set.cork);
  EXPECT_EQ(told.keepalive, set.keepalive);
  EXPECT_EQ(told.keepalive_idle, set.keepalive_idle);
  EXPECT_EQ(told.keepalive_interval, set.keepalive_interval);
  EXPECT_EQ(told.keepalive_count, set.keepalive_count);
  EXPECT_EQ(told.user_timeout, set.user_timeout);
  EXPECT_EQ(told.priority, set.priority);
  EXPECT_EQ(told.tos, set.tos);
  EXPECT_EQ(told.ttl, set.ttl);
  EXPECT_EQ(told.dont_route, set.dont_route);
  EXPECT_EQ(told.congestion_control, set.congestion_control);
}

TEST(tcp_options, what_is_set_is_told) {
  on_each_driver([]() -> process<> {
    const auto ends = co_await connected(many());
    expect_many(*ends.client.getopts());
    expect_many_of_kernel(*ends.client.getopts());
    EXPECT_TRUE(ends.server.setopts(many()));
    expect_many(*ends.server.getopts());
    expect_many_of_kernel(*ends.server.getopts());
  });
}

TEST(tcp_options, in_memory_are_remembered_and_handed_on) {
  in_memory([]() -> process<> {
    const auto ends = co_await connected(many(), many());
    for (const socket_options& told : {*ends.client.getopts(), *ends.listener.getopts(), *ends.server.getopts()}) {
      expect_many(told);
      expect_many_of_kernel(told);
    }
    EXPECT_TRUE(ends.client.setopts({.receive_buffer = 1000, .send_buffer = 2000, .device = "any"}));
    EXPECT_EQ(ends.client.getopts()->receive_buffer, 1000u);
    EXPECT_EQ(ends.client.getopts()->send_buffer, 2000u);
    EXPECT_EQ(ends.client.getopts()->device, "any");
    const auto six = co_await connected({.tclass = 0x20, .ttl = 44}, {}, "::1");
    EXPECT_EQ(six.client.getopts()->tclass, 0x20);
    EXPECT_EQ(six.client.getopts()->ttl, 44);
    const bytes value{"12"};
    EXPECT_TRUE(six.client.setopts({.raw = {{SOL_SOCKET, SO_RCVLOWAT, value}}}));
    EXPECT_EQ(six.client.raw_option(SOL_SOCKET, SO_RCVLOWAT, 64), value);
  });
}

TEST(tcp_options, connections_have_those_of_their_listener) {
  on_each_driver([]() -> process<> {
    const auto ends = co_await connected({}, many());
    expect_many(*ends.listener.getopts());
    expect_many_of_kernel(*ends.listener.getopts());
    expect_many(*ends.server.getopts());
    expect_many_of_kernel(*ends.server.getopts());
  });
}

TEST(tcp_options, a_listeners_change_for_the_connections_to_come) {
  on_each_driver([]() -> process<> {
    auto listener = co_await tcp::listen({.address = "127.0.0.1"});
    EXPECT_TRUE(listener->setopts({.active = active::once, .packet = packet::line, .keepalive = true}));
    EXPECT_EQ(listener->getopts()->active, active::once);
    auto client = co_await tcp::connect(listener->local_address());
    auto server = co_await listener->accept();
    EXPECT_EQ(server->getopts()->packet, packet::line);
    EXPECT_EQ(server->getopts()->keepalive, true);
    co_await client->send("one\ntwo\n");
    EXPECT_EQ((co_await receive<tcp::data>()).bytes, "one\n");
    EXPECT_EQ(listener->setopts({.low_watermark = 1u << 20}).error().name(), "low_watermark");
  });
}

TEST(tcp_options, the_messages_that_are_still_to_come_are_told) {
  on_each_driver([]() -> process<> {
    const auto ends = co_await connected({}, {.active = active::count(3), .packet = packet::line});
    co_await ends.client.send("one\n");
    co_await receive<tcp::data>();
    EXPECT_EQ(ends.server.getopts()->active, active::count(2));
  });
}

TEST(tcp_options, those_of_ipv6_are_for_ipv6) {
  on_each_driver([]() -> process<> {
    const auto six = co_await connected({.tclass = 0x20, .ttl = 44}, {}, "::1");
    EXPECT_EQ(six.client.getopts()->tclass, 0x20);
    EXPECT_EQ(six.client.getopts()->ttl, 44);
    const auto four = co_await connected({.tclass = 0x20});
    EXPECT_EQ(four.client.getopts()->tclass, std::nullopt);
  });
}

std::string refusal_of(const tcp::socket& socket, socket_options given) {
  auto set = socket.setopts(given);
  return set ? "none" : std::string{set.error().code_name()} + " " + std::string{set.error().name()};
}

TEST(tcp_options, a_value_that_cannot_be_is_refused_by_the_name_of_its_option) {
  on_each_driver([]() -> process<> {
    const auto ends = co_await connected();
    const tcp::socket socket = ends.client;
    EXPECT_EQ(refusal_of(socket, {.active = active::count(40'000)}), "bad_option active");
    EXPECT_EQ(refusal_of(socket, {.packet_size = 0}), "bad_option packet_size");
    EXPECT_EQ(refusal_of(socket, {.line_length = 0}), "bad_option line_length");
    EXPECT_EQ(refusal_of(socket, {.high_watermark = 0}), "bad_option high_watermark");
    EXPECT_EQ(refusal_of(socket, {.low_watermark = 64 * 1024}), "bad_option low_watermark");
    EXPECT_EQ(refusal_of(socket, {.send_timeout = -1s}), "bad_option send_timeout");
    EXPECT_EQ(refusal_of(socket, {.linger = -1s}), "bad_option linger");
    EXPECT_EQ(refusal_of(socket, {.linger = 24h}), "none");
    EXPECT_EQ(refusal_of(socket, {.linger = 24h + 1ms}), "bad_option linger");
    EXPECT_EQ(refusal_of(socket, {.keepalive_idle = 0s}), "bad_option keepalive_idle");
    EXPECT_EQ(refusal_of(socket, {.keepalive_idle = 32'767s}), "none");
    EXPECT_EQ(refusal_of(socket, {.keepalive_idle = 32'768s}), "bad_option keepalive_idle");
    EXPECT_EQ(refusal_of(socket, {.keepalive_interval = 0s}), "bad_option keepalive_interval");
    EXPECT_EQ(refusal_of(socket, {.keepalive_count = 127}), "none");
    EXPECT_EQ(refusal_of(socket, {.keepalive_count = 128}), "bad_option keepalive_count");
    EXPECT_EQ(refusal_of(socket, {.user_timeout = -1s}), "bad_option user_timeout");
    EXPECT_EQ(refusal_of(socket, {.receive_buffer = std::size_t{1} << 31}), "bad_option receive_buffer");
    EXPECT_EQ(refusal_of(socket, {.ttl = 0}), "bad_option ttl");
    EXPECT_EQ(refusal_of(socket, {.device = "no-such-device"}), "ENODEV device");
    EXPECT_EQ(refusal_of(socket, {.congestion_control = "no_such"}), "ENOENT congestion_control");
    EXPECT_EQ(to_string(socket.setopts({.ttl = 0}).error()),
              "setopts ttl: bad_option (no such option, or a value that it cannot have)");
  });
}

TEST(tcp_options, a_refusal_has_changed_nothing) {
  on_each_driver([]() -> process<> {
    const auto ends = co_await connected();
    EXPECT_FALSE(ends.client.setopts({.packet = packet::line, .keepalive = true, .ttl = 0}));
    EXPECT_EQ(ends.client.getopts()->packet, packet::raw);
    EXPECT_EQ(ends.client.getopts()->keepalive, false);
  });
}

TEST(tcp_options, a_listener_and_a_connect_refuse_at_once) {
  on_each_driver([]() -> process<> {
    auto listener = co_await tcp::listen({.address = "127.0.0.1", .connections = {.packet_size = 0}});
    EXPECT_EQ(listener.error().name(), "packet_size");
    listener = co_await tcp::listen({.address = "127.0.0.1", .connections = {.congestion_control = "no_such"}});
    EXPECT_EQ(listener.error().name(), "congestion_control");
    auto socket = co_await tcp::connect("127.0.0.1", 1, {.active = active::count(-40'000)});
    EXPECT_EQ(socket.error().name(), "active");
  });
}

TEST(tcp_options, one_without_a_name_is_set_and_told_raw) {
  on_each_driver([]() -> process<> {
    const auto ends = co_await connected();
    const int seven = 7;
    const bytes value{std::as_bytes(std::span{&seven, 1})};
    EXPECT_TRUE(ends.client.setopts({.raw = {{SOL_SOCKET, SO_RCVLOWAT, value}}}));
    EXPECT_EQ(ends.client.raw_option(SOL_SOCKET, SO_RCVLOWAT, sizeof seven), value);
    EXPECT_EQ(ends.client.raw_option(SOL_SOCKET, SO_RCVLOWAT, 64)->size(), sizeof seven);
    EXPECT_EQ(refusal_of(ends.client, {.raw = {{SOL_SOCKET, 9999, value}}}), "ENOPROTOOPT raw 1 9999");
    EXPECT_EQ(ends.client.raw_option(SOL_SOCKET, 9999, 4).error(), std::errc::no_protocol_option);
  });
}

TEST(tcp_options, without_linger_close_resets_the_connection) {
  on_each_driver([]() -> process<> {
    const auto ends = co_await connected({.linger = 0s});
    co_await ends.client.send("never read");
    ends.client.close();
    EXPECT_EQ((co_await ends.server.recv(0, 5s)).error(), std::errc::connection_reset);
  });
}

TEST(tcp_options, a_linger_time_that_is_over_resets_the_connection) {
  in_memory([]() -> process<> {
    const auto ends = co_await connected({.send_timeout = 5ms, .linger = 5ms});
    const std::string large(16 << 20, 'z');
    EXPECT_EQ((co_await ends.client.send(large)).error(), net_error::timeout);
    ends.client.close();
    co_await sleep_for(20ms);
    EXPECT_EQ((co_await ends.server.recv(large.size(), 5s)).error(), std::errc::connection_reset);
  });
}

TEST(tcp_shutdown, of_the_receiving_half_is_an_end_that_the_peer_does_not_see) {
  on_each_driver([]() -> process<> {
    const auto ends = co_await connected({.exit_on_close = false});
    EXPECT_TRUE(ends.client.shutdown(shutdown_how::read));
    EXPECT_EQ((co_await ends.client.recv(0, 5s)).error(), net_error::closed);
    co_await ends.client.send("still");
    EXPECT_EQ(*co_await ends.server.recv(0, 5s), "still");
    co_await ends.client.send("and still");
    EXPECT_EQ(*co_await ends.server.recv(0, 5s), "and still");
  });
}

TEST(tcp_shutdown, of_both_halves_sends_what_is_unsent_first) {
  on_each_driver([]() -> process<> {
    const auto ends = co_await connected();
    co_await ends.client.send("last");
    EXPECT_TRUE(ends.client.shutdown(shutdown_how::both));
    EXPECT_EQ(*co_await ends.server.recv(0, 5s), "last");
    EXPECT_EQ((co_await ends.server.recv(0, 5s)).error(), net_error::closed);
    EXPECT_EQ((co_await ends.client.recv(0, 5s)).error(), net_error::closed);
    EXPECT_EQ((co_await ends.client.send("more")).error(), net_error::closed);
  });
}

TEST(tcp_shutdown, of_a_connection_that_is_gone_is_an_error) {
  on_each_driver([]() -> process<> {
    const auto ends = co_await connected();
    ends.client.close();
    EXPECT_EQ(ends.client.shutdown(shutdown_how::read).error(), net_error::closed);
    EXPECT_EQ((co_await ends.server.recv(0, 5s)).error(), net_error::closed);
    EXPECT_EQ(ends.server.shutdown(shutdown_how::both).error(), net_error::closed);
  });
}

TEST(tcp_statistics, count_what_moves) {
  on_each_driver([]() -> process<> {
    const auto ends = co_await connected({.packet = packet::length_2}, {.packet = packet::length_2});
    EXPECT_EQ(ends.client.getstat()->sent_average(), 0);
    for (const std::size_t size : {10, 30}) {
      co_await ends.client.send(std::string(size, 'x'));
      co_await ends.server.recv(0, 5s);
    }
    const auto sent = *ends.client.getstat();
    EXPECT_EQ(sent.sent_packets, 2u);
    EXPECT_EQ(sent.sent_bytes, 44u);
    EXPECT_EQ(sent.sent_largest, 32u);
    EXPECT_EQ(sent.sent_average(), 22);
    EXPECT_EQ(sent.send_pending, 0u);
    const auto received = *ends.server.getstat();
    EXPECT_EQ(received.received_packets, 2u);
    EXPECT_EQ(received.received_bytes, 44u);
    EXPECT_EQ(received.received_largest, 32u);
    EXPECT_EQ(received.received_average(), 22);
  });
}

TEST(tcp_options, a_socket_that_is_closed_tells_nothing) {
  on_each_driver([]() -> process<> {
    const auto ends = co_await connected();
    ends.client.close();
    ends.listener.close();
    EXPECT_EQ(ends.client.getopts().error(), net_error::closed);
    EXPECT_EQ(ends.client.raw_option(SOL_SOCKET, SO_RCVLOWAT, 4).error(), net_error::closed);
    EXPECT_EQ(ends.listener.getopts().error(), net_error::closed);
    EXPECT_EQ(ends.listener.setopts({}).error(), net_error::closed);
  });
}

TEST(tcp_options, a_listener_is_bound_to_its_device_and_so_are_its_connections) {
  on_each_driver([]() -> process<> {
    auto listener = co_await tcp::listen({.address = "127.0.0.1", .connections = {.device = "lo"}});
    EXPECT_TRUE(listener) << to_string(listener.error());
    auto client = co_await tcp::connect(listener->local_address());
    EXPECT_TRUE(client);
    auto server = co_await listener->accept();
    EXPECT_EQ(server->getopts()->device, "lo");
    auto refused = co_await tcp::listen({.address = "127.0.0.1", .connections = {.device = "no-such-device"}});
    EXPECT_EQ(refused.error(), std::errc::no_such_device);
  });
}

}  // namespace
}  // namespace dialtone
