// SPDX-License-Identifier: Apache-2.0
// What a connection holds when nothing is under way: no buffer, whatever has gone over it, over all that a stream may
// go over.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <dialtone/io/receive_buffers.hpp>
#include <dialtone/net/carriers_test.hpp>
#include <dialtone/net/stream_socket.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using carriers::connected;
using carriers::ends;

class idle_connections : public carriers::over_carriers {};

INSTANTIATE_TEST_SUITE_P(carriers, idle_connections, ::testing::ValuesIn(carriers::all_of_them()), carriers::name_of);

constexpr std::size_t count = 30;
constexpr std::size_t size = 2 * io::receive_buffers::lent_size;

/// Of a driver that receives into buffers of its own, as the kernel's do.
bool has_lent_buffers(stream::socket socket) {
  auto* found = detail::socket_table::here().find<detail::stream_socket>(socket.name());
  return found->driver().name() != "memory";
}

task<std::vector<ends>> many(transport over, socket_options server) {
  std::vector<ends> made;
  for (std::size_t i = 0; i < count; ++i) made.push_back(co_await connected(over, {}, server));
  co_return made;
}

/// What is sent is held by nobody else when it has gone, but in memory, where the receiver gets the same bytes.
task<> send_all_of(stream::socket socket, bytes data) {
  EXPECT_TRUE(co_await socket.send(data));
  while (socket.getstat()->send_pending != 0) co_await yield();
  if (has_lent_buffers(socket)) EXPECT_LE(data.use_count(), 1) << "what has gone is still held";
}

/// Drops them. Each read gives bytes of its own; in memory they are the sender's, who is done with them.
void expect_held_by_nobody_else(std::vector<bytes> pieces, bool are_shared) {
  for (bytes& each : pieces) {
    if (!are_shared) EXPECT_EQ(each.use_count(), 1) << "the socket still holds what it has given";
    if (&each == &pieces.back()) EXPECT_EQ(each.use_count(), 1);
    each = {};
  }
}

TEST_P(idle_connections, hold_no_buffer_once_what_came_was_taken) {
  run([](transport over) -> process<> {
    const auto all = co_await many(over, {});
    const std::ptrdiff_t before = io::receive_buffers::borrowed();
    std::vector<bytes> taken;
    for (const auto& [client, server] : all) {
      co_await send_all_of(client, std::string(size, 'x'));
      for (std::size_t got = 0; got < size; got += taken.back().size())
        taken.push_back((co_await server.recv()).value());
    }
    if (has_lent_buffers(all[0].server)) EXPECT_GT(io::receive_buffers::borrowed(), before);
    expect_held_by_nobody_else(std::move(taken), !has_lent_buffers(all[0].server));
    for (const ends& each : all) EXPECT_EQ((co_await each.server.recv(0, 0s)).error(), net_error::timeout);
    EXPECT_LE(io::receive_buffers::borrowed(), before + 1) << "the one in hand is the driver's";
  });
}

TEST_P(idle_connections, hold_no_buffer_behind_the_last_packet) {
  run([](transport over) -> process<> {
    const auto all = co_await many(over, {.packet = packet::length_4});
    const std::ptrdiff_t before = io::receive_buffers::borrowed();
    for (const auto& [client, server] : all) {
      client.setopts({.packet = packet::length_4});
      co_await send_all_of(client, std::string(size, 'x'));
      co_await send_all_of(client, std::string(3, 'y'));
      EXPECT_EQ((co_await server.recv())->size(), size);
      EXPECT_EQ((co_await server.recv()).value(), "yyy");
      EXPECT_EQ((co_await server.recv(0, 0s)).error(), net_error::timeout);
    }
    EXPECT_LE(io::receive_buffers::borrowed(), before + 1);
  });
}

TEST_P(idle_connections, hold_no_buffer_while_they_are_active_and_nothing_comes) {
  run([](transport over) -> process<> {
    const auto all = co_await many(over, {.active = active::always});
    const std::ptrdiff_t before = io::receive_buffers::borrowed();
    std::vector<bytes> taken;
    for (const ends& each : all) {
      co_await send_all_of(each.client, std::string(size, 'x'));
      for (std::size_t got = 0; got < size; got += taken.back().size())
        taken.push_back((co_await receive<stream::data>()).bytes);
    }
    expect_held_by_nobody_else(std::move(taken), !has_lent_buffers(all[0].server));
    EXPECT_LE(io::receive_buffers::borrowed(), before + 1);
  });
}

}  // namespace
}  // namespace dialtone
