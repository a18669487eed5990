// SPDX-License-Identifier: Apache-2.0
// Several receives in one process, and what becomes of a message whose receive loses.
#include <gtest/gtest.h>

#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

struct number {
  int value;
};
struct word {
  std::string text;
};

task<int> next_number() { co_return (co_await receive<number>()).value; }
task<std::string> next_word() { co_return (co_await receive<word>()).text; }
task<> pause(duration time) { co_await sleep_for(time); }
task<int> number_within(duration time) {
  std::optional<int> found = co_await with_deadline(time, next_number());
  co_return found.value_or(-1);
}
task<int> two_numbers() {
  auto [first, second] = co_await all(next_number(), next_number());
  co_return first * 100 + second;
}

TEST(receives_together, each_gets_its_own_type) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    send_after(1ms, self(), word{"one"});
    send_after(2ms, self(), number{2});
    auto [found_number, found_word] = co_await all(next_number(), next_word());
    EXPECT_EQ(found_number, 2);
    EXPECT_EQ(found_word, "one");
  }),
            exit_reason::normal);
}

TEST(receives_together, of_one_type_get_messages_in_the_order_in_which_they_wait) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    send_after(1ms, self(), number{1});
    send_after(1ms, self(), number{2});
    send_after(2ms, self(), number{3});
    auto [one, two, three] = co_await all(next_number(), next_number(), next_number());
    EXPECT_EQ(one, 1);
    EXPECT_EQ(two, 2);
    EXPECT_EQ(three, 3);
  }),
            exit_reason::normal);
}

int predicate_calls;

TEST(receives_together, test_a_message_once_each) {
  testing::stepped_runtime rt;
  predicate_calls = 0;
  pid waiting = rt.spawn([]() -> process<> {
    auto never_wanted = [](const number&) {
      ++predicate_calls;
      return false;
    };
    auto wait = [](bool (*wanted)(const number&)) -> task<> { co_await receive<number>(wanted); };
    co_await race(wait(never_wanted), wait(never_wanted), wait(never_wanted));
  });
  rt.settle();
  rt->send(waiting, number{1});
  rt.settle();
  EXPECT_EQ(predicate_calls, 3);
}

TEST(receives_together, of_a_race_take_one_message_and_leave_the_other) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    send_after(1ms, self(), word{"won"});
    send_after(1ms, self(), number{1});
    auto first = co_await race(next_number(), next_word());
    EXPECT_EQ(first.index(), 1u);
    EXPECT_EQ(std::get<1>(first), "won");
    std::optional<number> left = co_await receive<number>(after(0s));
    EXPECT_EQ(left.value_or(number{0}).value, 1);
  }),
            exit_reason::normal);
}

TEST(receives_together, a_failure_beside_a_receive_leaves_its_message) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto fail_soon = []() -> task<int> {
      co_await sleep_for(1ms);
      send(self(), number{1});
      throw std::runtime_error{"too bad"};
    };
    bool thrown = false;
    try {
      co_await all(fail_soon(), next_number());
    } catch (const std::runtime_error&) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
    std::optional<number> left = co_await receive<number>(after(0s));
    EXPECT_EQ(left.value_or(number{0}).value, 1);
  }),
            exit_reason::normal);
}

TEST(receives_together, a_loser_puts_its_message_back_first) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    send(self(), word{"older"});
    auto sleep_and_send = []() -> task<> {
      co_await sleep_for(1ms);
      send(self(), number{7});
    };
    auto first = co_await race(sleep_and_send(), next_number());
    EXPECT_EQ(first.index(), 0u);
    auto next = co_await receive<number, word>();
    EXPECT_EQ(std::get<number>(next).value, 7);
    EXPECT_EQ((co_await receive<word>()).text, "older");
  }),
            exit_reason::normal);
}

TEST(receives_together, a_message_at_the_deadline_is_received_or_left_but_not_lost) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    for (duration at : {duration{4ms}, duration{5ms}, duration{6ms}}) {
      send_after(at, self(), number{7});
      std::optional<int> in_time = co_await with_deadline(5ms, next_number());
      if (at < 5ms) EXPECT_TRUE(in_time.has_value());
      if (at > 5ms) EXPECT_FALSE(in_time.has_value());
      if (!in_time) in_time = (co_await receive<number>(after(2ms))).value_or(number{-1}).value;
      EXPECT_EQ(in_time, 7);
    }
  }),
            exit_reason::normal);
}

TEST(receives_together, what_a_loser_gives_back_goes_to_another_that_waits) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto give_up = []() -> task<bool> {
      auto sleep_and_send = []() -> task<> {
        co_await sleep_for(1ms);
        send(self(), number{7});
      };
      auto first = co_await race(sleep_and_send(), next_number());
      co_return first.index() == 0;
    };
    auto patient = []() -> task<int> {
      co_await yield();
      co_return co_await number_within(1s);
    };
    auto [gave_up, found] = co_await all(give_up(), patient());
    EXPECT_TRUE(gave_up);
    EXPECT_EQ(found, 7);
  }),
            exit_reason::normal);
}

TEST(receives_together, losers_of_one_type_give_back_in_the_order_of_arrival) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto sleep_and_send = []() -> task<> {
      co_await sleep_for(1ms);
      send(self(), number{1});
      send(self(), number{2});
      send(self(), number{3});
    };
    auto first = co_await race(sleep_and_send(), two_numbers());
    EXPECT_EQ(first.index(), 0u);
    for (int i : {1, 2, 3}) EXPECT_EQ((co_await receive<number>()).value, i);
  }),
            exit_reason::normal);
}

TEST(receives_together, a_receive_that_lost_takes_nothing_later) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto first = co_await race(pause(1ms), next_number());
    EXPECT_EQ(first.index(), 0u);
    send(self(), number{1});
    EXPECT_EQ((co_await receive<number>()).value, 1);
    EXPECT_EQ(co_await number_within(1ms), -1);
    send(self(), number{2});
    EXPECT_EQ((co_await receive<number>()).value, 2);
  }),
            exit_reason::normal);
}

TEST(receives_together, a_message_put_back_counts_in_the_mailbox_again) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto sleep_and_send = []() -> task<> {
      co_await sleep_for(1ms);
      send(self(), number{7});
    };
    co_await race(sleep_and_send(), next_number());
    EXPECT_EQ((co_await info_of(self()))->mailbox_length, 1u);
    co_await receive<number>();
    EXPECT_EQ((co_await info_of(self()))->mailbox_length, 0u);
  }),
            exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
