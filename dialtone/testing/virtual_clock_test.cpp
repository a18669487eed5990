// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/virtual_clock.hpp>

#include <gtest/gtest.h>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

TEST(virtual_clock, stands_still_until_it_is_moved) {
  testing::virtual_clock clock;
  time_point start = clock.now();
  EXPECT_EQ(clock.now(), start);
  EXPECT_TRUE(clock.advance_to(start + 5s));
  EXPECT_EQ(clock.now(), start + 5s);
}

TEST(virtual_clock, moves_the_wall_time_by_as_much) {
  testing::virtual_clock clock;
  auto wall = clock.wall_time();
  clock.advance_to(clock.now() + 36h);
  EXPECT_EQ(clock.wall_time() - wall, 36h);
}

TEST(virtual_clock, may_be_moved_to_the_time_that_it_shows) {
  testing::virtual_clock clock;
  EXPECT_TRUE(clock.advance_to(clock.now()));
}

TEST(virtual_clock_death, does_not_go_back) {
  testing::virtual_clock clock;
  EXPECT_DEATH(clock.advance_to(clock.now() - 1ns), "forward");
}

}  // namespace
}  // namespace dialtone
