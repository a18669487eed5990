// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/inbox.hpp>

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <thread>
#include <vector>

namespace dialtone::detail {
namespace {

struct numbered : signal {
  numbered() : signal{nullptr, {}, {}} {}
  std::uint32_t producer = 0;
  std::uint32_t number = 0;
};

// Links `signals` from the one at `first` on into a chain of `count`.
void chain(std::vector<numbered>& signals, std::size_t first, std::size_t count) {
  for (std::size_t index = first; index + 1 < first + count; ++index) signals[index].next = &signals[index + 1];
}

TEST(inbox, is_empty_at_first) {
  inbox arrivals;
  EXPECT_TRUE(arrivals.empty());
  EXPECT_EQ(arrivals.pop(), nullptr);
}

TEST(inbox, hands_out_signals_in_the_order_in_which_they_were_pushed) {
  inbox arrivals;
  std::vector<numbered> signals(5);
  for (numbered& each : signals) arrivals.push(&each, &each);
  EXPECT_FALSE(arrivals.empty());
  for (numbered& each : signals) EXPECT_EQ(arrivals.pop(), &each);
  EXPECT_EQ(arrivals.pop(), nullptr);
  EXPECT_TRUE(arrivals.empty());
}

TEST(inbox, keeps_the_order_within_chains_of_every_length) {
  inbox arrivals;
  for (std::size_t length = 1; length <= 20; ++length) {
    std::vector<numbered> signals(2 * length);
    chain(signals, 0, length);
    chain(signals, length, length);
    arrivals.push(&signals[0], &signals[length - 1]);
    arrivals.push(&signals[length], &signals[2 * length - 1]);
    for (numbered& each : signals) ASSERT_EQ(arrivals.pop(), &each);
    EXPECT_TRUE(arrivals.empty());
  }
}

TEST(inbox, what_the_last_signal_pointed_to_does_not_matter) {
  inbox arrivals;
  numbered one;
  numbered stranger;
  one.next = &stranger;
  arrivals.push(&one, &one);
  EXPECT_EQ(arrivals.pop(), &one);
  EXPECT_EQ(arrivals.pop(), nullptr);
}

TEST(inbox, a_signal_may_be_pushed_again_once_it_was_taken) {
  inbox arrivals;
  std::vector<numbered> signals(2);
  for (int round = 0; round < 10; ++round) {
    arrivals.push(&signals[0], &signals[0]);
    if (round % 2 == 0) arrivals.push(&signals[1], &signals[1]);
    EXPECT_EQ(arrivals.pop(), &signals[0]);
    if (round % 2 == 0) EXPECT_EQ(arrivals.pop(), &signals[1]);
    EXPECT_EQ(arrivals.pop(), nullptr);
    EXPECT_TRUE(arrivals.empty());
  }
}

TEST(inbox, may_be_pushed_to_between_any_two_pops) {
  for (unsigned pattern = 0; pattern < 1u << 10; ++pattern) {
    inbox arrivals;
    std::vector<numbered> signals(10);
    std::size_t pushed = 0;
    std::size_t popped = 0;
    for (unsigned step = 0; step < 10; ++step) {
      if ((pattern >> step & 1) != 0) {
        arrivals.push(&signals[pushed], &signals[pushed]);
        ++pushed;
      } else if (signal* taken = arrivals.pop(); taken != nullptr) {
        ASSERT_EQ(taken, &signals[popped]);
        ++popped;
      } else {
        ASSERT_EQ(popped, pushed);
      }
      ASSERT_EQ(arrivals.empty(), popped == pushed);
    }
  }
}

// Each producer pushes chains of changing length; the consumer sees each one's signals complete and in order.
TEST(inbox, keeps_the_order_of_each_of_several_producers) {
  constexpr std::uint32_t producers = 4;
  constexpr std::uint32_t per_producer = 50'000;
  inbox arrivals;
  std::array<std::vector<numbered>, producers> signals;
  std::vector<std::thread> threads;
  for (std::uint32_t producer = 0; producer < producers; ++producer) {
    signals[producer] = std::vector<numbered>(per_producer);
    threads.emplace_back([&mine = signals[producer], &arrivals, producer] {
      for (std::uint32_t number = 0; number < per_producer; ++number) {
        mine[number].producer = producer;
        mine[number].number = number;
      }
      std::size_t next = 0;
      for (std::size_t length = 1; next < per_producer; length = length % 7 + 1) {
        std::size_t count = std::min<std::size_t>(length, per_producer - next);
        chain(mine, next, count);
        arrivals.push(&mine[next], &mine[next + count - 1]);
        next += count;
      }
    });
  }
  std::array<std::uint32_t, producers> expected{};
  for (std::uint32_t taken = 0; taken < producers * per_producer;) {
    auto* arrived = static_cast<numbered*>(arrivals.pop());
    if (arrived == nullptr) {
      // Between two pushes, or in the middle of one: then it may say that it is not empty, though nothing can be taken.
      std::this_thread::yield();
      continue;
    }
    ASSERT_EQ(arrived->number, expected[arrived->producer]++);
    ++taken;
  }
  for (std::thread& each : threads) each.join();
  EXPECT_TRUE(arrivals.empty());
  EXPECT_EQ(arrivals.pop(), nullptr);
}

// What a scheduler relies on before it sleeps: who pushes and then looks at the flag, and who sets the flag and then
// looks here, cannot both miss the other.
TEST(inbox, a_push_and_a_consumer_that_goes_to_sleep_do_not_miss_each_other) {
  constexpr int rounds = 20'000;
  inbox arrivals;
  std::atomic<bool> asleep = false;
  std::atomic<bool> woken = false;
  std::atomic<int> turn = 0;
  std::vector<numbered> signals(rounds);
  std::thread producer{[&] {
    for (int round = 0; round < rounds; ++round) {
      while (turn.load() != round) std::this_thread::yield();
      arrivals.push(&signals[static_cast<std::size_t>(round)], &signals[static_cast<std::size_t>(round)]);
      if (asleep.load(std::memory_order_seq_cst) && asleep.exchange(false)) woken.store(true);
    }
  }};
  for (int round = 0; round < rounds; ++round) {
    turn = round;
    asleep.store(true, std::memory_order_seq_cst);
    if (arrivals.empty())
      while (!woken.load()) std::this_thread::yield();  // for ever, if it was missed
    asleep.store(false);
    signal* taken = nullptr;
    while ((taken = arrivals.pop()) == nullptr) std::this_thread::yield();
    ASSERT_EQ(taken, &signals[static_cast<std::size_t>(round)]);
    if (round + 1 < rounds) woken = false;
  }
  producer.join();
}

}  // namespace
}  // namespace dialtone::detail
