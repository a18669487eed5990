// SPDX-License-Identifier: Apache-2.0
// Predicates of receives that call the runtime while a message arrives.
#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/receive.hpp>
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

struct count {
  int value;
};

// Each message makes the predicate send the next one to its own process, while it is being asked.
TEST(predicates_that_send_to_their_own_process, lose_nothing_and_keep_the_order) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    spawn(
        [](pid to) -> process<> {
          send(to, count{0});
          co_return;
        },
        self());
    for (int expected = 0; expected < 10; ++expected) {
      auto next = co_await receive<count>([](const count& asked) {
        if (asked.value < 9) send(self(), count{asked.value + 1});
        return true;
      });
      EXPECT_EQ(next.value, expected);
    }
    EXPECT_FALSE(co_await receive<count>(after(0s)));
  }),
            exit_reason::normal);
}

TEST(predicates_that_send_to_their_own_process, may_refuse_what_they_are_asked_about) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    spawn(
        [](pid to) -> process<> {
          send(to, count{0});
          co_return;
        },
        self());
    auto second = co_await receive<count>([](const count& asked) {
      if (asked.value == 0) send(self(), count{1});
      return asked.value == 1;
    });
    EXPECT_EQ(second.value, 1);
    EXPECT_EQ((co_await receive<count>()).value, 0);
  }),
            exit_reason::normal);
}

// One's predicate sends to the other, whose predicate sends back, while both are being asked.
TEST(predicates_that_send_to_each_other, lose_nothing) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    static pid one;
    static pid other;
    one = self();
    other = spawn([]() -> process<> {
      co_await receive<count>([](const count& asked) {
        send(one, count{asked.value + 1});
        return true;
      });
      EXPECT_EQ((co_await receive<count>()).value, 3);
    });
    spawn([]() -> process<> {
      send(one, count{0});
      co_return;
    });
    auto first = co_await receive<count>([](const count& asked) {
      if (asked.value == 0) send(other, count{1});
      return true;
    });
    EXPECT_EQ(first.value, 0);
    EXPECT_EQ((co_await receive<count>()).value, 2);
    send(other, count{3});
    co_await yield();
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
