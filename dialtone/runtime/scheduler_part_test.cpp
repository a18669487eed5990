// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/scheduler_part.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <memory>

namespace dialtone::detail {
namespace {

struct counted_work : late_work {
  counted_work() : late_work{[](late_work& work) { static_cast<counted_work&>(work).act(); }} {}
  void act() {
    ++runs;
    if (then) then();
  }
  int runs = 0;
  std::function<void()> then;
};

TEST(late_works, run_what_is_asked_for_meanwhile_or_leave_it_for_the_next_time) {
  late_works works;
  counted_work first;
  counted_work second;
  first.then = [&] { works.ask(second); };
  works.ask(first);
  works.run();
  EXPECT_EQ(second.runs, 1);
  works.ask(first);
  EXPECT_TRUE(works.run_once());
  EXPECT_EQ(second.runs, 1);
  EXPECT_FALSE(works.empty());
  EXPECT_TRUE(works.run_once());
  EXPECT_EQ(second.runs, 2);
  EXPECT_TRUE(works.empty());
  EXPECT_FALSE(works.run_once());
}

TEST(late_works, one_that_asks_for_itself_runs_once_each_time) {
  late_works works;
  counted_work again;
  again.then = [&] { works.ask(again); };
  works.ask(again);
  for (int time = 1; time < 5; ++time) {
    EXPECT_TRUE(works.run_once());
    EXPECT_EQ(again.runs, time);
  }
}

TEST(late_works, one_that_is_destroyed_by_another_does_not_run) {
  late_works works;
  counted_work early;
  auto destroyed = std::make_unique<counted_work>();
  counted_work late;
  early.then = [&] { destroyed.reset(); };
  works.ask(late);
  works.ask(*destroyed);
  works.ask(early);
  EXPECT_TRUE(works.run_once());
  EXPECT_EQ(early.runs, 1);
  EXPECT_EQ(late.runs, 1);
  EXPECT_TRUE(works.empty());
}

}  // namespace
}  // namespace dialtone::detail
