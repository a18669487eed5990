// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/combine.hpp>

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

struct number {
  int value;
};

task<int> value(int n) { co_return n; }
task<int> later(duration time, int n) {
  witness seen;
  co_await sleep_for(time);
  co_return n;
}
task<> pause(duration time) {
  witness seen;
  co_await sleep_for(time);
}
task<int> fail(duration time, std::string text) {
  witness seen;
  if (time > 0s) co_await sleep_for(time);
  throw std::runtime_error{text};
}

// The text of what `work` throws; empty when it does not.
template <class Work>
task<std::string> failure_of(Work work) {
  try {
    co_await work();
  } catch (const std::runtime_error& failure) {
    co_return failure.what();
  }
  co_return "";
}

TEST(all, has_every_result_in_the_order_of_its_arguments_when_the_last_is_done) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    time_point start = now();
    auto [a, b, c] = co_await all(later(30ms, 1), later(10ms, 2), later(20ms, 3));
    EXPECT_EQ(a, 1);
    EXPECT_EQ(b, 2);
    EXPECT_EQ(c, 3);
    EXPECT_GE(now() - start, 30ms);
    EXPECT_LE(now() - start, 31ms);
  }),
            exit_reason::normal);
  EXPECT_EQ(witness::alive(), 0);
}

TEST(all, of_what_is_done_at_once_takes_no_time) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    EXPECT_EQ((co_await all(value(1), value(2))), (std::tuple{1, 2}));
    EXPECT_EQ((co_await all(value(1), later(0s, 2), value(3))), (std::tuple{1, 2, 3}));
    EXPECT_EQ((co_await all(value(7))), std::tuple{7});
  }),
            exit_reason::normal);
}

TEST(all, has_monostate_for_void_and_moves_what_is_move_only) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto make = []() -> task<std::unique_ptr<int>> { co_return std::make_unique<int>(3); };
    auto results = co_await all(pause(1ms), make());
    static_assert(std::is_same_v<decltype(results), std::tuple<std::monostate, std::unique_ptr<int>>>);
    EXPECT_EQ(*std::get<1>(results), 3);
  }),
            exit_reason::normal);
}

TEST(all, throws_the_first_exception_and_destroys_the_others) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    time_point start = now();
    EXPECT_EQ(co_await failure_of([] { return all(later(1h, 1), fail(20ms, "second"), fail(10ms, "first")); }),
              "first");
    EXPECT_LE(now() - start, 11ms);
    EXPECT_EQ(witness::alive(), 0);
  }),
            exit_reason::normal);
  EXPECT_EQ(rt->next_deadline(), never);
}

int begun;
task<> count_begin() {
  ++begun;
  co_return;
}

TEST(all, begins_in_order_and_not_at_all_after_an_exception) {
  testing::stepped_runtime rt;
  begun = 0;
  EXPECT_EQ(rt.run([]() -> process<> {
    EXPECT_EQ(co_await failure_of([] { return all(count_begin(), fail(0s, "at once"), count_begin()); }), "at once");
    EXPECT_EQ(begun, 1);
  }),
            exit_reason::normal);
}

TEST(race, has_the_first_result_by_index_and_destroys_the_others) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    std::variant<int, int, std::monostate> first = co_await race(later(20ms, 1), later(10ms, 2), pause(30ms));
    EXPECT_EQ(first.index(), 1u);
    EXPECT_EQ(std::get<1>(first), 2);
    EXPECT_EQ(witness::alive(), 0);
  }),
            exit_reason::normal);
  EXPECT_EQ(rt->next_deadline(), never);
}

TEST(race, is_won_by_who_was_first_even_when_both_are_ready) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto first = co_await race(later(10ms, 1), later(10ms, 2));
    EXPECT_EQ(first.index(), 0u);
    auto two_steps = []() -> task<int> {
      co_await sleep_for(5ms);
      co_await sleep_for(5ms);
      co_return 3;
    };
    auto second = co_await race(two_steps(), later(10ms, 4));
    EXPECT_EQ(second.index(), 1u);
  }),
            exit_reason::normal);
}

TEST(race, of_what_is_done_at_once_does_not_begin_the_rest) {
  testing::stepped_runtime rt;
  begun = 0;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto first = co_await race(later(1h, 1), value(2), count_begin());
    EXPECT_EQ(first.index(), 1u);
    EXPECT_EQ(begun, 0);
    EXPECT_EQ(witness::alive(), 0);
  }),
            exit_reason::normal);
}

TEST(race, throws_an_exception_that_comes_first) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    EXPECT_EQ(co_await failure_of([] { return race(later(2ms, 1), fail(1ms, "sooner")); }), "sooner");
    EXPECT_EQ(witness::alive(), 0);
    auto first = co_await race(later(1ms, 1), fail(2ms, "later"));
    EXPECT_EQ(first.index(), 0u);
    EXPECT_EQ(witness::alive(), 0);
  }),
            exit_reason::normal);
}

TEST(with_deadline, is_empty_when_time_is_up_and_has_the_result_otherwise) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    EXPECT_EQ(co_await with_deadline(20ms, later(10ms, 1)), std::optional{1});
    time_point start = now();
    EXPECT_EQ(co_await with_deadline(10ms, later(20ms, 1)), std::nullopt);
    EXPECT_GE(now() - start, 10ms);
    EXPECT_LE(now() - start, 11ms);
    EXPECT_EQ(witness::alive(), 0);
  }),
            exit_reason::normal);
  EXPECT_EQ(rt->next_deadline(), never);
}

TEST(with_deadline, of_void_is_a_bool) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    EXPECT_TRUE(co_await with_deadline(20ms, pause(10ms)));
    EXPECT_FALSE(co_await with_deadline(10ms, pause(20ms)));
  }),
            exit_reason::normal);
}

TEST(with_deadline, of_zero_has_the_result_of_what_does_not_wait) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    time_point start = now();
    EXPECT_EQ(co_await with_deadline(0s, value(1)), std::optional{1});
    EXPECT_EQ(co_await with_deadline(0s, later(1ms, 1)), std::nullopt);
    EXPECT_EQ(co_await with_deadline(duration::max(), later(1ms, 1)), std::optional{1});
    EXPECT_LE(now() - start, 1ms);
  }),
            exit_reason::normal);
}

TEST(with_deadline, throws_what_its_task_throws) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    EXPECT_EQ(co_await failure_of([] { return with_deadline(1h, fail(1ms, "failed")); }), "failed");
    EXPECT_EQ(witness::alive(), 0);
  }),
            exit_reason::normal);
  EXPECT_EQ(rt->next_deadline(), never);
}

task<int> sum_of_two(duration first, duration second) {
  auto [a, b] = co_await all(later(first, 1), later(second, 2));
  co_return a + b;
}

TEST(combinations, may_be_nested) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto in_time = [](duration limit, task<int> work) -> task<int> {
      std::optional<int> found = co_await with_deadline(limit, std::move(work));
      co_return found.value_or(-1);
    };
    auto [both, late, early] =
        co_await all(sum_of_two(1ms, 2ms), in_time(5ms, sum_of_two(4ms, 6ms)), in_time(5ms, sum_of_two(4ms, 3ms)));
    EXPECT_EQ(both, 3);
    EXPECT_EQ(late, -1);
    EXPECT_EQ(early, 3);
    auto first = co_await race(sum_of_two(10ms, 20ms), sum_of_two(12ms, 18ms));
    EXPECT_EQ(first.index(), 1u);
    EXPECT_EQ(witness::alive(), 0);
  }),
            exit_reason::normal);
}

TEST(combinations, a_hundred_nested_deadlines_of_the_same_time_all_end) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto nest = [](auto again, int depth) -> task<bool> {
      if (depth == 0) {
        co_await sleep_for(1h);
        co_return true;
      }
      std::optional<bool> inner = co_await with_deadline(10ms, again(again, depth - 1));
      co_return inner.has_value();
    };
    time_point start = now();
    co_await nest(nest, 100);
    EXPECT_LE(now() - start, 11ms);
  }),
            exit_reason::normal);
}

TEST(combinations, an_exception_out_of_one_keeps_its_way) {
  testing::stepped_runtime rt;
  exit_reason reason = rt.run([]() -> process<> { co_await all(later(1h, 1), fail(1ms, "deep")); });
  EXPECT_EQ(reason.text(), "deep");
  EXPECT_EQ(reason.trace().size(), 2u);
  EXPECT_EQ(witness::alive(), 0);
}

TEST(combinations, an_exit_in_a_branch_ends_the_process) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    witness seen;
    auto leave = []() -> task<> {
      co_await sleep_for(1ms);
      exit(exit_reason::custom_text("left"));
    };
    co_await all(pause(1h), leave());
    ADD_FAILURE();
  }),
            exit_reason::custom_text("left"));
  EXPECT_EQ(witness::alive(), 0);
}

// The number wakes the other branch while the process ends.
TEST(combinations, an_exit_in_a_branch_that_has_just_woken_another_one_ends_the_process) {
  testing::stepped_runtime rt;
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(rt.run([]() -> process<> {
      auto wake_and_leave = []() -> task<> {
        co_await sleep_for(1ms);
        send(self(), number{1});
        exit(exit_reason::custom_text("left"));
      };
      auto wait = []() -> task<> { co_await receive<number>(); };
      co_await all(wait(), wake_and_leave());
    }),
              exit_reason::custom_text("left"));
    EXPECT_EQ(rt.run([]() -> process<> {
      for (int i = 0; i < 3; ++i) spawn(+[]() -> process<> { co_await yield(); });
      co_await sleep_for(1ms);
      EXPECT_EQ(process_count(), 1u);
    }),
              exit_reason::normal);
  }
}

struct wakes_in_destructor {
  ~wakes_in_destructor() { send(self(), number{1}); }
};
task<> wake_at_the_end() {
  wakes_in_destructor last;
  co_await sleep_for(1h);
}
task<> wait_for_number() { co_await receive<number>(); }

// Destructors of one branch may send to the process, and another branch still waits for just that.
TEST(combinations, killed_while_a_destructor_wakes_a_branch_that_is_still_there) {
  testing::stepped_runtime rt;
  for (int round = 0; round < 3; ++round) {
    for (process<> (*scenario)() :
         {+[]() -> process<> { co_await all(wake_at_the_end(), wait_for_number()); },
          +[]() -> process<> { co_await all(wait_for_number(), wake_at_the_end()); },
          +[]() -> process<> { co_await race(wake_at_the_end(), pause(1ms), wait_for_number()); }}) {
      pid victim = rt.spawn(scenario);
      rt.settle();
      if (round != 2) rt->exit(victim, exit_reason::kill);
      rt.advance(1ms);
      rt->exit(victim, exit_reason::kill);
      EXPECT_EQ(rt.run([]() -> process<> {
        for (int i = 0; i < 5; ++i) spawn(+[]() -> process<> { co_await yield(); });
        co_await sleep_for(1ms);
        EXPECT_EQ(process_count(), 1u);
      }),
                exit_reason::normal);
    }
  }
}

}  // namespace
}  // namespace dialtone
