// SPDX-License-Identifier: Apache-2.0
// A kill during every kind of await: each destructor runs, no frame, message or timer is left (AddressSanitizer looks
// for them at the end), and the scheduler goes on.
#include <gtest/gtest.h>

#include <dialtone/runtime/blocking.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/reply.hpp>
#include <dialtone/runtime/witness_test.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using testing::witness;

struct load {
  witness seen;
};
struct number {
  int value;
};

task<> nested(int depth) {
  witness seen;
  if (depth == 0)
    co_await sleep_for(1h);
  else
    co_await nested(depth - 1);
}
task<> wait_for_number() {
  witness seen;
  co_await receive<number>();
}
process<> deaf() { co_await sleep_for(24h); }

struct await_kind {
  const char* name;
  process<> (*wait)(witness);
  friend void PrintTo(const await_kind& kind, std::ostream* out) { *out << kind.name; }
};

const await_kind kinds[] = {
    {"receive", [](witness) -> process<> { co_await receive<number>(); }},
    {"timed_receive", [](witness) -> process<> { co_await receive<number>(after(1h)); }},
    {"predicate_receive",
     [](witness seen) -> process<> {
       send(self(), number{1});
       send(self(), load{});
       co_await receive<number>([held = std::move(seen)](const number&) { return false; });
     }},
    {"timed_predicate_receive",
     [](witness) -> process<> { co_await receive<number>([](const number&) { return false; }, after(1h)); }},
    {"sleep", [](witness) -> process<> { co_await sleep_for(1h); }},
    {"yield",
     [](witness) -> process<> {
       for (;;) co_await yield();
     }},
    {"reply",
     [](witness) -> process<> {
       pending_reply<witness> answer{spawn(deaf)};
       co_await answer.within(1h);
     }},
    {"reply_that_has_come",
     [](witness) -> process<> {
       pending_reply<witness> answer;
       reply(answer.address(), witness{});
       co_await sleep_for(1h);
     }},
    {"nested_task", [](witness) -> process<> { co_await nested(50); }},
    {"all", [](witness) -> process<> { co_await all(nested(3), wait_for_number(), nested(0)); }},
    {"race", [](witness) -> process<> { co_await race(wait_for_number(), nested(3)); }},
    {"with_deadline", [](witness) -> process<> { co_await with_deadline(1h, wait_for_number()); }},
    {"nested_combinations",
     [](witness) -> process<> {
       auto inner = []() -> task<> { co_await with_deadline(2h, nested(2)); };
       auto outer = [](task<> one, task<> two) -> task<> { co_await race(std::move(one), std::move(two)); };
       co_await all(outer(inner(), inner()), inner());
     }},
    {"owing",
     [](witness) -> process<> {
       pid full = spawn({.mailbox_limit = 1}, deaf);
       send(full, load{});
       send(full, load{});
       co_await yield();
       ADD_FAILURE() << "a debtor does not run";
     }},
    {"own_timers",
     [](witness) -> process<> {
       send_after(1h, self(), load{});
       co_await receive<number>();
     }},
};

struct every_await : ::testing::TestWithParam<await_kind> {};

// All that is left: the process that asks, and the deaf ones.
void expect_all_gone(testing::stepped_runtime& rt) {
  for (pid left : rt->processes()) rt->exit(left, exit_reason::kill);
  rt.settle();
  EXPECT_EQ(witness::alive(), 0);
  EXPECT_EQ(rt->next_deadline(), never);
  EXPECT_EQ(rt->processes().size(), 1u);
}

void turns(testing::stepped_runtime& rt, int count) {
  for (int i = 0; i < count; ++i) rt->step();
}

TEST_P(every_await, is_ended_by_a_kill_and_leaves_nothing) {
  testing::stepped_runtime rt;
  pid victim = rt.spawn(GetParam().wait, witness{});
  turns(rt, 5);
  EXPECT_GE(witness::alive(), 1);
  rt->exit(victim, exit_reason::kill);
  rt.settle();
  EXPECT_FALSE(rt->info(victim).has_value());
  expect_all_gone(rt);
}

TEST_P(every_await, is_ended_before_it_begins) {
  testing::stepped_runtime rt;
  pid victim = rt.spawn(GetParam().wait, witness{});
  rt->exit(victim, exit_reason::kill);
  rt.settle();
  EXPECT_FALSE(rt->info(victim).has_value());
  expect_all_gone(rt);
}

TEST_P(every_await, is_ended_by_a_signal_of_another_scheduler) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  pid victim = rt->spawn({.scheduler = placement::on(1)}, GetParam().wait, witness{});
  turns(rt, 5);
  rt.spawn(
      [](pid other) -> process<> {
        link(other);
        exit(exit_reason::custom_text("fallen"));
        co_return;
      },
      victim);
  turns(rt, 5);
  EXPECT_FALSE(rt->info(victim).has_value());
  expect_all_gone(rt);
}

TEST_P(every_await, is_ended_with_the_runtime) {
  {
    testing::stepped_runtime rt;
    rt.spawn(GetParam().wait, witness{});
    turns(rt, 5);
    EXPECT_GE(witness::alive(), 1);
  }
  EXPECT_EQ(witness::alive(), 0);
}

INSTANTIATE_TEST_SUITE_P(frames, every_await, ::testing::ValuesIn(kinds),
                         [](const auto& kind) { return std::string{kind.param.name}; });

TEST(frames, of_a_process_that_is_killed_before_its_start_has_arrived_are_never_made) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  static int begun;
  begun = 0;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto [there, reference] = spawn_monitor(
        {.scheduler = placement::on(1)},
        [](witness) -> process<> {
          ++begun;
          co_return;
        },
        witness{});
    exit(there, exit_reason::kill);
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::killed);
    EXPECT_EQ(witness::alive(), 0);
  }),
            exit_reason::normal);
  EXPECT_EQ(begun, 0);
}

TEST(frames, of_a_process_that_kills_itself_go_at_once) {
  testing::stepped_runtime rt;
  static int steps;
  steps = 0;
  EXPECT_EQ(rt.run([]() -> process<> {
    witness seen;
    exit(self(), exit_reason::kill);
    ++steps;
    co_await receive<number>(after(0s));
    ++steps;
  }),
            exit_reason::killed);
  EXPECT_EQ(steps, 0);
  EXPECT_EQ(witness::alive(), 0);
}

TEST(frames, of_a_hundred_thousand_short_lives_are_given_back) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    for (int round = 0; round < 100; ++round) {
      for (int i = 0; i < 1000; ++i) spawn([](witness) -> process<> { co_await yield(); }, witness{});
      while (process_count() != 1) co_await yield();
    }
    EXPECT_EQ((co_await info_of(self()))->mailbox_length, 0u);
  }),
            exit_reason::normal);
  EXPECT_EQ(witness::alive(), 0);
}

}  // namespace
}  // namespace dialtone
