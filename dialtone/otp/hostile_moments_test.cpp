// SPDX-License-Identifier: Apache-2.0
// Supervisors that are killed, or told to end, at any moment of a life that is full of starts, ends and restarts on
// several schedulers: nothing is left behind.
#include <gtest/gtest.h>

#include <dialtone/otp/dynamic_supervisor.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

// Takes its time to start and to end, and crashes now and then.
process<> dawdle(start_ticket ticket, duration start, duration life, duration end) {
  trap_exit();
  co_await sleep_for(start);
  ticket.started();
  if (auto told = co_await receive<exited>(after(life))) {
    co_await sleep_for(end);
    exit(told->reason);
  }
  exit(testing::because("crash"));
}

// Whoever tells it to shut down; it ends when its supervisor has been killed.
process<> ignore_a_shutdown(start_ticket ticket) {
  trap_exit();
  ticket.started();
  while ((co_await receive<exited>()).reason != exit_reason::killed) continue;
}

supervisor_spec restless_tree(supervisor_strategy strategy) {
  supervisor_spec below{.strategy = supervisor_strategy::one_for_all,
                        .intensity = 2,
                        .period = 20ms,
                        .children = {child("x", dawdle, 1ms, 3ms, 2ms).spawn(testing::on(0)),
                                     child("y", dawdle, 2ms, 1h, 1ms).spawn(testing::on(2))},
                        .spawn = {.name = "below", .scheduler = placement::on(1)}};
  return {.strategy = strategy,
          .intensity = 1000,
          .children = {child("a", dawdle, 1ms, 5ms, 3ms).spawn(testing::on(1)), child("below", std::move(below)),
                       child("b", dawdle, 0ms, 7ms, 20ms).shutdown(5ms).backoff({.initial = 2ms, .maximum = 4ms}),
                       child("c", ignore_a_shutdown).shutdown(infinity).spawn(testing::on(2))},
          .spawn = {.name = "top", .scheduler = placement::on(1)}};
}

process<> keep(supervisor_spec spec) {
  trap_exit();
  if (!co_await try_start_link(std::move(spec))) co_return;
  for (;;) {
    auto told = co_await receive<exited>();
    if (told.reason == exit_reason::killed || told.reason.is_orderly()) co_return;
  }
}

process<> keep_dynamic() {
  trap_exit();
  auto top = co_await start_link(
      dynamic_supervisor_spec{.intensity = 100'000, .spawn = {.name = "top", .scheduler = placement::on(1)}});
  for (int number = 0; number < 5; ++number) {
    auto asked = co_await top.start_child(child("a", dawdle, 1ms * number, 4ms, 2ms).shutdown(number * 1ms));
    if (!asked) co_return;
  }
  static_cast<void>(co_await receive<exited>());
}

struct moment {
  std::uint64_t seed;
  duration time;
  int turns;
  exit_reason reason;
};

template <class... Arguments>
void end_at(const moment& when, const char* victim, Arguments... start) {
  testing::stepped_runtime rt{{.schedulers = 3, .seed = when.seed, .shuffle = true}};
  pid keeper = rt.spawn(start...);
  rt.advance(when.time);
  for (int turn = 0; turn < when.turns; ++turn) rt->step();
  if (auto found = rt->whereis(victim)) rt->exit(*found, when.reason);
  for (int turn = 0; turn < when.turns; ++turn) rt->step();
  rt->exit(keeper, exit_reason::kill);
  if (auto found = rt->whereis("top")) rt->exit(*found, exit_reason::kill);
  rt.advance(100ms);
  EXPECT_EQ(rt->processes().size(), 1u) << "seed " << when.seed << ", " << when.time.count() << " ns, " << when.turns
                                        << " turns, " << victim << " " << to_string(when.reason);
}

TEST(hostile_moments, of_a_kill_of_any_supervisor_leave_nothing) {
  std::uint64_t seed = 0;
  for (auto strategy :
       {supervisor_strategy::one_for_one, supervisor_strategy::one_for_all, supervisor_strategy::rest_for_one})
    for (duration time = 0ms; time < 20ms; time += 1ms)
      for (int turns : {0, 1, 2, 3, 5, 8})
        for (const char* victim : {"top", "below"})
          end_at({++seed, time, turns, exit_reason::kill}, victim, keep, restless_tree(strategy));
}

TEST(hostile_moments, of_a_kill_of_a_dynamic_supervisor_leave_nothing) {
  std::uint64_t seed = 0;
  for (duration time = 0ms; time < 20ms; time += 1ms)
    for (int turns : {0, 1, 2, 3, 5, 8, 13}) end_at({++seed, time, turns, exit_reason::kill}, "top", keep_dynamic);
}

TEST(hostile_moments, of_a_shutdown_of_the_parent_leave_nothing) {
  std::uint64_t seed = 0;
  for (duration time = 0ms; time < 20ms; time += 1ms)
    for (int turns : {0, 1, 2, 3, 5, 8}) {
      testing::stepped_runtime rt{{.schedulers = 3, .seed = ++seed, .shuffle = true}};
      pid keeper = rt.spawn(keep, restless_tree(supervisor_strategy::rest_for_one));
      rt.advance(time);
      for (int turn = 0; turn < turns; ++turn) rt->step();
      rt->exit(keeper, exit_reason::kill);
      rt.advance(200ms);
      // It waits for the one that ignores that.
      if (auto found = rt->whereis("top")) rt->exit(*found, exit_reason::kill);
      rt.advance(200ms);
      EXPECT_EQ(rt->processes().size(), 1u) << seed;
    }
}

}  // namespace
}  // namespace dialtone
