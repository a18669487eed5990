// SPDX-License-Identifier: Apache-2.0
// That others run between the reads of a socket whose peer is fast, over a driver that has data without end.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include <dialtone/net/stream_opening.hpp>
#include <dialtone/net/stream_socket.hpp>
#include <dialtone/runtime/process_info.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/no_driver.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone::detail {
namespace {

using namespace std::chrono_literals;

/// The end of a turn and the beginning of the next may lie between two slices of a process.
constexpr std::size_t slack = 2;
constexpr std::size_t read_size = std::size_t{64} * 1024;

class endless_driver : public testing::no_driver {
 public:
  bool receive(io::handle, io::operation&, io::result& done) override {
    ++reads;
    done = {.data = piece};
    return true;
  }
  bool send(io::handle, std::span<bytes> pieces, io::operation&, io::result& done) override {
    reads_at_send = reads;
    for (const bytes& each : pieces) done.sent += each.size();
    return true;
  }

  bytes piece = std::string(read_size, '\0');
  std::size_t reads = 0;
  std::size_t reads_at_send = 0;
  std::size_t told = 0;  // messages of the socket
};

struct endless_reference {
  endless_driver* to;
};

/// How much has happened at most between two slices of another process.
struct gaps {
  std::size_t reads = 0;
  std::size_t messages = 0;
};

}  // namespace
}  // namespace dialtone::detail

namespace dialtone {
template <>
inline constexpr bool enable_sendable<detail::endless_reference> = true;
}  // namespace dialtone

namespace dialtone::detail {
namespace {

void run_with(process<> (*function)(endless_reference)) {
  endless_driver driver;
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run(function, endless_reference{&driver}), exit_reason::normal);
}

process<> look_on(endless_reference driver, pid told) {
  gaps most;
  gaps seen{driver.to->reads, driver.to->told};
  while (!co_await receive<int>(after(0s))) {
    most.reads = std::max(most.reads, driver.to->reads - seen.reads);
    most.messages = std::max(most.messages, driver.to->told - seen.messages);
    seen = {driver.to->reads, driver.to->told};
  }
  send(told, most);
}

TEST(stream_turns, a_large_recv_lets_others_run_between_its_reads) {
  run_with([](endless_reference driver) -> process<> {
    const stream::socket socket = *own_stream(*driver.to, {1, 1}, {});
    const pid other = spawn(look_on, driver, self());
    co_await yield();
    constexpr std::size_t count = 1000;
    EXPECT_EQ((co_await socket.recv(count * read_size))->size(), count * read_size);
    EXPECT_EQ(driver.to->reads, count);
    send(other, 0);
    const auto most = co_await receive<gaps>();
    EXPECT_GT(most.reads, 0u);
    EXPECT_LE(most.reads, slack * stream_socket::reads_in_turn);
  });
}

/// Takes the messages of a count, and counts them as they arrive.
task<void> take_counted(endless_reference driver) {
  co_await receive<stream::passive, stream::data>([driver](const stream::data&) {
    ++driver.to->told;
    return false;
  });
}

task<gaps> gaps_in_a_count(endless_reference driver, std::int16_t count, packet type) {
  const stream::socket socket = *own_stream(*driver.to, {1, 1}, {.packet = type});
  const pid other = spawn(look_on, driver, self());
  co_await yield();
  EXPECT_TRUE(socket.setopts({.active = active::count(count)}));
  co_await take_counted(driver);
  EXPECT_EQ((co_await info_of(self()))->mailbox_length, static_cast<std::uint64_t>(count));
  send(other, 0);
  co_return co_await receive<gaps>();
}

TEST(stream_turns, an_active_socket_with_a_count_lets_others_run_between_its_reads) {
  run_with([](endless_reference driver) -> process<> {
    const gaps most = co_await gaps_in_a_count(driver, 1000, packet::raw);
    EXPECT_GT(most.reads, 0u);
    EXPECT_LE(most.reads, slack * stream_socket::reads_in_turn);
  });
}

TEST(stream_turns, an_active_socket_with_a_count_lets_others_run_between_many_messages_of_one_read) {
  run_with([](endless_reference driver) -> process<> {
    const gaps most = co_await gaps_in_a_count(driver, 30'000, packet::length_1);
    EXPECT_EQ(driver.to->reads, 1u) << "65,536 empty packets";
    EXPECT_GT(most.messages, 0u);
    EXPECT_LE(most.messages, slack * stream_socket::messages_in_turn);
  });
}

process<> recv_much(stream::socket socket) { static_cast<void>(co_await socket.recv(10'000 * read_size)); }

TEST(stream_turns, a_send_does_not_wait_for_the_reads_of_the_next_turn) {
  run_with([](endless_reference driver) -> process<> {
    const stream::socket socket = *own_stream(*driver.to, {1, 1}, {});
    spawn(recv_much, socket);
    for (int round = 0; round < 10; ++round) {
      co_await yield();
      const std::size_t before = driver.to->reads;
      EXPECT_GT(before, 0u);
      co_await socket.send("x");
      while (socket.getstat()->send_pending != 0) co_await yield();
      EXPECT_EQ(driver.to->reads_at_send, before);
    }
  });
}

TEST(stream_turns, nothing_more_is_read_when_the_reader_has_gone_or_the_socket_is_closed) {
  for (const bool closes : {true, false}) {
    endless_driver driver;
    testing::stepped_runtime rt;
    rt.run(
        +[](endless_reference driver, bool closes) -> process<> {
          const stream::socket socket = *own_stream(*driver.to, {1, 1}, {});
          const pid reader = spawn(recv_much, socket);
          co_await yield();
          co_await yield();
          if (closes)
            socket.close();
          else
            exit(reader, exit_reason::kill);
          const std::size_t before = driver.to->reads;
          EXPECT_GT(before, 0u);
          co_await sleep_for(1s);
          EXPECT_EQ(driver.to->reads, before);
          EXPECT_FALSE(co_await info_of(reader));
        },
        endless_reference{&driver}, closes);
  }
}

}  // namespace
}  // namespace dialtone::detail
