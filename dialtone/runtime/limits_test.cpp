// SPDX-License-Identifier: Apache-2.0
// Limits that have no component of their own to be tested beside: each at the limit and one past it.
#include <algorithm>
#include <latch>

#include <gtest/gtest.h>

#include <dialtone/runtime/blocking.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/full_mailbox_test.hpp>
#include <dialtone/runtime/telemetry_event.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

int done;

// Awaits what is ready at once, so often.
process<> await_what_is_there(int count) {
  for (int i = 0; i < count; ++i) co_await receive<number>(after(0s));
  ++done;
}

int done_when_the_next_ran;
process<> look() {
  done_when_the_next_ran = done;
  co_return;
}

int done_before_the_next(int awaits) {
  done = 0;
  stepped_runtime rt;
  rt.spawn(await_what_is_there, awaits);
  rt.spawn(look);
  rt.settle();
  EXPECT_EQ(done, 1);
  return done_when_the_next_ran;
}

TEST(a_slice, ends_at_the_2000th_await_that_is_ready_at_once) {
  EXPECT_EQ(done_before_the_next(1'999), 1);
  EXPECT_EQ(done_before_the_next(2'000), 0);
}

TEST(a_turn, has_64_slices) {
  done = 0;
  stepped_runtime rt;
  for (int i = 0; i < 65; ++i) rt.spawn(await_what_is_there, 0);
  rt->step();
  EXPECT_EQ(done, 64);
  rt->step();
  EXPECT_EQ(done, 65);
}

TEST(a_turn, takes_4096_arrivals) {
  stepped_runtime rt;
  static int received;
  received = 0;
  pid receiver = rt.spawn([]() -> process<> {
    for (;; ++received) co_await receive<number>();
  });
  rt.settle();
  for (int i = 0; i < 4'097; ++i) rt->send(receiver, number{i});
  rt->step();
  EXPECT_EQ(received, 4'096);
  rt->step();
  EXPECT_EQ(received, 4'097);
}

// The mailbox of a process that has said nothing else has the limit of the runtime.
bool goes_on_after(std::size_t messages) {
  static bool went_on;
  went_on = false;
  stepped_runtime rt{{.runtime = {.mailbox_limit = limit}}};
  pid receiver = rt.spawn(sluggish);
  rt.spawn(
      [](pid to, std::size_t count) -> process<> {
        for (std::size_t i = 0; i < count; ++i) send(to, number{});
        co_await yield();
        went_on = true;
      },
      receiver, messages);
  rt.settle();
  return went_on;
}

TEST(the_mailbox_limit_of_a_runtime, holds_who_sends_one_more) {
  EXPECT_TRUE(goes_on_after(limit));
  EXPECT_FALSE(goes_on_after(limit + 1));
}

std::string long_name(std::size_t size) { return "a." + std::string(size - 2, 'x'); }

TEST(the_name_of_an_event, has_at_most_100_bytes) {
  EXPECT_TRUE(telemetry::is_event_name(long_name(100)));
  EXPECT_FALSE(telemetry::is_event_name(long_name(101)));
}

TEST(blocking_threads, run_so_many_functions_at_once_and_no_more) {
  static std::latch two_run{2};
  static std::latch open{1};
  static std::atomic<int> begun;
  runtime rt{{.schedulers = 1, .blocking_threads = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    for (int i = 0; i < 3; ++i) {
      spawn_monitor([]() -> process<> {
        co_await blocking([] {
          if (++begun <= 2) two_run.count_down();
          open.wait();
        });
      });
    }
    while (!two_run.try_wait()) co_await yield();
    EXPECT_EQ(begun, 2);
    open.count_down();
    for (int i = 0; i < 3; ++i) EXPECT_EQ((co_await receive<down>()).reason, exit_reason::normal);
    EXPECT_EQ(begun, 3);
  }),
            exit_reason::normal);
}

// On scheduler 1, which answers nobody while it is there.
std::unique_ptr<std::latch> entered;
std::unique_ptr<std::latch> may_leave;
process<> hold_the_scheduler() {
  entered->count_down();
  may_leave->wait();
  co_await receive<go>();
}

virtual_clock* clock_of_the_test;
process<> move_clock(duration time) {
  clock_of_the_test->advance_to(now() + time);
  co_return;
}
// Until who was to wake by then has run as well.
task<> pass(duration time) {
  spawn(move_clock, time);
  co_await sleep_for(time);
}

bool answered;
pid busy;
process<> ask_for_one() {
  answered = false;
  EXPECT_FALSE(co_await info_of(busy));
  answered = true;
}
process<> ask_for_all() {
  answered = false;
  std::vector<pid> found = co_await all_processes();
  EXPECT_EQ(std::ranges::count(found, self()), 1);
  EXPECT_EQ(std::ranges::count(found, busy), 0);
  answered = true;
}

// Nobody but the thread of scheduler 0 looks at the clock while the other is held: no watchdog, no spinning.
TEST(a_question_to_a_busy_scheduler, is_given_up_after_five_seconds) {
  virtual_clock clock;
  clock_of_the_test = &clock;
  entered = std::make_unique<std::latch>(1);
  may_leave = std::make_unique<std::latch>(1);
  runtime rt{{.schedulers = 2, .long_schedule = 0s, .spin = 0s, .clock = &clock}};
  EXPECT_EQ(rt.run([]() -> process<> {
    busy = spawn(on(1), hold_the_scheduler);
    while (!entered->try_wait()) co_await yield();
    for (auto ask : {ask_for_one, ask_for_all}) {
      spawn(ask);
      // The limit counts from the scheduler's next look at the clock: before or after this millisecond.
      co_await pass(1ms);
      co_await pass(4'998ms);
      EXPECT_FALSE(answered);
      co_await pass(2ms);
      EXPECT_TRUE(answered);
    }
    may_leave->count_down();
    EXPECT_TRUE(co_await info_of(busy));
  }),
            exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
