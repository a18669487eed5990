// SPDX-License-Identifier: Apache-2.0
// The rules of chat, one connection at a time.
#include <dialtone/protocols/chat/server.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <dialtone/net/carriers_test.hpp>
#include <dialtone/protocols/chat/seats_test.hpp>

namespace dialtone::chat {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using seats::has_line;
using seats::heard;
using seats::join;
using seats::says;
using seats::seat;
using texts = std::vector<std::string>;

TEST(chat_server, brings_a_text_to_everybody_but_its_sender) {
  seats::run([](room where) -> process<> {
    co_await seats::open(where);
    const seat meg = co_await join(where, "meg");
    const seat joe = co_await join(where, "joe");
    const seat ann = co_await join(where, "ann");
    co_await meg.client.send(says("hi", "not meg"));
    EXPECT_EQ(co_await heard(joe.client, 1), texts{"meg: hi"}) << "the name is the registered one";
    EXPECT_EQ(co_await heard(ann.client, 1), texts{"meg: hi"});
    EXPECT_EQ(co_await heard(meg.client, 1, 1s), texts{});
    exit(exit_reason::normal);
  });
}

TEST(chat_server, brings_texts_to_other_schedulers_too) {
  seats::run(
      [](room where) -> process<> {
        co_await seats::open(where);
        std::vector<seat> all;
        for (std::uint32_t i = 0; i < 6; ++i) all.push_back(co_await join(where, "m" + std::to_string(i), i % 3));
        EXPECT_EQ(where.size(), 6u);
        for (std::size_t i = 0; i < 6; ++i) {
          co_await all[i].client.send(says("text"));
          for (std::size_t j = 0; j < 6; ++j)
            if (j != i) EXPECT_EQ(co_await heard(all[j].client, 1), texts{"m" + std::to_string(i) + ": text"});
        }
        for (const seat& each : all) EXPECT_EQ(co_await heard(each.client, 1, 1s), texts{});
        exit(exit_reason::normal);
      },
      {}, 3);
}

TEST(chat_server, keeps_the_order_of_each_sender) {
  seats::run(
      [](room where) -> process<> {
        co_await seats::open(where);
        const seat reader = co_await join(where, "reader", 1);
        const seat one = co_await join(where, "one", 0);
        const seat two = co_await join(where, "two", 1);
        for (int i = 0; i < 500; ++i) {
          co_await one.client.send(says(std::to_string(i)));
          co_await two.client.send(says(std::to_string(i)));
          if (i % 7 == 0) co_await yield();
        }
        int next_of_one = 0;
        int next_of_two = 0;
        for (const std::string& each : co_await heard(reader.client, 1000)) {
          const bool is_one = each.starts_with("one");
          EXPECT_EQ(each, (is_one ? "one: " : "two: ") + std::to_string(is_one ? next_of_one++ : next_of_two++));
        }
        EXPECT_EQ(next_of_one + next_of_two, 1000);
        exit(exit_reason::normal);
      },
      {}, 2);
}

TEST(chat_server, takes_messages_in_any_pieces) {
  seats::run([](room where) -> process<> {
    co_await seats::open(where);
    const seat joe = co_await join(where, "joe");
    const std::string all = std::string{encode(register_message{"meg"}).view()} + std::string{says("hi").view()} +
                            std::string{says("there").view()};
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
      const seat meg = seats::sit(where);
      co_await meg.client.send(all.substr(0, cut));
      co_await sleep_for(1ms);
      co_await meg.client.send(all.substr(cut));
      EXPECT_EQ(co_await heard(joe.client, 2), (texts{"meg: hi", "meg: there"})) << cut;
      meg.client.close();
      while (where.size() != 1) co_await yield();
    }
    exit(exit_reason::normal);
  });
}

TEST(chat_server, brings_the_longest_text) {
  seats::run([](room where) -> process<> {
    co_await seats::open(where);
    const std::string most(field_limit, 'm');
    const seat meg = co_await join(where, most);
    const seat joe = co_await join(where, "joe");
    co_await meg.client.send(says(most));
    EXPECT_EQ(co_await heard(joe.client, 1), texts{most + ": " + most});
    exit(exit_reason::normal);
  });
}

/// What a peer that sends `input` has from it: the reason of its process's end, while all others go on.
task<exit_reason> end_of(room where, bytes input, bool then_close = false) {
  const seat other = co_await join(where, "other");
  const seat bad = seats::sit(where);
  const reference watch = monitor(bad.connection);
  co_await bad.client.send(std::move(input));
  if (then_close) bad.client.close();
  const auto ended = co_await receive<down>([watch](const down& each) { return each.reference == watch; });
  EXPECT_EQ((co_await bad.client.recv(0, 20s)).has_value(), false);
  const seat good = co_await join(where, "good");
  co_await good.client.send(says("still here"));
  auto last = co_await heard(other.client, 2, 1s);
  EXPECT_EQ(last.empty() ? "" : last.back(), "good: still here");
  co_return ended.reason;
}

TEST(chat_server, closes_after_a_second_name) {
  const auto all = seats::run([](room where) -> process<> {
    co_await seats::open(where);
    EXPECT_EQ(co_await end_of(where, "\x01\0\3meg\x01\0\3meg"sv), exit_reason::normal);
    exit(exit_reason::normal);
  });
  for (const auto& log : all)
    EXPECT_TRUE(has_line(log, "Peer unix: (meg): Invalid Register message, had already received one"));
}

TEST(chat_server, closes_after_a_text_without_a_name) {
  const auto all = seats::run([](room where) -> process<> {
    co_await seats::open(where);
    EXPECT_EQ(co_await end_of(where, "\x02\0\3meg\0\2hi"sv), exit_reason::normal);
    exit(exit_reason::normal);
  });
  for (const auto& log : all)
    EXPECT_TRUE(has_line(log, "Peer unix:: Invalid Broadcast message, had not received a Register message"));
}

TEST(chat_server, closes_after_garbage_and_delivers_what_came_before) {
  const auto all = seats::run([](room where) -> process<> {
    co_await seats::open(where);
    const seat joe = co_await join(where, "joe");
    EXPECT_EQ(co_await end_of(where, "\x01\0\3meg\x02\0\3meg\0\2hi\x03"sv), exit_reason::normal);
    EXPECT_EQ(co_await heard(joe.client, 2), (texts{"meg: hi", "good: still here"}));
    exit(exit_reason::normal);
  });
  for (const auto& log : all)
    EXPECT_TRUE(has_line(log, "[warning]") &&
                has_line(log, "Peer unix: (meg): Received invalid data, closing connection"));
}

TEST(chat_server, closes_after_a_size_that_is_not_allowed) {
  const auto all = seats::run(
      [](room where) -> process<> {
        co_await seats::open(where);
        EXPECT_EQ(co_await end_of(where, "\x01\0\10"sv), exit_reason::normal);
        exit(exit_reason::normal);
      },
      {.limits = {.name = 7}});
  for (const auto& log : all)
    EXPECT_TRUE(has_line(log, "Peer unix:: Received invalid data (name too long), closing connection"));
}

TEST(chat_server, tells_of_half_a_message_at_the_end) {
  const auto all = seats::run([](room where) -> process<> {
    co_await seats::open(where);
    EXPECT_EQ(co_await end_of(where, "\x01\0\3meg\x02\0"sv, true), exit_reason::normal);
    exit(exit_reason::normal);
  });
  for (const auto& log : all) EXPECT_TRUE(has_line(log, "Peer unix: (meg): ended within a message"));
}

TEST(chat_server, crashes_the_second_with_a_name_that_is_taken_on_any_scheduler) {
  seats::run(
      [](room where) -> process<> {
        co_await seats::open(where);
        for (const std::uint32_t scheduler : {0u, 1u}) {
          const seat meg = co_await join(where, "meg", 0);
          EXPECT_EQ(where.whereis("meg"), meg.connection);
          const seat second = seats::sit(where, scheduler);
          const reference watch = monitor(second.connection);
          co_await second.client.send(encode(register_message{"meg"}));
          const auto ended = co_await receive<down>();
          EXPECT_EQ(ended.reference, watch);
          EXPECT_FALSE(ended.reason.is_orderly()) << to_string(ended.reason);
          EXPECT_EQ(where.size(), 1u);
          EXPECT_EQ(where.whereis("meg"), meg.connection);
          const reference gone = monitor(meg.connection);
          meg.client.close();
          co_await receive<down>([gone](const down& each) { return each.reference == gone; });
          EXPECT_EQ(where.whereis("meg"), std::nullopt) << "it is free again";
        }
        exit(exit_reason::normal);
      },
      {}, 2);
}

TEST(chat_server, ends_at_once_when_told_and_what_was_sent_arrives) {
  seats::run([](room where) -> process<> {
    co_await seats::open(where);
    const seat meg = co_await join(where, "meg");
    const seat joe = co_await join(where, "joe");
    co_await meg.client.send(says("last"));
    co_await sleep_for(1ms);
    const reference watch = monitor(joe.connection);
    const time_point before = now();
    exit(joe.connection, exit_reason::normal);
    exit(joe.connection, exit_reason::shutdown);
    const auto ended = co_await receive<down>();
    EXPECT_EQ(ended.reference, watch);
    EXPECT_EQ(ended.reason, exit_reason::shutdown);
    EXPECT_EQ(now(), before);
    EXPECT_EQ(co_await heard(joe.client, 2), texts{"meg: last"});
    exit(exit_reason::normal);
  });
}

TEST(chat_server, ends_with_its_room_and_the_room_can_be_opened_again) {
  seats::run(
      [](room where) -> process<> {
        const seat early = seats::sit(where);
        const reference never_open = monitor(early.connection);
        EXPECT_EQ((co_await receive<down>()).reference, never_open);
        auto top = co_await seats::open(where);
        const seat meg = co_await join(where, "meg", 0);
        const seat joe = co_await join(where, "joe", 1);
        static_cast<void>(monitor(meg.connection));
        static_cast<void>(monitor(joe.connection));
        const auto children = co_await top.which_children();
        exit(children.front().pid, exit_reason::kill);
        for (int i = 0; i < 2; ++i) EXPECT_FALSE((co_await receive<down>()).reason.is_orderly());
        co_await sleep_for(1s);
        EXPECT_EQ(where.size(), 0u);
        const seat again = co_await join(where, "meg", 0);
        const seat other = co_await join(where, "joe", 1);
        co_await again.client.send(says("hi"));
        EXPECT_EQ(co_await heard(other.client, 1), texts{"meg: hi"});
        exit(exit_reason::normal);
      },
      {}, 2);
}

class chat_over : public carriers::over_carriers {};
INSTANTIATE_TEST_SUITE_P(carriers, chat_over, ::testing::ValuesIn(carriers::all_of_them()), carriers::name_of);

TEST_P(chat_over, any_transport_brings_texts) {
  run([](transport over) -> process<> {
    const room where;
    co_await seats::open(where);
    auto [meg, at_meg] = co_await carriers::connected(over);
    auto [joe, at_joe] = co_await carriers::connected(over);
    EXPECT_TRUE(at_meg.controlling_process(spawn(serve, at_meg, where)));
    EXPECT_TRUE(at_joe.controlling_process(spawn(serve, at_joe, where)));
    co_await meg.send(encode(register_message{"meg"}));
    co_await joe.send(encode(register_message{"joe"}));
    while (where.size() != 2) co_await yield();
    const std::string most(field_limit, 'm');
    for (int i = 0; i < 100; ++i) co_await meg.send(says(most));
    EXPECT_EQ((co_await heard(joe, 100)).size(), 100u);
    exit(exit_reason::normal);
  });
}

}  // namespace
}  // namespace dialtone::chat
