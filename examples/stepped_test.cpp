// SPDX-License-Identifier: Apache-2.0
// A test of a process of one's own that owns time and order: minutes pass at once, and a seed repeats an order of
// events.
#include <cstdlib>
#include <vector>

#include <fmt/core.h>

#include <dialtone/dialtone.hpp>
#include <dialtone/testing/stepped_runtime.hpp>
namespace dt = dialtone;
using namespace std::chrono_literals;

// What is tested: a session that ends with a custom reason when nothing has come for half a minute.
struct touch {};

dt::process<> session() {
  while (co_await dt::receive<touch>(dt::after(30s))) continue;
  dt::exit(dt::exit_reason::custom_text("idle"));
}

void expect(bool holds, const char* fact) {
  fmt::print("{} {}\n", holds ? "ok  " : "FAIL", fact);
  if (!holds) std::exit(1);
}

// A scenario is a process: run() moves the clock whenever there is nothing else left to do.
dt::process<> expect_idle_reason() {
  auto [started, reference] = dt::spawn_monitor(session);
  auto before = dt::now();
  auto down = co_await dt::receive<dt::down>();
  expect(dt::now() - before == 30s, "a_session_that_nobody_touches_lasts_half_a_minute");
  expect(down.reason == dt::exit_reason::custom_text("idle"), "and_says_why");
}

void a_touch_prolongs_it() {
  dt::testing::stepped_runtime rt;
  dt::pid started = rt.spawn(session);
  rt.advance(29s);
  rt->send(started, touch{});
  rt.advance(29s);
  expect(rt->info(started).has_value(), "a_touch_prolongs_it");
  rt.advance(1s);
  expect(!rt->info(started).has_value(), "but_not_for_ever");
}

// Ready processes run in an order drawn from the seed; one that fails is printed, and repeats the failure.
void ten_of_them_end_in_any_order() {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    dt::testing::stepped_runtime rt{{.schedulers = 2, .seed = seed, .shuffle = true}};
    std::vector<dt::pid> started;
    for (std::uint32_t count = 0; count < 10; ++count)
      started.push_back(rt->spawn({.scheduler = dt::placement::on(count % 2)}, session));
    rt.advance(31s);
    for (dt::pid each : started) {
      if (rt->info(each).has_value()) expect(false, fmt::format("a_session_ends (seed {})", seed).c_str());
    }
  }
  expect(true, "ten_of_them_end_in_any_order");
}

int main() {
  dt::testing::stepped_runtime rt;
  expect(rt.run(expect_idle_reason) == dt::exit_reason::normal, "the_scenario_ends");
  a_touch_prolongs_it();
  ten_of_them_end_in_any_order();
}
