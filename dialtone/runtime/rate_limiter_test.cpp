// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/rate_limiter.hpp>

#include <iostream>
#include <random>

#include <gtest/gtest.h>

namespace dialtone {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr time_point start{milliseconds(12345)};

int taken_of(rate_limiter& limiter, int tries, time_point now) {
  int taken = 0;
  for (int attempt = 0; attempt < tries; ++attempt) taken += limiter.take(now) ? 1 : 0;
  return taken;
}

TEST(rate_limiter_test, a_burst_passes_and_one_more_does_not) {
  rate_limiter limiter({.per_second = 10, .burst = 5});
  EXPECT_EQ(taken_of(limiter, 5, start), 5);
  EXPECT_FALSE(limiter.take(start));
}

TEST(rate_limiter_test, a_token_comes_back_after_its_interval_and_not_before) {
  rate_limiter limiter({.per_second = 10, .burst = 2});
  EXPECT_EQ(taken_of(limiter, 3, start), 2);
  EXPECT_FALSE(limiter.take(start + milliseconds(100) - nanoseconds(1)));
  EXPECT_TRUE(limiter.take(start + milliseconds(100)));
  EXPECT_FALSE(limiter.take(start + milliseconds(100)));
  EXPECT_TRUE(limiter.take(start + milliseconds(200)));
}

TEST(rate_limiter_test, a_rest_gives_back_a_burst_and_no_more) {
  rate_limiter limiter({.per_second = 10, .burst = 5});
  EXPECT_EQ(taken_of(limiter, 10, start), 5);
  EXPECT_EQ(taken_of(limiter, 10, start + hours(1)), 5);
}

TEST(rate_limiter_test, a_token_says_how_many_were_refused_since_the_last) {
  rate_limiter limiter({.per_second = 1, .burst = 1});
  EXPECT_EQ(limiter.take(start), 0u);
  EXPECT_EQ(taken_of(limiter, 7, start), 0);
  EXPECT_EQ(limiter.suppressed(), 7u);
  EXPECT_EQ(limiter.take(start + milliseconds(1000)), 7u);
  EXPECT_EQ(limiter.suppressed(), 0u);
  EXPECT_EQ(limiter.take(start + milliseconds(2000)), 0u);
}

TEST(rate_limiter_test, the_clock_going_back_gives_no_tokens) {
  rate_limiter limiter({.per_second = 1, .burst = 1});
  EXPECT_TRUE(limiter.take(start));
  EXPECT_FALSE(limiter.take(start - hours(1)));
  EXPECT_TRUE(limiter.take(start + milliseconds(1000)));
}

TEST(rate_limiter_test, a_clock_at_its_zero_or_below_starts_with_a_full_bucket) {
  rate_limiter limiter({.per_second = 1, .burst = 3});
  EXPECT_EQ(taken_of(limiter, 5, time_point{}), 3);
  rate_limiter early({.per_second = 1, .burst = 3});
  EXPECT_EQ(taken_of(early, 5, time_point{-hours(1)}), 3);
}

TEST(rate_limiter_test, the_highest_limits_work) {
  rate_limiter limiter({.per_second = 1'000'000'000, .burst = 1'000'000});
  EXPECT_EQ(taken_of(limiter, 1'000'001, start), 1'000'000);
  EXPECT_TRUE(limiter.take(start + nanoseconds(1)));
}

TEST(rate_limiter_test, over_any_stretch_of_time_the_rate_holds) {
  const std::uint64_t seed = std::random_device{}();
  std::cout << "seed " << seed << std::endl;
  std::mt19937_64 random(seed);
  for (int run = 0; run < 50; ++run) {
    const rate_limiter::limits limits{.per_second = random() % 1000 + 1, .burst = random() % 20 + 1};
    rate_limiter limiter(limits);
    time_point now = start;
    std::uint64_t taken = 0;
    std::uint64_t refused = 0;
    for (int step = 0; step < 2000; ++step) {
      now += nanoseconds(random() % 5'000'000);
      if (const auto given = limiter.take(now)) {
        ++taken;
        refused -= *given;
      } else {
        ++refused;
      }
      const auto elapsed = static_cast<double>((now - start).count()) / 1e9;
      ASSERT_LE(static_cast<double>(taken),
                static_cast<double>(limits.burst) + elapsed * static_cast<double>(limits.per_second) + 1e-6);
    }
    EXPECT_EQ(refused, limiter.suppressed());
  }
}

TEST(rate_limiter_death_test, limits_out_of_range_are_refused) {
  EXPECT_DEATH(rate_limiter({.per_second = 0, .burst = 1}), "a rate is between");
  EXPECT_DEATH(rate_limiter({.per_second = 1'000'000'001, .burst = 1}), "a rate is between");
  EXPECT_DEATH(rate_limiter({.per_second = 1, .burst = 0}), "a burst is between");
  EXPECT_DEATH(rate_limiter({.per_second = 1, .burst = 1'000'001}), "a burst is between");
}

}  // namespace
}  // namespace dialtone
