// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/adopt.hpp>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>

#include <dialtone/net/tcp_ends_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using tcp_ends::on_each_driver;

/// As a program before this one has opened it: it blocks.
int listening_descriptor() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in any{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  EXPECT_EQ(::bind(descriptor, reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
  EXPECT_EQ(::listen(descriptor, 16), 0);
  return descriptor;
}

std::array<int, 2> socket_pair(int type = SOCK_STREAM) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, type, 0, ends.data()), 0);
  return ends;
}

bool is_open(int descriptor) { return ::fcntl(descriptor, F_GETFD) >= 0; }

TEST(adopt, a_listener_accepts_with_its_options) {
  on_each_driver([]() -> process<> {
    auto listener = tcp::adopt_listener(listening_descriptor(), {.packet = packet::line});
    auto client = co_await tcp::connect(listener->local_address(), {}, 5s);
    auto server = co_await listener->accept(5s);
    co_await client->send("one\ntwo\n");
    EXPECT_EQ(*co_await server->recv(0, 5s), "one\n");
  });
}

TEST(adopt, a_connection_is_a_socket_like_others) {
  on_each_driver([]() -> process<> {
    const auto [here, there] = socket_pair();
    auto one = stream::adopt(here, {.packet = packet::length_2});
    auto other = stream::adopt(there, {.packet = packet::length_2});
    co_await one->send("across");
    EXPECT_EQ(*co_await other->recv(0, 5s), "across");
    EXPECT_NE(::fcntl(here, F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(::fcntl(here, F_GETFD) & FD_CLOEXEC, 0);
    one->close();
    EXPECT_EQ((co_await other->recv(0, 5s)).error(), net_error::closed);
    EXPECT_FALSE(is_open(here));
  });
}

TEST(adopt, what_is_no_such_socket_stays_the_callers) {
  on_each_driver([]() -> process<> {
    const auto datagrams = socket_pair(SOCK_DGRAM);
    const int listening = listening_descriptor();
    const int file = ::open("/dev/null", O_RDONLY);
    const int unconnected = ::socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(tcp::adopt(datagrams[0]).error(), net_error::bad_option);
    EXPECT_EQ(tcp::adopt(listening).error(), net_error::bad_option);
    EXPECT_EQ(tcp::adopt(unconnected).error(), net_error::bad_option);
    EXPECT_EQ(tcp::adopt_listener(unconnected).error(), net_error::bad_option);
    EXPECT_EQ(tcp::adopt(file).error(), std::errc::not_a_socket);
    EXPECT_EQ(tcp::adopt_listener(-1).error(), std::errc::bad_file_descriptor);
    EXPECT_EQ(tcp::adopt_listener(listening, {.packet_size = 0}).error().name(), "packet_size");
    EXPECT_EQ(tcp::adopt_listener(listening, {.congestion_control = "no_such"}).error().name(), "congestion_control");
    for (const int each : {datagrams[0], datagrams[1], listening, file, unconnected}) {
      EXPECT_TRUE(is_open(each));
      ::close(each);
    }
    co_return;
  });
}

}  // namespace
}  // namespace dialtone
