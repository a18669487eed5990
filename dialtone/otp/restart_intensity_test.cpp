// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/restart_intensity.hpp>

#include <gtest/gtest.h>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using detail::restart_intensity;

constexpr time_point start{1h};

TEST(restart_intensity, allows_as_many_as_it_says_and_no_more) {
  restart_intensity three{3, 5s};
  for (int count = 0; count < 3; ++count) EXPECT_TRUE(three.note(start));
  EXPECT_FALSE(three.note(start));
}

TEST(restart_intensity, of_zero_allows_none) { EXPECT_FALSE((restart_intensity{0, 5s}.note(start))); }

TEST(restart_intensity, a_restart_counts_up_to_the_end_of_the_period) {
  restart_intensity one{1, 5s};
  EXPECT_TRUE(one.note(start));
  EXPECT_FALSE(one.note(start + 5s));
  EXPECT_TRUE(one.note(start + 5s + 1ns));
}

TEST(restart_intensity, the_window_slides) {
  restart_intensity two{2, 10s};
  EXPECT_TRUE(two.note(start));
  EXPECT_TRUE(two.note(start + 6s));
  EXPECT_FALSE(two.note(start + 9s));
  EXPECT_TRUE(two.note(start + 11s));
  EXPECT_FALSE(two.note(start + 12s));
  EXPECT_TRUE(two.note(start + 17s));
}

TEST(restart_intensity, one_that_paces_itself_is_allowed_for_ever) {
  restart_intensity one{1, 1s};
  for (int count = 0; count < 10'000; ++count) EXPECT_TRUE(one.note(start + count * 1001ms));
}

}  // namespace
}  // namespace dialtone
