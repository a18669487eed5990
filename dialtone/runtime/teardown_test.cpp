// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/teardown.hpp>

#include <gtest/gtest.h>

#include <atomic>

#include <dialtone/runtime/receive.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

struct never_sent {};

std::atomic<int> alive;

struct counted {
  counted() { ++alive; }
  ~counted() { --alive; }
};

process<> wait_for_ever() {
  counted guard;
  co_await receive<never_sent>();
}

process<> at_once() { co_return; }

process<> spin_for_ever() {
  counted guard;
  for (;;) co_await yield();
}

struct start_at_the_end {
  ~start_at_the_end() {
    for (std::uint32_t scheduler = 0; scheduler < 2; ++scheduler)
      for (int child = 0; child < 100; ++child) spawn({.scheduler = placement::on(scheduler)}, then);
  }
  process<> (*then)();
};

template <process<> (*Then)()>
process<> starts_others_at_the_end() {
  start_at_the_end farewell{Then};
  co_await receive<never_sent>();
}

// Takes so many pids of scheduler 1 and gives them back that later ones come from its stock of used slots.
process<> fill_the_stock() {
  for (int round = 0; round < 5; ++round) {
    for (int child = 0; child < 200; ++child) {
      auto [ended, name] = spawn_monitor({.scheduler = placement::on(1)}, at_once);
      EXPECT_EQ((co_await receive<down>()).reference, name);
    }
  }
}

TEST(teardown, a_destructor_may_start_processes_on_another_scheduler) {
  alive = 0;
  {
    testing::stepped_runtime rt{{.schedulers = 2}};
    EXPECT_EQ(rt.run(fill_the_stock), exit_reason::normal);
    for (std::uint32_t scheduler = 0; scheduler < 2; ++scheduler)
      rt->spawn({.scheduler = placement::on(scheduler), .trap_exit = true}, starts_others_at_the_end<wait_for_ever>);
    rt.settle();
  }
  EXPECT_EQ(alive, 0);
}

TEST(teardown, a_destructor_that_starts_a_process_which_never_rests_does_not_keep_the_runtime) {
  alive = 0;
  {
    testing::stepped_runtime rt{{.schedulers = 2}};
    rt->spawn({.trap_exit = true}, starts_others_at_the_end<spin_for_ever>);
    rt.settle();
  }
  EXPECT_EQ(alive, 0);
}

TEST(teardown, a_process_that_traps_exits_and_never_rests_does_not_keep_a_stepped_runtime) {
  alive = 0;
  {
    testing::stepped_runtime rt;
    rt->spawn({.trap_exit = true}, spin_for_ever);
    for (int step = 0; step < 10; ++step) EXPECT_TRUE(rt->step());
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

TEST(teardown, processes_whose_start_is_on_its_way_are_ended_too) {
  alive = 0;
  {
    testing::stepped_runtime rt{{.schedulers = 2}};
    for (int child = 0; child < 100; ++child) rt->spawn({.scheduler = placement::on(1)}, wait_for_ever);
  }
  EXPECT_EQ(alive, 0);
}

TEST(teardown, what_was_sent_to_a_process_that_never_started_is_destroyed) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    spawn({.scheduler = placement::on(1)}, at_once);
    co_await yield();
    // Reserved with the first, never started.
    send(pid{1, 40, 1}, std::string(1000, 'x'));
    link(pid{1, 41, 1});
    exit(pid{1, 42, 1}, exit_reason::kill);
    unlink(pid{1, 41, 1});
  }),
            exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
