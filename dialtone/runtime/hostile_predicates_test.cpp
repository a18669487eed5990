// SPDX-License-Identifier: Apache-2.0
// Predicates of receives that call the runtime while a message arrives.
#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

// erl: a monitor of the dead says noproc.
TEST(predicates_that_are_told_of_a_death, may_watch_the_dead_again) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto watched = spawn_monitor(wait_for_go);
    send(watched.pid, go{});
    static reference again;
    auto first = co_await receive<down>([](const down& fallen) {
      if (fallen.reason == exit_reason::noproc) return false;
      again = monitor(fallen.pid);
      return true;
    });
    EXPECT_EQ(first.reason, exit_reason::normal);
    auto second = co_await receive<down>(after(1s));
    EXPECT_TRUE(second.has_value()) << "the second monitor was forgotten";
    if (!second) co_return;
    EXPECT_EQ(second->reason, exit_reason::noproc);
    EXPECT_EQ(second->reference, again);
  }),
            exit_reason::normal);
}

TEST(predicates_that_are_told_of_a_death, may_set_timers_for_the_dead) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto watched = spawn_monitor(wait_for_go);
    send(watched.pid, go{});
    co_await receive<down>([](const down& fallen) {
      send_after(1h, fallen.pid, 1);
      return true;
    });
  }),
            exit_reason::normal);
  EXPECT_EQ(rt->next_deadline(), never) << "a timer of this scheduler ends with its receiver";
}

}  // namespace
}  // namespace dialtone
