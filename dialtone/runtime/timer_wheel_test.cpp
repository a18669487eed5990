// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/timer_wheel.hpp>

#include <deque>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace dialtone::detail {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

static_assert(sizeof(timer_node) <= 32);
static_assert(!std::is_copy_constructible_v<timer_node> && !std::is_move_constructible_v<timer_wheel>);

// Not on a boundary of a millisecond: ticks count from the start, not from the clock's zero.
constexpr time_point start{nanoseconds(7'000'000'123)};

// A timer that writes its number down when it fires.
struct recorder : timer_node {
  recorder(int its_number, std::vector<int>& its_log)
      : timer_node([](timer_node& node) noexcept {
          auto& self = static_cast<recorder&>(node);
          self.log.push_back(self.number);
          if (self.then) self.then();
        }),
        number(its_number),
        log(its_log) {}

  int number;
  std::vector<int>& log;
  std::function<void()> then;
};

class timer_wheel_test : public testing::Test {
 protected:
  recorder& timer(int number) { return timers_.emplace_back(number, fired); }

  std::vector<int> fired;

 private:
  std::deque<recorder> timers_;

 protected:
  timer_wheel wheel{start};  // goes first, and with it what is still set
};

TEST_F(timer_wheel_test, an_empty_wheel_needs_no_advance) {
  EXPECT_EQ(wheel.next_deadline(), never);
  EXPECT_EQ(wheel.size(), 0u);
  EXPECT_EQ(wheel.advance(start + hours(1000)), 0u);
  EXPECT_EQ(wheel.next_deadline(), never);
}

TEST_F(timer_wheel_test, a_deadline_is_rounded_up_to_the_next_boundary_of_a_tick) {
  auto& early = timer(1);
  wheel.add(early, start + nanoseconds(1));
  EXPECT_TRUE(early.is_set());
  EXPECT_EQ(wheel.next_deadline(), start + milliseconds(1));
  EXPECT_EQ(wheel.advance(start + milliseconds(1) - nanoseconds(1)), 0u);
  EXPECT_EQ(wheel.advance(start + milliseconds(1)), 1u);
  EXPECT_FALSE(early.is_set());
  wheel.add(early, start + milliseconds(2));
  EXPECT_EQ(wheel.next_deadline(), start + milliseconds(2));
}

TEST_F(timer_wheel_test, a_loose_timer_counts_from_the_next_look_at_the_clock) {
  auto& anchored = timer(1);
  auto& advanced = timer(2);
  wheel.add_loosely(anchored, milliseconds(5));
  EXPECT_TRUE(anchored.is_set());
  EXPECT_EQ(wheel.size(), 1u);
  EXPECT_LE(wheel.next_deadline(), start) << "whose deadline is not known yet, so advance must be called";
  wheel.anchor(start + milliseconds(3));
  EXPECT_EQ(wheel.next_deadline(), start + milliseconds(8));
  wheel.add_loosely(advanced, milliseconds(5));
  EXPECT_EQ(wheel.advance(start + milliseconds(4)), 0u);
  EXPECT_EQ(wheel.size(), 2u);
  EXPECT_EQ(wheel.advance(start + milliseconds(7)), 0u);
  EXPECT_EQ(wheel.advance(start + milliseconds(8)), 1u);
  EXPECT_EQ(wheel.advance(start + milliseconds(9)), 1u);
  EXPECT_EQ(fired, (std::vector{1, 2}));
  EXPECT_EQ(wheel.size(), 0u);
}

TEST_F(timer_wheel_test, a_loose_timer_can_be_removed_and_set_again) {
  auto& one = timer(1);
  wheel.add_loosely(one, milliseconds(5));
  wheel.remove(one);
  EXPECT_FALSE(one.is_set());
  EXPECT_EQ(wheel.size(), 0u);
  EXPECT_EQ(wheel.next_deadline(), never);
  wheel.add_loosely(one, milliseconds(5));
  wheel.add(one, start + milliseconds(2));
  wheel.anchor(start + milliseconds(1));
  EXPECT_EQ(wheel.next_deadline(), start + milliseconds(2));
  wheel.add_loosely(one, milliseconds(5));
  EXPECT_EQ(wheel.advance(start + milliseconds(2)), 0u);
  EXPECT_EQ(wheel.advance(start + milliseconds(7)), 1u);
}

TEST_F(timer_wheel_test, a_loose_timer_without_a_limit_is_not_set_once_it_has_met_the_clock) {
  auto& endless = timer(1);
  wheel.add_loosely(endless, duration::max());
  wheel.anchor(start + milliseconds(1));
  EXPECT_FALSE(endless.is_set());
  EXPECT_EQ(wheel.size(), 0u);
}

TEST_F(timer_wheel_test, timers_fire_in_order_of_ticks_and_within_a_tick_in_order_of_add) {
  wheel.add(timer(1), start + milliseconds(300));
  wheel.add(timer(2), start + microseconds(4900));
  wheel.add(timer(3), start + milliseconds(300));
  wheel.add(timer(4), start + microseconds(4100));
  wheel.advance(start + milliseconds(290));
  wheel.add(timer(5), start + milliseconds(300));
  wheel.advance(start + milliseconds(300));
  EXPECT_EQ(fired, (std::vector{2, 4, 1, 3, 5}));
}

TEST_F(timer_wheel_test, a_deadline_that_has_passed_fires_in_the_next_advance) {
  wheel.advance(start + milliseconds(50));
  wheel.add(timer(1), start + milliseconds(50));
  wheel.add(timer(2), start - hours(1));
  wheel.add(timer(3), time_point::min());
  EXPECT_LE(wheel.next_deadline(), start + milliseconds(50));
  EXPECT_EQ(wheel.advance(start + milliseconds(50)), 3u);
  EXPECT_EQ(fired, (std::vector{1, 2, 3}));
}

TEST_F(timer_wheel_test, never_and_what_rounds_to_it_is_not_stored) {
  auto& node = timer(1);
  wheel.add(node, start + hours(1));
  wheel.add(node, never);
  EXPECT_FALSE(node.is_set());
  wheel.add(node, never - timer_wheel::tick + nanoseconds(1));
  EXPECT_FALSE(node.is_set());
  EXPECT_EQ(wheel.next_deadline(), never);
  wheel.add(node, never - timer_wheel::tick);
  EXPECT_TRUE(node.is_set());
  EXPECT_GE(wheel.next_deadline(), never - timer_wheel::tick);
  EXPECT_EQ(wheel.advance(never - timer_wheel::tick - nanoseconds(1)), 0u);
  EXPECT_EQ(wheel.advance(never), 1u);
}

TEST_F(timer_wheel_test, adding_again_moves_and_removing_twice_is_harmless) {
  auto& node = timer(1);
  wheel.add(node, start + milliseconds(5));
  wheel.add(node, start + milliseconds(900));
  EXPECT_EQ(wheel.size(), 1u);
  EXPECT_EQ(wheel.next_deadline(), start + milliseconds(900));
  wheel.remove(node);
  wheel.remove(node);
  EXPECT_EQ(wheel.size(), 0u);
  EXPECT_EQ(wheel.next_deadline(), never);
  EXPECT_EQ(wheel.advance(start + hours(1)), 0u);
}

TEST_F(timer_wheel_test, a_callback_may_remove_a_timer_that_is_due_in_the_same_advance) {
  auto& first = timer(1);
  auto& second = timer(2);
  auto& third = timer(3);
  wheel.add(first, start + milliseconds(10));
  wheel.add(second, start + milliseconds(10));
  wheel.add(third, start + hours(3));
  first.then = [&] {
    wheel.remove(second);
    wheel.remove(third);
  };
  EXPECT_EQ(wheel.advance(start + hours(4)), 1u);
  EXPECT_EQ(fired, std::vector{1});
  EXPECT_EQ(wheel.size(), 0u);
}

TEST_F(timer_wheel_test, what_a_callback_adds_fires_in_the_next_advance_at_the_earliest) {
  auto& again = timer(1);
  again.then = [&] { wheel.add(again, start + milliseconds(1)); };
  wheel.add(again, start + milliseconds(1));
  EXPECT_EQ(wheel.advance(start + hours(1)), 1u);
  EXPECT_TRUE(again.is_set());
  EXPECT_LE(wheel.next_deadline(), start + hours(1));
  EXPECT_EQ(wheel.advance(start + hours(1)), 1u);
}

TEST_F(timer_wheel_test, a_callback_may_destroy_its_timer) {
  static int destroyed;
  destroyed = 0;
  auto* doomed = new timer_node([](timer_node& node) noexcept {
    delete &node;
    ++destroyed;
  });
  wheel.add(*doomed, start + milliseconds(1));
  wheel.advance(start + milliseconds(1));
  EXPECT_EQ(destroyed, 1);
}

TEST_F(timer_wheel_test, a_callback_may_move_a_timer_that_is_due_to_later) {
  auto& first = timer(1);
  auto& second = timer(2);
  wheel.add(first, start + milliseconds(1));
  wheel.add(second, start + milliseconds(2));
  first.then = [&] { wheel.add(second, start + milliseconds(100)); };
  EXPECT_EQ(wheel.advance(start + milliseconds(50)), 1u);
  EXPECT_EQ(wheel.next_deadline(), start + milliseconds(100));
  EXPECT_EQ(wheel.advance(start + milliseconds(100)), 1u);
}

TEST_F(timer_wheel_test, the_clock_going_back_changes_nothing) {
  wheel.advance(start + milliseconds(100));
  wheel.add(timer(1), start + milliseconds(101));
  EXPECT_EQ(wheel.advance(start), 0u);
  EXPECT_EQ(wheel.next_deadline(), start + milliseconds(101));
  EXPECT_EQ(wheel.advance(start + milliseconds(101)), 1u);
}

TEST_F(timer_wheel_test, a_timer_at_each_boundary_of_each_level_fires_at_its_tick) {
  const std::uint64_t last = static_cast<std::uint64_t>((never - start) / timer_wheel::tick) - 2;
  for (unsigned bits = 0; bits <= 42; bits += 6) {
    const std::uint64_t boundary = std::uint64_t{1} << bits;
    for (const std::uint64_t begin : {std::uint64_t{0}, boundary - 1, boundary, boundary + 1, 63 * boundary}) {
      for (const std::uint64_t distance : {boundary - 1, boundary, boundary + 1, 64 * boundary - 1, 64 * boundary}) {
        if (distance == 0 || begin + distance > last) continue;
        timer_wheel own(start);
        own.advance(start + timer_wheel::tick * static_cast<std::int64_t>(begin));
        fired.clear();
        auto& node = timer(1);
        const time_point due = start + timer_wheel::tick * static_cast<std::int64_t>(begin + distance);
        own.add(node, due);
        ASSERT_EQ(own.next_deadline(), due) << begin << " + " << distance;
        ASSERT_EQ(own.advance(due - nanoseconds(1)), 0u) << begin << " + " << distance;
        ASSERT_EQ(own.next_deadline(), due) << begin << " + " << distance;
        ASSERT_EQ(own.advance(due), 1u) << begin << " + " << distance;
      }
    }
  }
}

TEST_F(timer_wheel_test, one_far_timer_needs_one_wake_up) {
  wheel.add(timer(1), start + hours(24 * 365 * 10) + microseconds(1));
  EXPECT_EQ(wheel.next_deadline(), start + hours(24 * 365 * 10) + milliseconds(1));
  EXPECT_EQ(wheel.advance(wheel.next_deadline()), 1u);
}

TEST_F(timer_wheel_test, many_timers_far_away_in_one_slot_need_at_most_seven_wake_ups_before_they_fire) {
  for (int number = 0; number < 100; ++number) wheel.add(timer(number), start + hours(24 * 365 * 10));
  int wake_ups = 0;
  while (fired.empty()) {
    ASSERT_LE(wheel.next_deadline(), start + hours(24 * 365 * 10));
    wheel.advance(wheel.next_deadline());
    ASSERT_LE(++wake_ups, 8);
  }
  EXPECT_EQ(fired.size(), 100u);
}

TEST_F(timer_wheel_test, a_wheel_that_is_destroyed_unsets_its_timers) {
  auto& waiting = timer(1);
  auto& due = timer(2);
  {
    timer_wheel own(start);
    own.add(waiting, start + hours(1));
    own.add(due, start);
  }
  EXPECT_FALSE(waiting.is_set());
  EXPECT_FALSE(due.is_set());
  EXPECT_TRUE(fired.empty());
}

struct counted : timer_node {
  counted()
      : timer_node([](timer_node& node) noexcept {
          ++count;
          if (node.deadline < last) ++out_of_order;
          last = node.deadline;
        }) {}
  static inline std::size_t count;
  static inline std::size_t out_of_order;
  static inline time_point last;
};

TEST_F(timer_wheel_test, a_million_timers_fire_once_each_and_in_order) {
  counted::count = counted::out_of_order = 0;
  counted::last = start;
  constexpr std::size_t total = 1'000'000;
  const auto timers = std::make_unique<counted[]>(total);
  std::mt19937_64 random(1);
  for (std::size_t index = 0; index < total; ++index) {
    wheel.add(timers[index], start + milliseconds(random() % 100'000'000));
  }
  EXPECT_EQ(wheel.size(), total);
  for (std::size_t index = 0; index < total; index += 2) wheel.remove(timers[index]);
  EXPECT_EQ(wheel.size(), total / 2);
  std::size_t said = 0;
  for (time_point now = start; wheel.size() > 0; now += hours(1)) said += wheel.advance(now);
  EXPECT_EQ(said, total / 2);
  EXPECT_EQ(counted::count, total / 2);
  EXPECT_EQ(counted::out_of_order, 0u);
}

TEST(timer_wheel_death_test, a_timer_that_is_destroyed_while_set_is_refused) {
  EXPECT_DEATH(
      {
        timer_wheel wheel(start);
        timer_node node([](timer_node&) noexcept {});
        wheel.add(node, start + hours(1));
      },
      "destroyed while it was set");
}

// The same thing in the plainest words: sorted by tick, equal ticks in order of insertion.
class model {
 public:
  void add(int number, time_point deadline) {
    remove(number);
    const duration distance = std::max(deadline - start, duration::zero());
    const std::int64_t ticks = (distance + timer_wheel::tick - nanoseconds(1)) / timer_wheel::tick;
    where_[number] = pending_.emplace(std::max(ticks, current_), number);
  }
  void remove(int number) {
    const auto found = where_.find(number);
    if (found == where_.end()) return;
    pending_.erase(found->second);
    where_.erase(found);
  }
  std::vector<int> advance(time_point now) {
    current_ = std::max(current_, std::int64_t{(now - start) / timer_wheel::tick});
    std::vector<int> fired;
    while (!pending_.empty() && pending_.begin()->first <= current_) {
      fired.push_back(pending_.begin()->second);
      remove(fired.back());
    }
    return fired;
  }
  time_point earliest() const { return pending_.empty() ? never : start + timer_wheel::tick * pending_.begin()->first; }
  std::size_t size() const { return pending_.size(); }

 private:
  std::multimap<std::int64_t, int> pending_;
  std::map<int, std::multimap<std::int64_t, int>::iterator> where_;
  std::int64_t current_ = 0;
};

class timer_wheel_random_test : public testing::TestWithParam<std::uint64_t> {};

// Distances of all magnitudes, from nanoseconds to years.
duration random_distance(std::mt19937_64& random) {
  const auto magnitude = random() % 56;
  return nanoseconds(random() % (std::uint64_t{2} << magnitude));
}

TEST_P(timer_wheel_random_test, it_behaves_as_a_sorted_list) {
  const std::uint64_t seed = GetParam() == 0 ? std::random_device{}() : GetParam();
  std::cout << "seed " << seed << std::endl;
  std::mt19937_64 random(seed);
  std::vector<int> fired;
  std::deque<recorder> timers;
  for (int number = 0; number < 500; ++number) timers.emplace_back(number, fired);
  timer_wheel wheel(start);
  model expected;
  time_point now = start;
  for (int step = 0; step < 100'000; ++step) {
    const auto number = static_cast<std::size_t>(random() % timers.size());
    const auto choice = random() % 10;
    if (choice < 6) {
      const bool past = random() % 8 == 0;
      const time_point deadline =
          past ? now - std::min(random_distance(random), now - start) : now + random_distance(random);
      wheel.add(timers[number], deadline);
      expected.add(static_cast<int>(number), deadline);
    } else if (choice < 8) {
      wheel.remove(timers[number]);
      expected.remove(static_cast<int>(number));
    } else {
      const bool exactly = random() % 2 == 0 && wheel.next_deadline() != never;
      now = std::max(now, exactly ? wheel.next_deadline() : now + random_distance(random) / 1024);
      fired.clear();
      const std::size_t count = wheel.advance(now);
      ASSERT_EQ(fired, expected.advance(now)) << "step " << step;
      ASSERT_EQ(count, fired.size());
    }
    ASSERT_EQ(wheel.size(), expected.size()) << "step " << step;
    ASSERT_LE(wheel.next_deadline(), expected.earliest()) << "step " << step;
    ASSERT_EQ(wheel.next_deadline() == never, expected.size() == 0) << "step " << step;
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, timer_wheel_random_test, testing::Values(1, 2, 3, 0));

}  // namespace
}  // namespace dialtone::detail
