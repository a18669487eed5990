// SPDX-License-Identifier: Apache-2.0
// Full queues: who is held up, for how long, who is disconnected, and how much is held.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <dialtone/protocols/chat/room_state.hpp>
#include <dialtone/protocols/chat/seats_test.hpp>

namespace dialtone::chat {
namespace {

using namespace std::chrono_literals;
using seats::has_line;
using seats::heard;
using seats::join;
using seats::says;
using seats::seat;

constexpr std::size_t queue_limit = std::size_t{1} << 20;
constexpr std::size_t text_size = 1000;

/// The times at which `count` texts have been sent into the socket, as far as the server lets it.
process<> flood(stream::socket client, std::size_t count, pid whom) {
  for (std::size_t i = 0; i < count; ++i)
    if (!co_await client.send(says(std::to_string(i) + std::string(text_size, '.')))) co_return;
  send(whom, true);
  co_await receive<int>();
}

/// What a reader has read when it is asked, one read after the other with a pause in between.
process<> read_slowly(stream::socket client, duration pause, std::size_t piece, pid whom) {
  std::size_t total = 0;
  while (auto data = co_await client.recv(piece)) {
    total += data->size();
    co_await sleep_for(pause);
  }
  send(whom, total);
}

pid given(stream::socket socket, pid to) {
  EXPECT_TRUE(socket.controlling_process(to));
  return to;
}

constexpr std::size_t slow_piece = 300'000;
constexpr std::size_t texts_in_flood = 10'000;  // some 10 MB

TEST(chat_queues, of_a_stopped_reader_hold_the_others_up_once_for_half_a_second) {
  for (const std::uint32_t schedulers : {1u, 2u}) {
    const auto all = seats::run(
        [](room where) -> process<> {
          co_await seats::open(where);
          const std::uint32_t last = scheduler_count() - 1;
          const seat stopped = co_await join(where, "stopped", 0);
          const seat reader = co_await join(where, "reader", last);
          const seat sender = co_await join(where, "sender", last);
          static_cast<void>(monitor(stopped.connection));
          given(sender.client, spawn(flood, sender.client, texts_in_flood, self()));
          const time_point before = now();
          const auto got = co_await heard(reader.client, texts_in_flood);
          EXPECT_EQ(got.size(), texts_in_flood) << "nothing is dropped";
          EXPECT_GE(now() - before, 500ms);
          EXPECT_LE(now() - before, 501ms) << "once, and no longer";
          EXPECT_EQ((co_await receive<down>()).reason, exit_reason::normal);
          EXPECT_EQ(where.size(), 2u);
          EXPECT_EQ(where.whereis("stopped"), std::nullopt);
          exit(exit_reason::normal);
        },
        {.queue_limit = queue_limit}, schedulers);
    for (const auto& log : all)
      EXPECT_TRUE(has_line(log, "Reader unix: (stopped) has taken nothing for 500 ms, ")) << schedulers;
  }
}

TEST(chat_queues, that_are_full_disconnect_after_the_time_that_was_asked_for) {
  const auto all = seats::run(
      [](room where) -> process<> {
        co_await seats::open(where);
        const seat stopped = co_await join(where, "stopped");
        const seat sender = co_await join(where, "sender");
        const reference watch = monitor(stopped.connection);
        given(sender.client, spawn(flood, sender.client, texts_in_flood, self()));
        const time_point before = now();
        EXPECT_EQ((co_await receive<down>()).reference, watch);
        EXPECT_EQ(now() - before, 3s);
        exit(exit_reason::normal);
      },
      {.queue_limit = queue_limit, .stopped_after = 3s});
  for (const auto& log : all) EXPECT_TRUE(has_line(log, "has taken nothing for 3000 ms"));
}

TEST(chat_queues, hold_their_limit_and_a_batch_at_most) {
  seats::run(
      [](room where) -> process<> {
        co_await seats::open(where);
        co_await join(where, "stopped");
        std::vector<seat> senders;
        for (int i = 0; i < 5; ++i) {
          senders.push_back(co_await join(where, "sender" + std::to_string(i)));
          given(senders.back().client, spawn(flood, senders.back().client, texts_in_flood, self()));
        }
        const stream::socket at_stopped = where.state().here().members.socket_at(0);
        std::size_t most = 0;
        for (int i = 0; i < 490; ++i) {
          if (auto held = at_stopped.getstat()) most = std::max(most, held->send_pending);
          co_await sleep_for(1ms);
        }
        EXPECT_GE(most, queue_limit / 2);
        EXPECT_LE(most, queue_limit + 64 * 1024 + message_limit);
        exit(exit_reason::normal);
      },
      {.queue_limit = queue_limit});
}

TEST(chat_queues, of_a_slow_reader_pause_the_senders_and_never_disconnect) {
  const auto all = seats::run(
      [](room where) -> process<> {
        co_await seats::open(where);
        const seat slow = co_await join(where, "slow");
        const seat sender = co_await join(where, "sender");
        const pid reading = spawn(read_slowly, slow.client, 490ms, slow_piece, self());
        given(slow.client, reading);
        given(sender.client, spawn(flood, sender.client, texts_in_flood, self()));
        const time_point before = now();
        co_await receive<bool>();
        EXPECT_GT(now() - before, 5s) << "it was held up, again and again";
        const std::size_t all_of_it = texts_in_flood * (says("").size() - 1 + text_size);
        sender.client.close();
        while (where.size() != 1) co_await sleep_for(10ms);
        co_await sleep_for(1min);
        exit(slow.connection, exit_reason::shutdown);
        EXPECT_GT(co_await receive<std::size_t>() + slow_piece, all_of_it);
        exit(exit_reason::normal);
      },
      {.queue_limit = queue_limit});
  for (const auto& log : all) EXPECT_FALSE(has_line(log, "disconnecting"));
}

TEST(chat_queues, that_are_full_disconnect_a_reader_that_stops_later) {
  const auto all = seats::run(
      [](room where) -> process<> {
        co_await seats::open(where);
        const seat stops = co_await join(where, "stops");
        const seat sender = co_await join(where, "sender");
        const reference watch = monitor(stops.connection);
        given(sender.client, spawn(flood, sender.client, texts_in_flood, self()));
        const time_point before = now();
        for (int i = 0; i < 6; ++i) {
          co_await sleep_for(300ms);
          co_await stops.client.recv(slow_piece);
        }
        EXPECT_EQ((co_await receive<down>()).reference, watch);
        EXPECT_GE(now() - before, 6 * 300ms + 500ms);
        EXPECT_LE(now() - before, 6 * 300ms + 510ms + 1ms);
        exit(exit_reason::normal);
      },
      {.queue_limit = queue_limit});
  for (const auto& log : all) EXPECT_TRUE(has_line(log, "(stops) has taken nothing for 500 ms"));
}

TEST(chat_queues, of_healthy_readers_take_a_flood_of_all_to_all) {
  for (const std::uint32_t schedulers : {1u, 3u}) {
    const auto all = seats::run(
        [](room where) -> process<> {
          co_await seats::open(where);
          std::vector<seat> members;
          for (std::uint32_t i = 0; i < 6; ++i)
            members.push_back(co_await join(where, "m" + std::to_string(i), i % scheduler_count()));
          constexpr std::size_t count = 500;
          const time_point before = now();
          for (const seat& each : members) {
            auto flooding = each.client;  // its owner reads, another sends
            spawn(flood, flooding, count, self());
          }
          for (const seat& each : members) EXPECT_EQ((co_await heard(each.client, 5 * count)).size(), 5 * count);
          EXPECT_LT(now() - before, 500ms);
          EXPECT_EQ(where.size(), 6u);
          exit(exit_reason::normal);
        },
        {.queue_limit = std::size_t{16} << 20}, schedulers);
    for (const auto& log : all) EXPECT_FALSE(has_line(log, "disconnecting"));
  }
}

TEST(chat_queues, let_two_that_flood_and_do_not_read_go_after_half_a_second) {
  seats::run(
      [](room where) -> process<> {
        co_await seats::open(where);
        const seat one = co_await join(where, "one");
        const seat two = co_await join(where, "two");
        for (const seat& each : {one, two}) {
          static_cast<void>(monitor(each.connection));
          spawn(flood, each.client, texts_in_flood, self());
        }
        const time_point before = now();
        co_await receive<down>();
        EXPECT_LE(now() - before, 501ms);
        exit(exit_reason::normal);
      },
      {.queue_limit = queue_limit});
}

TEST(chat_queues, let_a_sender_that_is_killed_while_it_waits_go) {
  seats::run(
      [](room where) -> process<> {
        co_await seats::open(where);
        co_await join(where, "stopped");
        const seat sender = co_await join(where, "sender");
        given(sender.client, spawn(flood, sender.client, texts_in_flood, self()));
        co_await sleep_for(100ms);
        exit(sender.connection, exit_reason::kill);
        co_await sleep_for(10s);
        EXPECT_EQ(where.size(), 1u) << "nobody waits for the other one any more";
        EXPECT_EQ(where.state().here().members.waiting_at(0), 0u);
        EXPECT_FALSE(where.state().here().members.watched_at(0));
        exit(exit_reason::normal);
      },
      {.queue_limit = queue_limit});
}

TEST(chat_members, have_places_of_their_own_and_leave_none_behind) {
  testing::stepped_runtime rt;
  rt.run(+[]() -> process<> {
    detail::members all;
    std::vector<stream::socket> sockets;
    for (int i = 0; i < 4; ++i) {
      sockets.push_back(memory::pair()->one);
      EXPECT_EQ(all.join({.socket = sockets.back()}), static_cast<std::size_t>(i));
    }
    all.leave(1);
    EXPECT_EQ(all.size(), 4u);
    EXPECT_FALSE(all.has(1, sockets[1]));
    EXPECT_EQ(all.join({.socket = sockets[1]}), 1u);
    all.leave(2);
    all.leave(3);
    EXPECT_EQ(all.size(), 2u);
    EXPECT_EQ(all.join({.socket = sockets[2]}), 2u);
    for (std::size_t i = 0; i < 3; ++i) all.leave(i);
    EXPECT_EQ(all.size(), 0u);
    co_return;
  });
}

}  // namespace
}  // namespace dialtone::chat
