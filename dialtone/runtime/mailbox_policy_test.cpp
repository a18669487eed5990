// SPDX-License-Identifier: Apache-2.0
// What happens to messages that meet a mailbox at its hard limit, four times its limit.
#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/full_mailbox_test.hpp>
#include <dialtone/runtime/reply.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

void overfill(stepped_runtime& rt, pid receiver, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) rt->send(receiver, number{static_cast<int>(i)});
  rt.settle();
}

TEST(mailbox_policies, kill_takes_four_times_the_limit_and_not_one_more) {
  stepped_runtime rt;
  static exit_reason seen;
  seen = {};
  pid receiver = rt->spawn({.mailbox_limit = limit}, sluggish);
  rt->spawn(
      [](pid watched) -> process<> {
        reference name = monitor(watched);
        seen = (co_await receive<down>([name](const down& fallen) { return fallen.reference == name; })).reason;
      },
      receiver);
  overfill(rt, receiver, 4 * limit);
  EXPECT_EQ(length_of(rt, receiver), 4 * limit);
  EXPECT_EQ(seen, exit_reason::normal);
  overfill(rt, receiver, 1);
  EXPECT_FALSE(lives(rt, receiver));
  EXPECT_EQ(seen, exit_reason::mailbox_overflow);
  ASSERT_EQ(rt.log().size(), 1u);
  EXPECT_NE(rt.log()[0].find("mailbox_overflow"), std::string::npos) << rt.log()[0];
}

// Has a full mailbox when it is told to go on, and then expects the numbers from `first` on and none after them.
process<> expect_numbers(int first, pid observer) {
  co_await receive<take_one>();
  for (int i = 0; i < 4 * static_cast<int>(limit); ++i) EXPECT_EQ((co_await receive<number>()).value, first + i);
  EXPECT_FALSE(co_await receive<number>(after(0s)));
  send(observer, go{});
}

void expect_policy(mailbox_policy policy, int first_left) {
  stepped_runtime rt;
  pid observer = rt->spawn([]() -> process<> { co_await receive<go>(); });
  pid receiver = rt->spawn({.mailbox_limit = limit, .mailbox_overflow = policy}, expect_numbers, first_left, observer);
  rt.settle();
  overfill(rt, receiver, 4 * limit);
  EXPECT_EQ(rt->info(receiver)->messages_dropped, 0u);
  for (int i = 0; i < 3; ++i) rt->send(receiver, number{4 * static_cast<int>(limit) + i});
  rt.settle();
  EXPECT_EQ(rt->info(receiver)->messages_dropped, 3u);
  EXPECT_EQ(length_of(rt, receiver), 4 * limit);
  rt->send(receiver, take_one{});
  rt.settle();
  EXPECT_FALSE(lives(rt, observer));
}

TEST(mailbox_policies, refuse_keeps_the_old_ones_and_counts_what_it_refuses) {
  expect_policy(mailbox_policy::refuse, 0);
}

TEST(mailbox_policies, drop_oldest_keeps_the_new_ones_and_counts_what_it_drops) {
  expect_policy(mailbox_policy::drop_oldest, 3);
}

TEST(mailbox_policies, drop_oldest_spares_what_the_runtime_has_made) {
  stepped_runtime rt;
  pid receiver = rt->spawn({.mailbox_limit = 1, .mailbox_overflow = mailbox_policy::drop_oldest}, []() -> process<> {
    send_after(1ms, self(), number{-1});
    co_await receive<take_one>();
    EXPECT_EQ((co_await receive<number>()).value, -1);
    EXPECT_EQ((co_await receive<number>()).value, 1);
  });
  rt.advance(2ms);
  overfill(rt, receiver, 5);
  rt->send(receiver, take_one{});
  rt.settle();
  EXPECT_FALSE(lives(rt, receiver));
}

TEST(mailbox_policies, drop_oldest_may_drop_what_a_predicate_is_being_asked_about) {
  stepped_runtime rt;
  pid receiver = rt->spawn({.mailbox_limit = 1, .mailbox_overflow = mailbox_policy::drop_oldest}, []() -> process<> {
    co_await receive<take_one>();
    std::vector<int> asked;
    const auto none = co_await receive<number>(
        [&](const number& it) {
          asked.push_back(it.value);
          for (int i = 0; i < 2 && asked.size() <= 3; ++i) send(self(), number{100 + asked.back()});  // drops this one
          return false;
        },
        after(0s));
    EXPECT_FALSE(none);
    EXPECT_GT(asked.size(), 3u);
    int last = -1;
    for (std::size_t left = 4; left != 0; --left) {
      const int next = (co_await receive<number>(after(0s)))->value;
      EXPECT_GE(next, last) << "in the order in which they came";
      last = next;
    }
    EXPECT_FALSE(co_await receive<number>(after(0s)));
  });
  rt.settle();
  for (int i = 0; i < 4; ++i) rt->send(receiver, number{i});
  rt->send(receiver, take_one{});
  rt.settle();
  EXPECT_FALSE(lives(rt, receiver));
}

struct request {
  reply_to<int> reply;
};

std::vector<bool> refused;  // each of the four

/// Asks four times: so many requests fill a mailbox of the limit 1.
process<> ask_four(pid server) {
  std::vector<std::unique_ptr<pending_reply<int>>> answers;
  for (int i = 0; i < 4; ++i) {
    answers.push_back(std::make_unique<pending_reply<int>>(server));
    send(server, request{answers.back()->address()});
  }
  for (const auto& each : answers) {
    const auto got = co_await each->within(1s);
    refused.push_back(!got && got.error() == exit_reason::overloaded);
    if (got) EXPECT_EQ(*got, 1);
  }
}

/// Whether each of four requests was refused, of which the predicate drops the first while it is asked about it, and
/// how many messages count as dropped.
std::pair<std::vector<bool>, std::uint64_t> drop_what_is_asked_about(bool wanted) {
  stepped_runtime rt;
  refused.clear();
  static bool is_wanted;
  is_wanted = wanted;
  const pid server =
      rt->spawn({.mailbox_limit = 1, .mailbox_overflow = mailbox_policy::drop_oldest}, []() -> process<> {
        co_await receive<go>();
        bool drops = true;
        const auto first = co_await receive<request>(
            [&](const request&) {
              if (std::exchange(drops, false)) send(self(), number{0});
              return is_wanted;
            },
            after(0s));
        EXPECT_EQ(first.has_value(), is_wanted);
        if (first) reply(first->reply, 1);
        while (auto next = co_await receive<request>(after(0s))) reply(next->reply, 1);
        co_await receive<number>();  // lets those who ask go on
        co_await receive<go>();
      });
  rt.settle();
  rt->spawn(ask_four, server);
  rt.settle();
  rt->send(server, go{});
  rt.settle();
  return {refused, rt->info(server)->messages_dropped};
}

TEST(mailbox_policies, drop_oldest_refuses_no_request_that_is_taken_nevertheless) {
  const auto [each, dropped] = drop_what_is_asked_about(true);
  EXPECT_EQ(each, (std::vector{false, false, false, false}));
  EXPECT_EQ(dropped, 0u);
}

TEST(mailbox_policies, drop_oldest_refuses_the_request_that_it_was_asked_about_in_vain) {
  const auto [each, dropped] = drop_what_is_asked_about(false);
  EXPECT_EQ(each, (std::vector{true, false, false, false}));
  EXPECT_EQ(dropped, 1u);
}

TEST(mailbox_policies, apply_to_a_process_that_fills_its_own_mailbox) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    spawn_monitor({.mailbox_limit = limit}, []() -> process<> {
      for (std::size_t i = 0; i <= 4 * limit; ++i) send(self(), number{});
      co_await yield();
      ADD_FAILURE();
    });
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::mailbox_overflow);
  }),
            exit_reason::normal);
}

TEST(mailbox_policies, a_debtor_of_who_is_killed_for_its_mailbox_goes_on) {
  stepped_runtime rt;
  pid receiver = rt->spawn({.mailbox_limit = limit}, sluggish);
  rt.settle();
  pid sender = rt->spawn(
      [](pid to) -> process<> {
        for (std::size_t i = 0; i <= 4 * limit; ++i) send(to, number{});
        co_await yield();
      },
      receiver);
  rt.settle();
  EXPECT_FALSE(lives(rt, receiver));
  EXPECT_FALSE(lives(rt, sender));
}

TEST(mailbox_policies, what_goes_straight_to_a_waiting_receive_never_counts) {
  stepped_runtime rt;
  pid receiver = rt->spawn({.mailbox_limit = 1}, []() -> process<> {
    for (int i = 0; i < 100; ++i) co_await receive<number>();
  });
  rt.settle();
  for (int i = 0; i < 100; ++i) {
    overfill(rt, receiver, 1);
    if (i < 99) EXPECT_EQ(length_of(rt, receiver), 0u);
  }
  EXPECT_FALSE(lives(rt, receiver));
}

}  // namespace
}  // namespace dialtone
