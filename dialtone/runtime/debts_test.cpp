// SPDX-License-Identifier: Apache-2.0
// Full mailboxes: who owes, and until when.
#include <algorithm>
#include <ranges>
#include <vector>

#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/full_mailbox_test.hpp>
#include <dialtone/runtime/witness_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

int went_on;

process<> fill(pid to, std::size_t count) {
  witness seen;
  for (std::size_t i = 0; i < count; ++i) send(to, number{});
  co_await yield();
  ++went_on;
}

process_state state_of(stepped_runtime& rt, pid process) { return rt->info(process)->state; }

process<> fill_and_wait(pid to, std::size_t count) {
  witness seen;
  for (std::size_t i = 0; i < count; ++i) send(to, number{});
  for (;;) {
    co_await receive<go>();
    ++went_on;
  }
}

/// A process with a small mailbox that takes a number when it is told to, and a sender on one of two schedulers.
struct debts : ::testing::TestWithParam<std::uint32_t> {
  void fill_mailbox(std::size_t messages) {
    went_on = 0;
    receiver = rt->spawn({.mailbox_limit = limit}, sluggish);
    sender = rt->spawn({.scheduler = placement::on(GetParam())}, fill_and_wait, receiver, messages);
    rt.settle();
    rt->send(sender, go{});
    rt.settle();
  }
  stepped_runtime rt{{.schedulers = 2}};
  pid receiver;
  pid sender;
};
INSTANTIATE_TEST_SUITE_P(from_scheduler, debts, ::testing::Values(0u, 1u));

TEST_P(debts, at_the_limit_nobody_owes) {
  fill_mailbox(limit);
  EXPECT_EQ(went_on, 1);
  EXPECT_EQ(length_of(rt, receiver), limit);
  EXPECT_EQ(state_of(rt, sender), process_state::waiting);
  EXPECT_EQ(rt->next_deadline(), never);
}

TEST_P(debts, one_past_the_limit_the_sender_is_held_at_its_next_await) {
  fill_mailbox(limit + 1);
  EXPECT_EQ(went_on, 0);
  EXPECT_EQ(length_of(rt, receiver), limit + 1) << "what makes a debt is let through";
  EXPECT_EQ(state_of(rt, sender), process_state::owing);
}

TEST_P(debts, a_debtor_is_held_until_the_mailbox_has_drained_to_half) {
  fill_mailbox(limit + 1);
  EXPECT_EQ(state_of(rt, sender), process_state::owing);
  for (std::size_t left = limit; left > limit / 2; --left) {
    rt->send(receiver, take_one{});
    rt.settle();
    EXPECT_EQ(length_of(rt, receiver), left);
    EXPECT_EQ(went_on, 0) << left;
  }
  rt->send(receiver, take_one{});
  rt.settle();
  EXPECT_EQ(length_of(rt, receiver), limit / 2);
  EXPECT_EQ(went_on, 1);
  EXPECT_EQ(state_of(rt, sender), process_state::waiting);
  EXPECT_EQ(rt->next_deadline(), never) << "the timer of a debt ends with it";
}

TEST_P(debts, are_forgiven_after_five_seconds_with_a_warning) {
  fill_mailbox(limit + 1);
  rt.advance(4999ms);
  EXPECT_EQ(went_on, 0);
  EXPECT_TRUE(rt.log().empty());
  rt.advance(2ms);
  EXPECT_EQ(went_on, 1);
  ASSERT_EQ(rt.log().size(), 1u);
  EXPECT_TRUE(rt.log()[0].starts_with("[warning] " + to_string(sender))) << rt.log()[0];
  EXPECT_NE(rt.log()[0].find(to_string(receiver)), std::string::npos) << rt.log()[0];
}

TEST_P(debts, who_was_forgiven_owes_again_for_what_it_sends_then) {
  went_on = 0;
  receiver = rt->spawn({.mailbox_limit = limit}, sluggish);
  sender = rt->spawn(
      {.scheduler = placement::on(GetParam())},
      [](pid to) -> process<> {
        for (std::size_t i = 0; i <= limit; ++i) send(to, number{});
        for (;;) {
          co_await receive<go>();
          ++went_on;
          send(to, number{});
        }
      },
      receiver);
  rt.settle();
  rt->send(sender, go{});
  rt.advance(5001ms);
  EXPECT_EQ(went_on, 1);
  rt->send(sender, go{});
  rt.advance(4990ms);
  EXPECT_EQ(went_on, 1);
  rt.advance(20ms);
  EXPECT_EQ(went_on, 2);
}

TEST_P(debts, end_with_the_creditor) {
  fill_mailbox(limit + 1);
  EXPECT_EQ(went_on, 0);
  rt->exit(receiver, exit_reason::kill);
  rt.settle();
  EXPECT_EQ(went_on, 1);
  EXPECT_EQ(rt->next_deadline(), never);
}

TEST_P(debts, do_not_keep_a_debtor_from_being_killed) {
  fill_mailbox(limit + 1);
  EXPECT_EQ(witness::alive(), 1);
  rt->exit(sender, exit_reason::kill);
  rt.settle();
  EXPECT_FALSE(lives(rt, sender));
  EXPECT_EQ(witness::alive(), 0);
  EXPECT_EQ(rt->next_deadline(), never);
  for (std::size_t i = 0; i <= limit; ++i) rt->send(receiver, take_one{});
  rt.settle();
  EXPECT_EQ(length_of(rt, receiver), 0u);
}

TEST(debts_of_remote_senders, hold_one_that_is_ready_when_the_news_comes) {
  stepped_runtime rt{{.schedulers = 2}};
  static int rounds;
  rounds = 0;
  pid receiver = rt->spawn({.mailbox_limit = limit}, sluggish);
  pid sender = rt->spawn(
      {.scheduler = placement::on(1)},
      [](pid to) -> process<> {
        for (std::size_t i = 0; i <= limit; ++i) send(to, number{});
        for (;; ++rounds) {
          co_await yield();
          for (int i = 0; i < 100; ++i) co_await receive<number>(after(0s));
        }
      },
      receiver);
  while (state_of(rt, sender) != process_state::owing) {
  }
  int held_at = rounds;
  rt.advance(4s);
  EXPECT_EQ(rounds, held_at);
}

TEST(debts_of_several, each_sender_is_held_and_each_is_let_go) {
  stepped_runtime rt{{.schedulers = 2}};
  went_on = 0;
  pid receiver = rt->spawn({.mailbox_limit = limit}, sluggish);
  rt->spawn(fill, receiver, limit);
  rt.settle();
  EXPECT_EQ(went_on, 1);
  for (int i = 0; i < 4; ++i) {
    pid late = rt->spawn({.scheduler = placement::on(static_cast<std::uint32_t>(i % 2))}, fill_and_wait, receiver,
                         std::size_t{1});
    rt.settle();
    rt->send(late, go{});
  }
  rt.settle();
  EXPECT_EQ(went_on, 1);
  for (int i = 0; i < 6; ++i) rt->send(receiver, take_one{});
  rt.settle();
  EXPECT_EQ(went_on, 5);
}

TEST(debts_of_nobody, a_process_never_owes_itself) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    spawn_monitor({.mailbox_limit = limit}, []() -> process<> {
      for (std::size_t i = 0; i < 4 * limit; ++i) send(self(), number{});
      co_await yield();
      for (std::size_t i = 0; i < 4 * limit; ++i) co_await receive<number>();
    });
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::normal);
  }),
            exit_reason::normal);
  EXPECT_EQ(rt->next_deadline(), never);
}

TEST(debts_of_nobody, what_the_runtime_makes_is_neither_counted_nor_dropped) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    spawn_monitor({.mailbox_limit = 1, .trap_exit = true}, []() -> process<> {
      for (int i = 0; i < 20; ++i) {
        spawn_monitor([]() -> process<> { co_return; });
        spawn_link([]() -> process<> { co_return; });
        send_after(1ms, self(), number{i});
      }
      co_await sleep_for(2ms);
      EXPECT_EQ((co_await info_of(self()))->mailbox_length, 60u);
      for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(co_await receive<down>(after(0s)));
        EXPECT_TRUE(co_await receive<exited>(after(0s)));
        EXPECT_TRUE(co_await receive<number>(after(0s)));
      }
    });
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::normal);
  }),
            exit_reason::normal);
}

// Each fills the mailbox of the next of `left` processes and then wants to be asked by the one before it.
process<> circle(int left, pid first) {
  pid next = first;
  if (left > 1) next = spawn({.mailbox_limit = limit}, circle, left - 1, first ? first : self());
  co_await receive<go>();
  for (std::size_t i = 0; i <= limit; ++i) send(next, number{});
  send(next, go{});
  for (std::size_t i = 0; i <= limit; ++i) co_await receive<number>();
  ++went_on;
}

struct debts_in_a_circle : ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(of, debts_in_a_circle, ::testing::Values(2, 3, 10));

TEST_P(debts_in_a_circle, are_forgiven_at_once_with_a_warning) {
  stepped_runtime rt;
  went_on = 0;
  time_point start = rt.clock().now();
  pid first = rt->spawn({.mailbox_limit = limit}, circle, GetParam(), pid{});
  rt.settle();
  rt->send(first, go{});
  rt.settle();
  EXPECT_EQ(went_on, GetParam());
  EXPECT_EQ(rt.clock().now(), start);
  ASSERT_GE(rt.log().size(), 1u);
  EXPECT_TRUE(rt.log()[0].starts_with("[warning]")) << rt.log()[0];
  EXPECT_NE(rt.log()[0].find("wait for each other"), std::string::npos) << rt.log()[0];
}

// In each layer two of four processes come to owe all of the next one: 2^30 ways lead through them.
TEST(debts_in_a_web, are_searched_for_circles_in_bounded_time) {
  stepped_runtime rt;
  static std::vector<pid> layers;
  layers.clear();
  constexpr std::size_t width = 4;
  constexpr std::size_t depth = 30;
  went_on = 0;
  for (std::size_t i = 0; i < width * depth; ++i)
    layers.push_back(rt->spawn({.mailbox_limit = width}, []() -> process<> {
      co_await receive<go>();
      std::size_t mine = static_cast<std::size_t>(std::ranges::find(layers, self()) - layers.begin()) / width;
      for (std::size_t next = (mine + 1) * width; next < (mine + 2) * width && next < layers.size(); ++next)
        for (int message = 0; message < 2; ++message) send(layers[next], number{});
      ++went_on;
      co_await receive<go>();
    }));
  rt.settle();
  for (pid each : layers | std::views::reverse) rt->send(each, go{});
  rt.settle();
  EXPECT_EQ(went_on, static_cast<int>(width * depth));
}

}  // namespace
}  // namespace dialtone
