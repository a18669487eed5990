// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/time_of_day.hpp>

#include <gtest/gtest.h>

#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

TEST(time_of_day, is_that_of_the_runtimes_clock) {
  testing::stepped_runtime rt;
  const auto before = rt.clock().wall_time();
  auto [first, second] = rt.call(+[]() -> task<std::pair<wall_time, wall_time>> {
    const wall_time earlier = time_of_day();
    co_await sleep_for(90s);
    co_return std::pair{earlier, time_of_day()};
  });
  EXPECT_EQ(first, before);
  EXPECT_EQ(second, before + 90s);
}

}  // namespace
}  // namespace dialtone
