// SPDX-License-Identifier: Apache-2.0
// Sockets with packet = http and httph: their packets taken apart, by recv_http and as messages, over all that a stream
// may go over. How a line is taken apart, and where it ends, is tested at http_line and packet_decoder.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <dialtone/net/carriers_test.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/spawn.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using carriers::connected;
using carriers::text_of;

class stream_http : public carriers::over_carriers {};
/// What is about time.
class stream_http_with_a_clock : public carriers::over_carriers {};

INSTANTIATE_TEST_SUITE_P(carriers, stream_http, ::testing::ValuesIn(carriers::all_of_them()), carriers::name_of);
INSTANTIATE_TEST_SUITE_P(carriers, stream_http_with_a_clock, ::testing::ValuesIn(carriers::with_a_clock()),
                         carriers::name_of);

using http_result = std::expected<http_packet, net_error>;

const http_packet get_request =
    http_request{.method = "GET", .uri = {.form = http_uri_form::abs_path, .path = "/a"}, .version = {1, 1}};
const http_packet ok_response = http_response{.version = {1, 1}, .status = 200, .phrase = "OK"};
const http_packet end_of_headers = http_eoh{};

http_packet other_header(const char* name, const char* value) {
  return http_header{.known = 0, .name = name, .unmodified = name, .value = value};
}

task<http_result> reading(stream::socket socket, duration limit = stream::unlimited) {
  co_return co_await socket.recv_http(limit);
}

TEST_P(stream_http, gives_first_lines_and_headers_in_turn) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, {}, {.packet = packet::http});
    co_await client.send("GET /a HTTP/1.1\r\nXa: one\r\n two\r\n\r\nHTTP/1.1 200 OK\r\nXb: three\r\n\r\nGET ");
    EXPECT_EQ(co_await server.recv_http(), get_request);
    EXPECT_EQ(co_await server.recv_http(5s), other_header("Xa", "one\r\n two"));
    EXPECT_EQ(co_await server.recv_http(), end_of_headers);
    EXPECT_EQ(co_await server.recv_http(), ok_response);
    EXPECT_EQ(co_await server.recv_http(), other_header("Xb", "three"));
    EXPECT_EQ(co_await server.recv_http(), end_of_headers);
    co_await client.send("/a HTTP/1.1\r\n");
    EXPECT_EQ(co_await server.recv_http(), get_request) << "its line has come in two pieces";
    client.close();
    EXPECT_EQ((co_await server.recv_http()).error(), net_error::closed);
  });
}

TEST_P(stream_http, gives_headers_alone_with_httph) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, {}, {.packet = packet::httph});
    co_await client.send("Xa: one\r\n\r\nXb: two\r\nZ");
    EXPECT_EQ(co_await server.recv_http(), other_header("Xa", "one"));
    EXPECT_EQ(co_await server.recv_http(), end_of_headers);
    EXPECT_EQ(co_await server.recv_http(), other_header("Xb", "two")) << "a first line never follows";
  });
}

TEST_P(stream_http, goes_on_behind_a_line_that_is_none_of_http) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, {}, {.packet = packet::http});
    co_await client.send("nothing\r\nGET /a HTTP/1.1\r\nno header\r\nXa: one\r\n\r\n");
    EXPECT_EQ(co_await server.recv_http(), http_packet{http_error{"nothing\r\n"}});
    EXPECT_EQ(co_await server.recv_http(), get_request);
    EXPECT_EQ(co_await server.recv_http(), http_packet{http_error{"no header\r\n"}});
    server.setopts({.active = active::count(2)});
    EXPECT_EQ((co_await receive<stream::http>()).packet, other_header("Xa", "one"));
    EXPECT_EQ((co_await receive<stream::http>()).packet, end_of_headers);
  });
}

TEST_P(stream_http, comes_as_messages_to_an_active_socket) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, {}, {.active = active::once, .packet = packet::http});
    co_await client.send("GET /a HTTP/1.1\r\nXa: one\r\n\r\nHTTP/1.1 200 OK\r\nXb: two\r\n\r\n");
    const auto first = co_await receive<stream::http>();
    EXPECT_EQ(first.socket, server);
    EXPECT_EQ(first.packet, get_request);
    EXPECT_EQ((co_await server.recv_http()).value(), other_header("Xa", "one")) << "it was passive again";
    server.setopts({.active = active::count(2)});
    EXPECT_EQ((co_await receive<stream::http>()).packet, end_of_headers);
    EXPECT_EQ((co_await receive<stream::http>()).packet, ok_response);
    EXPECT_EQ((co_await receive<stream::passive>()).socket, server);
    server.setopts({.active = active::always});
    EXPECT_EQ((co_await server.recv_http()).error(), std::errc::invalid_argument);
    EXPECT_EQ((co_await receive<stream::http>()).packet, other_header("Xb", "two"));
    EXPECT_EQ((co_await receive<stream::http>()).packet, end_of_headers);
    client.close();
    EXPECT_EQ((co_await receive<stream::closed>()).socket, server);
    EXPECT_FALSE(co_await receive<stream::data>(after(0s))) << "nothing has come twice";
  });
}

TEST_P(stream_http, may_be_read_as_bytes_in_between) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, {}, {.packet = packet::http});
    co_await client.send("GET /a HTTP/1.1\r\nXa: one\r\n\r\nHTTP/1.1 200 OK\r\nXb: two\r\n\r\n");
    EXPECT_EQ(text_of(co_await server.recv()), "GET /a HTTP/1.1\r\n");
    EXPECT_EQ(co_await server.recv_http(), other_header("Xa", "one")) << "it counts as the first line";
    EXPECT_EQ(text_of(co_await server.recv()), "\r\n");
    EXPECT_EQ(co_await server.recv_http(), ok_response);
    EXPECT_EQ((co_await server.recv(1)).error(), std::errc::invalid_argument);
    EXPECT_EQ(text_of(co_await server.recv()), "Xb: two\r\n");
    server.unrecv("Xc: three\r\n");
    EXPECT_EQ(co_await server.recv_http(), other_header("Xc", "three"));
  });
}

TEST_P(stream_http, needs_a_type_of_http) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over);
    co_await client.send("Xa: one\r\n\r\nbody");
    for (const packet type : {packet::raw, packet::line, packet::length_2}) {
      server.setopts({.packet = type});
      const net_error refused = (co_await server.recv_http()).error();
      EXPECT_EQ(refused, net_error::bad_option);
      EXPECT_EQ(refused.name(), "packet");
    }
    server.setopts({.packet = packet::httph});
    EXPECT_EQ(co_await server.recv_http(), other_header("Xa", "one")) << "nothing was taken, and nothing has ended";
    EXPECT_EQ(co_await server.recv_http(), end_of_headers);
    server.setopts({.packet = packet::raw});
    EXPECT_EQ(text_of(co_await server.recv(4)), "body");
  });
}

TEST_P(stream_http, ends_a_wait_when_the_type_becomes_another) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, {}, {.packet = packet::http});
    constexpr auto change = [](stream::socket socket) -> task<std::expected<void, net_error>> {
      co_return socket.setopts({.packet = packet::line});
    };
    auto [read, second, changed] = co_await all(reading(server), reading(server), change(server));
    EXPECT_TRUE(changed);
    EXPECT_EQ(read.error(), net_error::bad_option);
    EXPECT_EQ(second.error(), net_error::already_reading);
    co_await client.send("a line\n");
    EXPECT_EQ(text_of(co_await server.recv()), "a line\n");
  });
}

TEST_P(stream_http, has_the_limits_of_lines) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, {}, {.packet = packet::http, .line_length = 17});
    co_await client.send("GET /a HTTP/1.1\r\nXabcdef: 8901234\r\n");
    EXPECT_EQ(co_await server.recv_http(), get_request) << "as long as it may be";
    EXPECT_EQ((co_await server.recv_http()).error(), net_error::message_too_long);
    EXPECT_EQ((co_await server.recv_http()).error(), net_error::message_too_long);
  });
}

TEST_P(stream_http, tells_an_active_socket_of_a_line_over_its_limit) {
  run([](transport over) -> process<> {
    auto [client, server] =
        co_await connected(over, {}, {.active = active::always, .packet = packet::http, .line_length = 17});
    co_await client.send("GET /a HTTP/1.1\r\nXabcdef: 8901234\r\n");
    EXPECT_EQ((co_await receive<stream::http>()).packet, get_request);
    EXPECT_EQ((co_await receive<stream::error>()).why, net_error::message_too_long);
    EXPECT_EQ((co_await receive<stream::closed>()).socket, server);
  });
}

process<> tell_what_comes(pid whom) {
  for (int i = 0; i < 3; ++i) send(whom, (co_await receive<stream::http>()).packet);
}

TEST_P(stream_http, moves_with_its_socket_to_another_owner) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, {}, {.active = active::count(1), .packet = packet::http});
    co_await client.send("GET /a HTTP/1.1\r\nXa: one\r\n\r\n");
    co_await receive<stream::passive>();  // so the message before it lies in the mailbox
    const pid other = spawn(tell_what_comes, self());
    EXPECT_TRUE(server.setopts({.active = active::count(2)}));
    EXPECT_TRUE(server.controlling_process(other));
    EXPECT_EQ(co_await receive<http_packet>(), get_request);
    EXPECT_EQ(co_await receive<http_packet>(), other_header("Xa", "one"));
    EXPECT_EQ(co_await receive<http_packet>(), end_of_headers);
  });
}

TEST_P(stream_http_with_a_clock, keeps_what_came_before_its_time_was_up) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, {}, {.packet = packet::http});
    co_await client.send("GET /a HT");
    EXPECT_EQ((co_await server.recv_http(1h)).error(), net_error::timeout);
    EXPECT_EQ((co_await server.recv_http(0s)).error(), net_error::timeout);
    EXPECT_FALSE(co_await with_deadline(1h, reading(server))) << "given up by its process";
    co_await client.send("TP/1.1\r\n");
    EXPECT_EQ(co_await server.recv_http(1h), get_request);
  });
}

}  // namespace
}  // namespace dialtone
