// SPDX-License-Identifier: Apache-2.0
// What a connection holds when nothing is under way: no byte of what has gone over it, over all that a stream may go
// over; and none of the buffers that the kernel's drivers receive into. Drivers in memory have none: there the receiver
// gets the bytes of the sender.
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
constexpr std::size_t large_for_a_value = bytes::inline_capacity + 1;  // so somebody may hold it

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

using all_bytes = std::vector<bytes>;

/// What is sent is held by nobody else when it has gone, but in memory, where the receiver gets the same bytes.
task<> send_all_of(stream::socket socket, bytes data) {
  EXPECT_TRUE(co_await socket.send(data));
  while (socket.getstat()->send_pending != 0) co_await yield();
  if (has_lent_buffers(socket)) EXPECT_EQ(data.use_count(), 2) << "what has gone is still held";  // and the caller
}

/// Drops what was taken: what was sent is its sender's alone. Each read of the kernel gives bytes of its own.
void expect_held_by_nobody_else(const all_bytes& sent, all_bytes taken, bool has_lent) {
  if (has_lent)
    for (const bytes& each : taken) EXPECT_EQ(each.use_count(), 1) << "the socket still holds what it has given";
  taken.clear();
  for (const bytes& each : sent) EXPECT_EQ(each.use_count(), 1) << "the socket still holds what was taken";
}

TEST_P(idle_connections, hold_nothing_once_what_came_was_taken) {
  run([](transport over) -> process<> {
    const auto all = co_await many(over, {});
    const bool has_lent = has_lent_buffers(all[0].server);
    const std::ptrdiff_t before = io::receive_buffers::borrowed();
    all_bytes sent, taken;
    for (const auto& [client, server] : all) {
      sent.emplace_back(std::string(size, 'x'));
      co_await send_all_of(client, sent.back());
      for (std::size_t got = 0; got < size; got += taken.back().size())
        taken.push_back((co_await server.recv()).value());
    }
    if (has_lent) EXPECT_GT(io::receive_buffers::borrowed(), before);
    expect_held_by_nobody_else(sent, std::move(taken), has_lent);
    for (const ends& each : all) EXPECT_EQ((co_await each.server.recv(0, 0s)).error(), net_error::timeout);
    if (has_lent) EXPECT_LE(io::receive_buffers::borrowed(), before + 1) << "the one in hand is the driver's";
  });
}

TEST_P(idle_connections, hold_nothing_behind_the_last_packet) {
  run([](transport over) -> process<> {
    const auto all = co_await many(over, {.packet = packet::length_4});
    const std::ptrdiff_t before = io::receive_buffers::borrowed();
    all_bytes sent;
    for (const auto& [client, server] : all) {
      client.setopts({.packet = packet::length_4});
      for (const std::size_t length : {size, large_for_a_value}) {
        sent.emplace_back(std::string(length, 'x'));
        co_await send_all_of(client, sent.back());
        EXPECT_EQ((co_await server.recv())->size(), length);
      }
      EXPECT_EQ((co_await server.recv(0, 0s)).error(), net_error::timeout);
    }
    expect_held_by_nobody_else(sent, {}, false);
    if (has_lent_buffers(all[0].server)) EXPECT_LE(io::receive_buffers::borrowed(), before + 1);
  });
}

TEST_P(idle_connections, hold_nothing_while_they_are_active_and_nothing_comes) {
  run([](transport over) -> process<> {
    const auto all = co_await many(over, {.active = active::always});
    const bool has_lent = has_lent_buffers(all[0].server);
    const std::ptrdiff_t before = io::receive_buffers::borrowed();
    all_bytes sent, taken;
    for (const ends& each : all) {
      sent.emplace_back(std::string(size, 'x'));
      co_await send_all_of(each.client, sent.back());
      for (std::size_t got = 0; got < size; got += taken.back().size())
        taken.push_back((co_await receive<stream::data>()).bytes);
    }
    expect_held_by_nobody_else(sent, std::move(taken), has_lent);
    if (has_lent) EXPECT_LE(io::receive_buffers::borrowed(), before + 1);
  });
}

}  // namespace
}  // namespace dialtone
