// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/timers.hpp>

#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/witness_test.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using testing::witness;

struct number {
  int value;
};
struct load {
  witness seen;
};

process<> wait_for_ever() {
  co_await receive<number>([](const number&) { return false; });
}

TEST(sleep_for, is_never_early_and_at_most_a_tick_late) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    for (duration time : {duration{1}, duration{999'999}, duration{1ms}, duration{1'000'001}, duration{63ms},
                          duration{64ms}, duration{4097ms}, duration{1h}, duration{24h * 400}}) {
      time_point start = now();
      co_await sleep_for(time);
      EXPECT_GE(now() - start, time);
      EXPECT_LE(now() - start, time + 1ms);
    }
  }),
            exit_reason::normal);
}

TEST(sleep_for, zero_or_less_is_a_yield) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    time_point start = now();
    for (duration time : {duration{0}, duration{-1}, duration::min()}) {
      pid other = spawn([]() -> process<> { co_return; });
      co_await sleep_for(time);
      EXPECT_FALSE(is_alive(other));
    }
    EXPECT_EQ(now(), start);
  }),
            exit_reason::normal);
}

TEST(sleep_for, the_longest_time_sets_no_timer) {
  testing::stepped_runtime rt;
  pid sleeping = rt.spawn([]() -> process<> { co_await sleep_for(duration::max()); });
  rt.settle();
  EXPECT_EQ(rt->next_deadline(), never);
  EXPECT_TRUE(rt->info(sleeping).has_value());
}

TEST(sleep_for, sleepers_wake_in_the_order_of_their_times) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    for (int time : {5, 3, 9, 1, 7, 3})
      spawn(
          [](pid parent, int ms) -> process<> {
            co_await sleep_for(std::chrono::milliseconds{ms});
            send(parent, number{ms});
          },
          self(), time);
    for (int time : {1, 3, 3, 5, 7, 9}) EXPECT_EQ((co_await receive<number>()).value, time);
  }),
            exit_reason::normal);
}

TEST(yield, lets_every_other_ready_process_run_first) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    for (int i = 0; i < 200; ++i)
      spawn(
          [](pid parent, int index) -> process<> {
            send(parent, number{index});
            co_return;
          },
          self(), i);
    co_await yield();
    EXPECT_EQ((co_await info_of(self()))->mailbox_length, 200u);
  }),
            exit_reason::normal);
}

TEST(send_after, fires_in_time_in_the_order_of_deadlines_and_then_of_calls) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    time_point start = now();
    send_after(20ms, self(), number{4});
    send_after(10ms, self(), number{2});
    send_at(start + 10ms, self(), number{3});
    send_after(-5ms, self(), number{0});
    send_after(0ms, self(), number{1});
    for (int i : {0, 1, 2, 3, 4}) {
      EXPECT_EQ((co_await receive<number>()).value, i);
      EXPECT_GE(now() - start, i < 2 ? 0ms : i < 4 ? 10ms : 20ms);
    }
    EXPECT_LE(now() - start, 21ms);
  }),
            exit_reason::normal);
}

TEST(send_after, is_not_early_by_a_part_of_a_tick) {
  testing::stepped_runtime rt;
  static int arrived;
  arrived = 0;
  rt.spawn([]() -> process<> {
    send_after(1500us, self(), number{1});
    co_await receive<number>();
    ++arrived;
  });
  rt.advance(1499us);
  EXPECT_EQ(arrived, 0);
  rt.advance(501us);
  EXPECT_EQ(arrived, 1);
}

TEST(send_after, fires_after_the_death_of_who_set_it) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    monitored setter = spawn_monitor(
        [](pid parent) -> process<> {
          send_after(10ms, parent, number{1});
          co_return;
        },
        self());
    EXPECT_EQ((co_await receive<down>()).pid, setter.pid);
    EXPECT_EQ((co_await receive<number>()).value, 1);
  }),
            exit_reason::normal);
}

TEST(send_after, dies_with_its_receiver) {
  testing::stepped_runtime rt;
  pid receiver = rt.spawn(wait_for_ever);
  EXPECT_EQ(rt.run(
                [](pid to) -> process<> {
                  for (int i = 1; i <= 10; ++i) send_after(i * 1h, to, load{});
                  co_return;
                },
                receiver),
            exit_reason::normal);
  EXPECT_EQ(witness::alive(), 10);
  rt->exit(receiver, exit_reason::kill);
  rt.settle();
  EXPECT_EQ(witness::alive(), 0);
  EXPECT_EQ(rt->next_deadline(), never);
}

TEST(send_after, to_a_dead_process_sets_no_timer) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto [dead, reference] = spawn_monitor([]() -> process<> { co_return; });
    co_await receive<down>();
    dialtone::reference timer = send_after(1h, dead, load{});
    EXPECT_EQ(witness::alive(), 0);
    EXPECT_FALSE(cancel_timer(timer));
    EXPECT_FALSE(cancel_timer(send_after(1h, pid{}, load{})));
  }),
            exit_reason::normal);
  EXPECT_EQ(rt->next_deadline(), never);
}

TEST(send_after, to_another_scheduler_arrives_and_finds_a_dead_receiver_dead) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    pid other = spawn(
        {.scheduler = placement::on(1)},
        [](pid parent) -> process<> {
          co_await receive<number>();
          send(parent, number{2});
        },
        self());
    send_after(5ms, other, number{1});
    send_after(10ms, other, load{});
    EXPECT_EQ((co_await receive<number>()).value, 2);
    co_await sleep_for(20ms);
    EXPECT_EQ(witness::alive(), 0);
  }),
            exit_reason::normal);
}

TEST(send_after, what_is_pending_when_the_runtime_ends_is_destroyed) {
  {
    testing::stepped_runtime rt{{.schedulers = 2}};
    EXPECT_EQ(rt.run([]() -> process<> {
      pid here = spawn(wait_for_ever);
      pid there = spawn({.scheduler = placement::on(1)}, wait_for_ever);
      send_after(1h, here, load{});
      send_after(1h, there, load{});
      co_return;
    }),
              exit_reason::normal);
    EXPECT_EQ(witness::alive(), 2);
  }
  EXPECT_EQ(witness::alive(), 0);
}

TEST(cancel_timer, tells_the_time_that_was_left_and_the_message_never_comes) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    reference timer = send_after(100ms, self(), load{});
    co_await sleep_for(30ms);
    EXPECT_EQ(cancel_timer(timer), 70ms);
    EXPECT_EQ(witness::alive(), 0);
    EXPECT_EQ(cancel_timer(timer), std::nullopt);
    EXPECT_FALSE(co_await receive<load>(after(1s)));
  }),
            exit_reason::normal);
}

TEST(cancel_timer, after_it_has_fired_is_empty_and_the_message_stays) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    reference timer = send_after(1ms, self(), number{1});
    co_await sleep_for(2ms);
    EXPECT_EQ(cancel_timer(timer), std::nullopt);
    EXPECT_TRUE(co_await receive<number>(after(0s)));
  }),
            exit_reason::normal);
}

TEST(cancel_timer, by_an_old_reference_leaves_the_timer_that_came_after_it) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    reference old = send_after(1ms, self(), number{1});
    co_await receive<number>();
    reference next = send_after(1ms, self(), number{2});
    EXPECT_NE(old, next);
    EXPECT_EQ(cancel_timer(old), std::nullopt);
    EXPECT_EQ(cancel_timer(reference{}), std::nullopt);
    EXPECT_EQ((co_await receive<number>()).value, 2);
  }),
            exit_reason::normal);
}

TEST(cancel_timer, of_another_scheduler_reaches_it_there) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    struct timer_set {
      reference timer;
    };
    spawn(
        {.scheduler = placement::on(1)},
        [](pid parent) -> process<> {
          send(parent, timer_set{send_after(10ms, parent, load{})});
          co_return;
        },
        self());
    reference timer = (co_await receive<timer_set>()).timer;
    EXPECT_EQ(cancel_timer(timer), std::nullopt);
    EXPECT_FALSE(co_await receive<load>(after(1s)));
    EXPECT_EQ(witness::alive(), 0);
  }),
            exit_reason::normal);
}

TEST(cancel_timer, anybody_on_the_scheduler_may) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    reference timer = send_after(10ms, self(), number{1});
    spawn(
        [](reference which) -> process<> {
          EXPECT_EQ(cancel_timer(which), 10ms);
          co_return;
        },
        timer);
    EXPECT_FALSE(co_await receive<number>(after(1s)));
  }),
            exit_reason::normal);
}

TEST(timers, a_million_may_be_pending) {
  testing::stepped_runtime rt{{.runtime = {.mailbox_limit = 10'000'000}}};
  static std::vector<reference> timers;
  timers.clear();
  EXPECT_EQ(rt.run([]() -> process<> {
    constexpr int count = 1'000'000;
    timers.reserve(count);
    for (int i = 0; i < count; ++i) timers.push_back(send_after(1h + i * 10us, self(), number{i}));
    for (int i = 0; i < count; ++i)
      if (i % 10 != 0 && !cancel_timer(timers[static_cast<std::size_t>(i)])) ADD_FAILURE() << i;
    int last = -10;
    int wrong = 0;
    for (int left = count / 10; left > 0; --left) {
      int value = (co_await receive<number>()).value;
      wrong += value != last + 10;
      last = value;
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_FALSE(co_await receive<number>(after(1h)));
  }),
            exit_reason::normal);
  timers = {};
}

TEST(timers, of_a_wheel_that_throw_leave_those_behind_them_for_its_next_advance) {
  struct numbered : detail::timer_node {
    numbered(std::vector<int>& fired, int number)
        : timer_node{[](timer_node& node) {
            auto& self = static_cast<numbered&>(node);
            self.fired.push_back(self.number);
            if (self.number == 2) throw std::bad_alloc{};
          }},
          fired{fired},
          number{number} {}
    std::vector<int>& fired;
    int number;
  };
  std::vector<int> fired;
  numbered first{fired, 1};
  numbered second{fired, 2};
  numbered third{fired, 3};
  detail::timer_wheel wheel{time_point{}};
  for (numbered* each : {&first, &second, &third}) wheel.add(*each, time_point{} + 1ms);
  EXPECT_THROW(wheel.advance(time_point{} + 1ms), std::bad_alloc);
  EXPECT_EQ(wheel.size(), 1u);
  EXPECT_EQ(wheel.advance(time_point{} + 1ms), 1u);
  EXPECT_EQ(fired, (std::vector{1, 2, 3}));
}

}  // namespace
}  // namespace dialtone
