// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/task.hpp>

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/witness_test.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using testing::witness;

task<int> value(int n) { co_return n; }
task<int> later(int n) {
  co_await sleep_for(1ms);
  co_return n;
}
task<> fail(std::string text) {
  co_await yield();
  throw std::invalid_argument{text};
}

static_assert(!std::is_copy_constructible_v<task<int>> && std::is_nothrow_move_constructible_v<task<int>>);
static_assert(!std::is_move_assignable_v<task<int>>);

TEST(task, gives_its_value_whether_it_waited_or_not) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    EXPECT_EQ(co_await value(1) + co_await later(2), 3);
    task<int> kept = later(4);
    EXPECT_EQ(co_await std::move(kept), 4);
  }),
            exit_reason::normal);
}

TEST(task, does_nothing_until_it_is_awaited) {
  testing::stepped_runtime rt;
  static int begun;
  begun = 0;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto count = [](witness) -> task<> {
      ++begun;
      co_return;
    };
    {
      task<> never_awaited = count(witness{});
      EXPECT_EQ(witness::alive(), 1);
    }
    EXPECT_EQ(witness::alive(), 0);
    EXPECT_EQ(begun, 0);
    task<> awaited = count(witness{});
    co_await awaited;
    EXPECT_EQ(begun, 1);
  }),
            exit_reason::normal);
}

TEST(task, results_may_be_move_only_and_are_moved_only) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto make = [](int n) -> task<std::unique_ptr<int>> { co_return std::make_unique<int>(n); };
    auto pass_on = [](task<std::unique_ptr<int>> inner) -> task<std::unique_ptr<int>> { co_return co_await inner; };
    EXPECT_EQ(*co_await pass_on(make(6)), 6);
  }),
            exit_reason::normal);
}

TEST(task, an_exception_goes_to_the_awaiter_who_may_catch_it_and_go_on) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    std::string caught;
    try {
      co_await fail("once");
    } catch (const std::invalid_argument& failure) {
      caught = failure.what();
    }
    EXPECT_EQ(caught, "once");
    EXPECT_EQ(co_await later(5), 5);
  }),
            exit_reason::normal);
}

TEST(task, an_exception_that_is_caught_and_thrown_on_is_the_same_object) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    static const void* seen;
    auto pass_on = []() -> task<> {
      try {
        co_await fail("through");
      } catch (const std::invalid_argument& failure) {
        seen = &failure;
        throw;
      }
    };
    try {
      co_await pass_on();
      ADD_FAILURE();
    } catch (const std::invalid_argument& failure) {
      EXPECT_EQ(&failure, seen);
    }
  }),
            exit_reason::normal);
}

task<int> deep(int depth) {
  if (depth == 0) {
    co_await yield();
    co_return 0;
  }
  co_return 1 + co_await deep(depth - 1);
}
task<> deep_failure(int depth) {
  if (depth == 0) throw std::runtime_error{"at the bottom"};
  co_await deep_failure(depth - 1);
}

TEST(task, ten_thousand_may_be_nested) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> { EXPECT_EQ(co_await deep(10'000), 10'000); }), exit_reason::normal);
}

TEST(task, an_exception_crosses_ten_thousand_nested_ones) {
  testing::stepped_runtime rt;
  exit_reason reason = rt.run([]() -> process<> { co_await deep_failure(10'000); });
  EXPECT_EQ(reason.type(), "std::runtime_error");
  EXPECT_EQ(reason.trace().size(), 10'001u);
}

TEST(task, ten_thousand_nested_ones_are_destroyed_by_a_kill) {
  testing::stepped_runtime rt;
  pid victim = rt.spawn([]() -> process<> {
    auto wait = [](auto self, int depth, witness) -> task<> {
      if (depth == 0)
        co_await sleep_for(1h);
      else
        co_await self(self, depth - 1, witness{});
    };
    co_await wait(wait, 10'000, witness{});
  });
  rt.settle();
  EXPECT_EQ(witness::alive(), 10'001);
  rt->exit(victim, exit_reason::kill);
  rt.settle();
  EXPECT_EQ(witness::alive(), 0);
}

TEST(task, a_million_one_after_the_other_need_no_stack) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    long sum = 0;
    for (int i = 0; i < 1'000'000; ++i) sum += co_await value(1);
    EXPECT_EQ(sum, 1'000'000);
  }),
            exit_reason::normal);
}

std::vector<std::string> destroyed;
struct named_local {
  std::string name;
  ~named_local() { destroyed.push_back(name); }
};

task<> inner_with_locals() {
  named_local first{"inner first"};
  named_local second{"inner second"};
  co_await sleep_for(1h);
}
task<> outer_with_locals() {
  named_local local{"outer"};
  co_await inner_with_locals();
}
process<> process_with_locals() {
  named_local local{"process"};
  co_await outer_with_locals();
}

TEST(task, a_kill_destroys_from_the_innermost_outwards) {
  testing::stepped_runtime rt;
  destroyed.clear();
  pid victim = rt.spawn(process_with_locals);
  rt.settle();
  EXPECT_TRUE(destroyed.empty());
  rt->exit(victim, exit_reason::kill);
  rt.settle();
  EXPECT_EQ(destroyed, (std::vector<std::string>{"inner second", "inner first", "outer", "process"}));
}

TEST(task, an_exit_inside_unwinds_in_the_same_order) {
  testing::stepped_runtime rt;
  destroyed.clear();
  EXPECT_EQ(rt.run([]() -> process<> {
    named_local local{"process"};
    auto leave = []() -> task<> {
      named_local inner{"task"};
      co_await yield();
      exit(exit_reason::shutdown_because("done"));
    };
    co_await leave();
    ADD_FAILURE() << "an exit does not return";
  }),
            exit_reason::shutdown_because("done"));
  EXPECT_EQ(destroyed, (std::vector<std::string>{"task", "process"}));
}

TEST(task, who_swallows_an_exit_gets_no_further_than_the_next_await) {
  testing::stepped_runtime rt;
  static int steps;
  steps = 0;
  EXPECT_EQ(rt.run([]() -> process<> {
    witness seen;
    try {
      exit(exit_reason::custom_text("meant"));
    } catch (...) {
      ++steps;
    }
    co_await value(1);
    ++steps;
    co_await yield();
    ++steps;
  }),
            exit_reason::custom_text("meant"));
  EXPECT_EQ(steps, 1);
  EXPECT_EQ(witness::alive(), 0);
}

std::uint32_t line_in_innermost;
std::uint32_t line_in_middle;
std::uint32_t line_in_process;

task<int> innermost() {
  line_in_innermost = __LINE__ + 1;
  co_await yield();
  throw std::domain_error{"no such number"};
}
task<int> middle() {
  co_await yield();
  line_in_middle = __LINE__ + 1;
  co_return co_await innermost();
}
process<> asker() {
  co_await value(1);
  line_in_process = __LINE__ + 1;
  co_await middle();
}

TEST(task, an_exception_that_leaves_the_process_tells_its_type_its_text_and_its_way) {
  testing::stepped_runtime rt;
  exit_reason reason = rt.run(asker);
  EXPECT_EQ(reason.code(), exit_reason::exception);
  EXPECT_EQ(reason.type(), "std::domain_error");
  EXPECT_EQ(reason.text(), "no such number");
  ASSERT_EQ(reason.trace().size(), 3u);
  EXPECT_EQ(reason.trace()[0].line, line_in_innermost);
  EXPECT_EQ(reason.trace()[1].line, line_in_middle);
  EXPECT_EQ(reason.trace()[2].line, line_in_process);
  for (const source_place& place : reason.trace()) EXPECT_TRUE(std::string_view{place.file}.ends_with("task_test.cpp"));
  EXPECT_NE(to_string(reason).find(" in dialtone::innermost, task_test.cpp:"), std::string::npos) << to_string(reason);
}

TEST(task, an_exception_after_one_that_was_caught_has_a_way_of_its_own) {
  testing::stepped_runtime rt;
  exit_reason reason = rt.run([]() -> process<> {
    bool caught = false;
    try {
      co_await middle();
    } catch (const std::domain_error&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
    co_await fail("second");
  });
  EXPECT_EQ(reason.text(), "second");
  EXPECT_EQ(reason.trace().size(), 2u);
}

TEST(task, what_is_no_standard_exception_ends_the_process_with_its_type) {
  testing::stepped_runtime rt;
  exit_reason reason = rt.run([]() -> process<> {
    co_await value(1);
    throw 42;
  });
  EXPECT_EQ(reason.code(), exit_reason::exception);
  EXPECT_EQ(reason.type(), "int");
  EXPECT_EQ(reason.text(), "");
  EXPECT_EQ(reason.trace().size(), 1u);
}

TEST(task, an_exit_exception_ends_the_process_with_exactly_its_reason) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    co_await value(1);
    throw exit_exception{exit_reason::custom_text("as told")};
  }),
            exit_reason::custom_text("as told"));
}

}  // namespace
}  // namespace dialtone
