// SPDX-License-Identifier: Apache-2.0
// A peer that never stops, and an owner that takes little: how much waits in its mailbox.
#include <dialtone/net/flood_gate.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

#include <dialtone/net/memory.hpp>
#include <dialtone/runtime/process_info.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

constexpr std::uint32_t most = detail::flood_gate::most;

process<> send_lines(stream::socket socket) {
  for (int i = 0;; ++i)
    if (!co_await socket.send(std::to_string(i) + "\n")) break;
}

stream::socket flooded_socket() {
  auto [near, far] = *memory::pair({}, {.active = active::always, .packet = packet::line});
  EXPECT_TRUE(near.controlling_process(spawn_link(send_lines, near)));
  return far;
}

task<std::size_t> waiting() {
  for (std::uint32_t i = 0; i < 2 * most; ++i) co_await yield();  // turns enough for all that is let through
  co_return (co_await info_of(self()))->mailbox_length;
}

void run(process<> (*function)()) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run(function), exit_reason::normal);
}

TEST(flood_gate, holds_at_most_twice_as_many_messages_however_slowly_they_are_taken) {
  run([]() -> process<> {
    flooded_socket();
    std::size_t largest = 0;
    for (int taken = 0; taken < 2000; ++taken) {
      EXPECT_EQ((co_await receive<stream::data>()).bytes, std::to_string(taken) + "\n");
      largest = std::max(largest, co_await waiting());
    }
    EXPECT_GE(largest, most);
    EXPECT_LE(largest, 2 * most);
    exit(exit_reason::normal);
    co_return;
  });
}

task<> take_and_put_back() {
  EXPECT_THROW(co_await receive<stream::data>([](const stream::data&) -> bool { throw std::domain_error{"no"}; }),
               std::domain_error);
}

TEST(flood_gate, stays_shut_for_messages_that_are_put_back) {
  run([]() -> process<> {
    flooded_socket();
    const std::size_t before = co_await waiting();
    for (std::uint32_t i = 0; i < 4 * most; ++i) {
      co_await take_and_put_back();
      if (i % most == 0) EXPECT_EQ(co_await waiting(), before);
    }
    for (int taken = 0; taken < 300; ++taken)
      EXPECT_EQ((co_await receive<stream::data>()).bytes, std::to_string(taken) + "\n");
    exit(exit_reason::normal);
    co_return;
  });
}

}  // namespace
}  // namespace dialtone
