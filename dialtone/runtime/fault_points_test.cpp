// SPDX-License-Identifier: Apache-2.0
// Faults happen where they may, to who has to live with them, and what may not be noticed is not.
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <dialtone/runtime/blocking.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/fault_source.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using testing::end_at_once;

/// Lets one kind happen each second time.
class each_second final : public fault_source {
 public:
  explicit each_second(std::string_view point) : point_{point} {}
  bool happens(std::string_view point) override { return point == point_ && ++asked % 2 == 1; }
  int asked = 0;

 private:
  std::string_view point_;
};

testing::stepped_options with(fault_source& faults) { return {.runtime = {.faults = &faults}}; }

std::vector<int> fired;

process<> fire_after(duration delay, int what) {
  co_await sleep_for(delay);
  fired.push_back(what);
}

TEST(fault_points, need_a_stepped_runtime) {
  each_second faults{fault_points::timers_late};
  EXPECT_THROW(runtime({.schedulers = 1, .faults = &faults}), std::invalid_argument);
}

TEST(fault_points, a_late_timer_fires_all_the_same) {
  fired.clear();
  each_second faults{fault_points::timers_late};
  testing::stepped_runtime rt{with(faults)};
  rt.spawn(fire_after, 1ms, 1);
  rt.spawn(fire_after, 2ms, 2);
  rt.settle();
  EXPECT_EQ(faults.asked, 0) << "nothing is due";
  rt.clock().advance_to(rt.clock().now() + 1ms);
  EXPECT_TRUE(rt->step()) << "there is something to do yet";
  EXPECT_TRUE(fired.empty());
  EXPECT_EQ(faults.asked, 1);
  rt.settle();
  EXPECT_EQ(fired, (std::vector{1}));
  rt.advance(1ms);
  EXPECT_EQ(fired, (std::vector{1, 2}));
}

TEST(fault_points, a_short_turn_leaves_the_rest_for_the_next) {
  fired.clear();
  each_second faults{fault_points::turn_short};
  testing::stepped_runtime rt{with(faults)};
  for (int what : {1, 2, 3}) rt.spawn(fire_after, 0s, what);
  rt->step();  // they arrive; one begins to sleep for no time
  EXPECT_EQ(faults.asked, 1);
  rt.settle();
  EXPECT_EQ(fired.size(), 3u);
}

TEST(fault_points, a_refused_spawn_says_so) {
  each_second faults{fault_points::spawn_refused};
  testing::stepped_runtime rt{with(faults)};
  EXPECT_EQ(rt.run([]() -> process<> {
    auto refused = try_spawn(end_at_once);
    EXPECT_FALSE(refused);
    if (!refused) EXPECT_EQ(refused.error(), spawn_error::memory_limit);
    EXPECT_TRUE(try_spawn(end_at_once));
    EXPECT_THROW(spawn(end_at_once), system_limit_reached);
    co_return;
  }),
            exit_reason::normal);
}

TEST(fault_points, a_full_blocking_pool_says_so) {
  each_second faults{fault_points::blocking_refused};
  testing::stepped_runtime rt{with(faults)};
  EXPECT_EQ(rt.run([]() -> process<> {
    bool refused = false;
    try {
      co_await blocking([] { return 1; });
    } catch (const blocking_overloaded&) {
      refused = true;
    }
    EXPECT_TRUE(refused);
    EXPECT_EQ(co_await blocking([] { return 2; }), 2);
  }),
            exit_reason::normal);
}

TEST(fault_points, each_is_of_one_kind) {
  std::map<std::string_view, int> times;
  for (std::string_view point : fault_points::timing) ++times[point];
  for (std::string_view point : fault_points::refusals) ++times[point];
  for (const auto& [point, count] : times) EXPECT_EQ(count, 1) << point;
}

}  // namespace
}  // namespace dialtone
