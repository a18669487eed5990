// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/blocking.hpp>

#include <latch>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/runtime/reply.hpp>
#include <dialtone/runtime/witness_test.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using testing::witness;

/// Holds a function in the pool until the test opens it.
struct gate {
  std::latch entered{1};
  std::latch open{1};
};
std::unique_ptr<gate> held;

struct gone {};
/// Tells `to` that the frame that it lives in is destroyed.
struct farewell {
  pid to;
  ~farewell() { send(to, gone{}); }
};

void hold() {
  held->entered.count_down();
  held->open.wait();
}

struct blocking_test : ::testing::Test {
  blocking_test() { held = std::make_unique<gate>(); }
};

TEST_F(blocking_test, gives_the_result_of_the_function) {
  runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    std::string text = "captured";
    EXPECT_EQ(co_await blocking([text] { return text + "!"; }), "captured!");
    EXPECT_EQ(co_await blocking([] { return 42; }), 42);
  }),
            exit_reason::normal);
}

TEST_F(blocking_test, runs_on_another_thread_and_comes_back_to_its_own) {
  runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    std::thread::id mine = std::this_thread::get_id();
    EXPECT_NE(co_await blocking([] { return std::this_thread::get_id(); }), mine);
    EXPECT_EQ(std::this_thread::get_id(), mine);
  }),
            exit_reason::normal);
}

TEST_F(blocking_test, of_void_only_waits) {
  runtime rt{{.schedulers = 1}};
  EXPECT_EQ(rt.run([]() -> process<> {
    int done = 0;
    co_await blocking([&done] { done = 1; });
    EXPECT_EQ(done, 1);
  }),
            exit_reason::normal);
}

TEST_F(blocking_test, moves_functions_and_results) {
  runtime rt{{.schedulers = 1}};
  EXPECT_EQ(rt.run([]() -> process<> {
    auto one = std::make_unique<int>(1);
    auto two = co_await blocking([one = std::move(one)]() mutable { return std::move(one); });
    EXPECT_EQ(*two, 1);
  }),
            exit_reason::normal);
}

TEST_F(blocking_test, throws_what_the_function_throws) {
  runtime rt{{.schedulers = 1, .level = log_level::off}};
  EXPECT_EQ(rt.run([]() -> process<> {
    bool caught = false;
    try {
      co_await blocking([]() -> int { throw std::out_of_range{"in the pool"}; });
    } catch (const std::out_of_range&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
    co_await blocking([] { throw std::runtime_error{"uncaught"}; });
  }),
            exit_reason::of_exception("std::runtime_error", "uncaught", {}));
}

TEST_F(blocking_test, lets_other_processes_run) {
  runtime rt{{.schedulers = 1}};
  EXPECT_EQ(rt.run([]() -> process<> {
    spawn([]() -> process<> {
      held->open.count_down();
      co_return;
    });
    co_await blocking(hold);
  }),
            exit_reason::normal);
}

TEST_F(blocking_test, process_functions_inside_end_the_program_with_a_sentence) {
  EXPECT_DEATH(
      {
        runtime rt{{.schedulers = 1}};
        rt.run([]() -> process<> { co_await blocking([] { self(); }); });
      },
      "this function may be called only inside a process");
}

TEST_F(blocking_test, a_kill_is_seen_at_once_and_the_frame_goes_when_the_function_returns) {
  runtime rt{{.schedulers = 1}};
  EXPECT_EQ(rt.run([]() -> process<> {
    auto [victim, reference] = spawn_monitor(
        {.name = "victim"},
        [](pid observer) -> process<> {
          farewell last{observer};
          witness seen;
          int local = 1;
          co_await blocking([&local] {
            hold();
            local = 2;
          });
          ADD_FAILURE();
        },
        self());
    co_await blocking([] { held->entered.wait(); });
    exit(victim, exit_reason::kill);
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::killed);
    EXPECT_EQ(witness::alive(), 1);
    EXPECT_FALSE(is_alive(victim));
    EXPECT_FALSE(whereis("victim"));
    EXPECT_FALSE(co_await info_of(victim));
    send(victim, gone{});
    exit(victim, exit_reason::kill);
    EXPECT_FALSE(co_await receive<gone>(after(0s)));
    held->open.count_down();
    co_await receive<gone>();
    EXPECT_EQ(witness::alive(), 0);
  }),
            exit_reason::normal);
}

task<> hold_in_pool() { co_await blocking(hold); }
task<> pause(duration time) { co_await sleep_for(time); }
task<std::expected<int, exit_reason>> answer_of(reply_to<int>* address) {
  pending_reply<int> answer;
  *address = answer.address();
  co_return co_await answer.within(1h);
}

struct later {};

// What is left in the frame of a dead process may still be woken: by timers, by replies.
TEST_F(blocking_test, what_wakes_a_dead_process_before_its_function_returns_has_no_effect) {
  static testing::virtual_clock clock;  // nobody but the scheduler's thread reads it: no watchdog, no spinning
  runtime rt{{.schedulers = 1, .long_schedule = 0s, .spin = 0s, .clock = &clock}};
  static reply_to<int> address;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto [victim, reference] = spawn_monitor(
        [](pid observer) -> process<> {
          farewell last{observer};
          co_await all(hold_in_pool(), pause(1h), answer_of(&address));
          ADD_FAILURE();
        },
        self());
    co_await blocking([] { held->entered.wait(); });
    exit(victim, exit_reason::kill);
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::killed);
    reply(address, 1);
    send_after(1h, self(), later{});  // fires behind the timers of the dead
    clock.advance_to(clock.now() + 2h);
    co_await receive<later>();
    EXPECT_FALSE(co_await receive<gone>(after(0s)));
    held->open.count_down();
    co_await receive<gone>();
    EXPECT_FALSE(co_await receive<down>(after(0s)));
    EXPECT_EQ(process_count(), 1u);
  }),
            exit_reason::normal);
}

TEST_F(blocking_test, two_functions_of_a_dead_process_hold_its_frame_until_the_last_returns) {
  runtime rt{{.schedulers = 1}};
  static std::unique_ptr<gate> second;
  second = std::make_unique<gate>();
  EXPECT_EQ(rt.run([]() -> process<> {
    auto [victim, reference] = spawn_monitor(
        [](pid observer) -> process<> {
          farewell last{observer};
          auto hold_second = []() -> task<> {
            co_await blocking([] {
              second->entered.count_down();
              second->open.wait();
            });
          };
          co_await all(hold_in_pool(), hold_second());
        },
        self());
    co_await blocking([] { (held->entered.wait(), second->entered.wait()); });
    exit(victim, exit_reason::kill);
    co_await receive<down>();
    held->open.count_down();
    co_await blocking([] {});
    EXPECT_FALSE(co_await receive<gone>(after(0s)));
    second->open.count_down();
    co_await receive<gone>();
  }),
            exit_reason::normal);
}

TEST_F(blocking_test, as_the_loser_of_a_race_is_let_go_and_its_result_is_destroyed) {
  runtime rt{{.schedulers = 1}};
  EXPECT_EQ(rt.run([]() -> process<> {
    auto loser = []() -> task<> {
      witness seen;
      co_await blocking([] {
        hold();
        return std::make_unique<witness>();
      });
      ADD_FAILURE();
    };
    auto wait_for_entry = []() -> task<> { co_await blocking([] { held->entered.wait(); }); };
    auto first = co_await race(loser(), wait_for_entry());
    EXPECT_EQ(first.index(), 1u);
    EXPECT_EQ(witness::alive(), 0);
    held->open.count_down();
    EXPECT_EQ(co_await blocking([] { return 5; }), 5);
  }),
            exit_reason::normal);
  rt.stop();
  EXPECT_EQ(witness::alive(), 0);
}

TEST_F(blocking_test, a_process_that_ends_while_a_lost_function_runs_is_dead_at_once) {
  runtime rt{{.schedulers = 1}};
  EXPECT_EQ(rt.run([]() -> process<> {
    spawn_monitor([]() -> process<> {
      auto wait_for_entry = []() -> task<> { co_await blocking([] { held->entered.wait(); }); };
      co_await race(hold_in_pool(), wait_for_entry());
    });
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::normal);
    held->open.count_down();
  }),
            exit_reason::normal);
}

process<> wait_in_queue() {
  co_await blocking([] {});
}

TEST_F(blocking_test, past_the_limit_of_the_queue_is_refused) {
  runtime rt{{.schedulers = 1, .blocking_threads = 1, .blocking_queue_limit = 2, .level = log_level::off}};
  rt.spawn([]() -> process<> { co_await blocking(hold); });
  held->entered.wait();
  EXPECT_EQ(rt.run([]() -> process<> {
    spawn_monitor(wait_in_queue);
    spawn_monitor(wait_in_queue);
    spawn_monitor(wait_in_queue);
    EXPECT_EQ((co_await receive<down>()).reason.type(), "dialtone::blocking_overloaded");
    EXPECT_FALSE(co_await receive<down>(after(0s)));
    held->open.count_down();
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::normal);
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::normal);
    EXPECT_EQ(co_await blocking([] { return 1; }), 1);
  }),
            exit_reason::normal);
}

TEST_F(blocking_test, a_runtime_that_stops_waits_for_what_runs_and_forgets_nothing_that_waits) {
  {
    runtime rt{{.schedulers = 1, .blocking_threads = 1}};
    // Opens only once the death of a process is known, so the stop finds the function running.
    auto opened = std::make_shared<std::once_flag>();
    ASSERT_TRUE(rt.telemetry().attach("opener", "dialtone.process.exit", [opened](const telemetry::record&) {
      std::call_once(*opened, [] { held->open.count_down(); });
    }));
    rt.spawn([]() -> process<> {
      witness seen;
      co_await blocking(hold);
      ADD_FAILURE();
    });
    held->entered.wait();
    rt.spawn([]() -> process<> {
      witness seen;
      // Begins, or not, as the thread comes to it before the stop does.
      co_await blocking([] {});
      ADD_FAILURE();
    });
    rt.stop();
    EXPECT_EQ(witness::alive(), 0);
  }
}

TEST_F(blocking_test, in_a_stepped_runtime_runs_inline) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    EXPECT_EQ(co_await blocking([] { return std::this_thread::get_id(); }), std::this_thread::get_id());
    auto ask = []() -> task<int> { co_return co_await blocking([] { return 7; }); };
    auto [one, two] = co_await all(ask(), ask());
    EXPECT_EQ(one + two, 14);
  }),
            exit_reason::normal);
}

TEST_F(blocking_test, in_a_stepped_runtime_a_kill_after_the_call_frees_everything) {
  testing::stepped_runtime rt;
  pid victim = rt.spawn([]() -> process<> {
    witness seen;
    co_await blocking([] { return std::make_unique<witness>(); });
    ADD_FAILURE();
  });
  rt->step();
  rt->exit(victim, exit_reason::kill);
  rt.settle();
  EXPECT_EQ(witness::alive(), 0);
  EXPECT_TRUE(rt->processes().size() == 1u);
}

struct blocking_cost_test : blocking_test {
  static constexpr duration cost = 20ms;
  testing::stepped_runtime rt{{.runtime = {.blocking_cost = [] { return cost; }}}};
};

TEST_F(blocking_cost_test, is_the_time_after_which_the_work_is_done) {
  EXPECT_EQ(rt.run([]() -> process<> {
    time_point start = now();
    auto ask = []() -> task<int> { co_return co_await blocking([] { return 7; }); };
    auto [one, two] = co_await all(ask(), ask());
    EXPECT_EQ(one + two, 14);
    EXPECT_EQ(now() - start, cost) << "both at the same time";
  }),
            exit_reason::normal);
}

TEST_F(blocking_cost_test, is_over_before_a_killed_process_leaves_its_frame) {
  pid victim = rt.spawn([]() -> process<> {
    witness seen;
    std::string text = "the work may refer to the frame";
    co_await blocking([&text] { return std::make_pair(std::make_unique<witness>(), text); });
    ADD_FAILURE();
  });
  rt.settle();
  rt->exit(victim, exit_reason::kill);
  rt.advance(cost - 1ms);
  EXPECT_FALSE(rt->info(victim).has_value());
  EXPECT_EQ(witness::alive(), 1);
  rt.advance(1ms);
  EXPECT_EQ(witness::alive(), 0);
}

TEST_F(blocking_cost_test, is_not_waited_for_at_the_end_of_the_runtime) {
  static bool run;
  run = false;
  rt.spawn([]() -> process<> {
    witness seen;
    co_await blocking([] { run = true; });
    ADD_FAILURE();
  });
  rt.settle();
  rt->stop();
  EXPECT_EQ(witness::alive(), 0);
  EXPECT_FALSE(run);
}

TEST_F(blocking_cost_test, needs_a_stepped_runtime) {
  EXPECT_THROW(runtime({.blocking_cost = [] { return cost; }}), std::invalid_argument);
}

}  // namespace
}  // namespace dialtone
