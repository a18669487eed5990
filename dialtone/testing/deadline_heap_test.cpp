// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/deadline_heap.hpp>

#include <map>

#include <gtest/gtest.h>

#include <dialtone/runtime/random_bits.hpp>

namespace dialtone::testing {
namespace {

using detail::deadline_heap;

time_point at(std::uint32_t count) { return time_point{duration{count}}; }

TEST(deadline_heap_test, is_empty_at_first) { EXPECT_EQ(deadline_heap{}.first(), never); }

TEST(deadline_heap_test, gives_who_is_due_first) {
  deadline_heap heap;
  heap.set(3, at(30));
  heap.set(1, at(10));
  heap.set(2, at(20));
  EXPECT_EQ(heap.first(), at(10));
  EXPECT_EQ(heap.take(), 1u);
  heap.set(2, at(40));
  EXPECT_EQ(heap.take(), 3u);
  heap.set(2, never);
  heap.set(7, never);
  EXPECT_EQ(heap.first(), never);
}

TEST(deadline_heap_test, does_what_a_sorted_map_does) {
  dialtone::detail::random_bits bits{5};
  deadline_heap heap;
  std::map<std::uint32_t, time_point> expected;
  for (int round = 0; round < 20'000; ++round) {
    const std::uint32_t who = bits.below(50);
    switch (bits.below(4)) {
      case 0:
        heap.set(who, never);
        expected.erase(who);
        break;
      case 1:
        if (heap.first() == never) break;
        expected.erase(heap.take());
        break;
      default: {
        const time_point deadline = at(bits.below(1000));
        heap.set(who, deadline);
        expected[who] = deadline;
      }
    }
    time_point first = never;
    for (const auto& [each, deadline] : expected) first = std::min(first, deadline);
    ASSERT_EQ(heap.first(), first) << "round " << round;
  }
}

}  // namespace
}  // namespace dialtone::testing
