// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/node_clock.hpp>

#include <gtest/gtest.h>

#include <dialtone/runtime/random_bits.hpp>
#include <dialtone/testing/virtual_clock.hpp>

namespace dialtone::testing {
namespace {

using namespace std::chrono_literals;

struct node_clock_test : ::testing::Test {
  void pass(duration time) { truth.advance_to(truth.now() + time); }
  virtual_clock truth;
};

TEST_F(node_clock_test, without_a_skew_tells_the_truth) {
  node_clock clock{truth, {}};
  pass(7s);
  EXPECT_EQ(clock.now(), truth.now());
  EXPECT_EQ(clock.wall_time(), truth.wall_time());
  EXPECT_EQ(clock.truth_at(truth.now() + 3s), truth.now() + 3s);
  EXPECT_EQ(clock.truth_at(never), never);
}

TEST_F(node_clock_test, tells_a_time_of_day_that_is_off_by_its_offset) {
  node_clock ahead{truth, {.offset = 5s}};
  node_clock behind{truth, {.offset = -5s}};
  EXPECT_EQ(ahead.wall_time(), truth.wall_time() + 5s);
  EXPECT_EQ(behind.wall_time(), truth.wall_time() - 5s);
  EXPECT_EQ(ahead.now(), truth.now()) << "timers go by the monotonic time";
}

TEST_F(node_clock_test, jumps_in_its_time_of_day_alone_when_it_is_set) {
  node_clock clock{truth, {.offset = 5s, .drift_ppm = 100'000}};
  pass(10s);
  EXPECT_EQ(clock.now(), truth.now() + 1s);
  clock.set({.offset = -1h});
  EXPECT_EQ(clock.now(), truth.now() + 1s) << "what has come together stays";
  EXPECT_EQ(clock.wall_time(), truth.wall_time() - 1h + 1s);
  pass(10s);
  EXPECT_EQ(clock.now(), truth.now() + 1s);
}

TEST_F(node_clock_test, is_wrong_by_a_hundred_years_at_most) {
  constexpr duration century = std::chrono::hours{100 * 365 * 24};
  for (const duration offset : {-century, century}) EXPECT_NO_THROW(node_clock(truth, {.offset = offset}));
  for (const duration offset : {-century - 1ns, century + 1ns, duration::min(), duration::max()})
    EXPECT_THROW(node_clock(truth, {.offset = offset}), std::invalid_argument);
}

TEST_F(node_clock_test, drifts) {
  node_clock clock{truth, {.drift_ppm = 100}};
  pass(10000s);
  EXPECT_EQ(clock.now() - truth.now(), 1s);
}

TEST_F(node_clock_test, drifts_at_most_as_far_as_it_may) {
  for (std::int32_t drift : {-500'000, 1'000'000}) EXPECT_NO_THROW(node_clock(truth, {.drift_ppm = drift}));
  for (std::int32_t drift : {-500'001, 1'000'001})
    EXPECT_THROW(node_clock(truth, {.drift_ppm = drift}), std::invalid_argument);
}

TEST_F(node_clock_test, says_a_time_not_before_and_not_long_after_the_truth_that_belongs_to_it) {
  dialtone::detail::random_bits bits{17};
  for (int round = 0; round < 1000; ++round) {
    node_clock clock{truth,
                     {.offset = duration{bits.below(1'000'000'000)},
                      .drift_ppm = static_cast<std::int32_t>(bits.below(1'500'000)) - 500'000}};
    pass(duration{bits.below(1'000'000'000)});
    const time_point wanted = clock.now() + duration{std::int64_t{bits.below(4'000'000'000)} * 1000};
    truth.advance_to(std::max(truth.now(), clock.truth_at(wanted) - 1ns));
    if (clock.truth_at(wanted) > truth.now()) EXPECT_LT(clock.now(), wanted);
    truth.advance_to(std::max(truth.now(), clock.truth_at(wanted)));
    EXPECT_GE(clock.now(), wanted);
  }
}

}  // namespace
}  // namespace dialtone::testing
