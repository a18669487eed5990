// SPDX-License-Identifier: Apache-2.0
// Tests of a supervision tree with the kit of dialtone/testing: a tree that is started and compared with its
// specification, a probe that collects messages, and doubles in the places of real processes.
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/core.h>

#include <dialtone/dialtone.hpp>
#include <dialtone/testing/doubles.hpp>
#include <dialtone/testing/probe.hpp>
#include <dialtone/testing/stepped_runtime.hpp>
#include <dialtone/testing/tree.hpp>
namespace dt = dialtone;
using namespace std::chrono_literals;

// What is tested: a bell that tells somebody each minute, under a supervisor that waits before it starts it again.
struct ring {
  int count;
};

dt::process<> bell(dt::pid listener) {
  for (int count = 1;; ++count) {
    co_await dt::sleep_for(1min);
    dt::send(listener, ring{count});
  }
}

dt::supervisor_spec tower(dt::pid listener) {
  return {.children = {
              dt::child("bell", bell, listener).spawn({.name = "bell"}).backoff({.initial = 1s, .jitter = 0}),
              dt::child("ghost", dt::testing::ignore_shutdown).shutdown(100ms),
          }};
}

void expect(bool holds, const char* fact) {
  fmt::print("{} {}\n", holds ? "ok  " : "FAIL", fact);
  if (!holds) std::exit(1);
}

void the_bell_rings_each_minute() {
  dt::testing::stepped_runtime rt;
  dt::testing::probe<ring> listener{rt};
  rt.spawn(bell, listener.pid());
  rt.advance(3min);
  auto heard = listener.take();  // std::vector<std::variant<ring>>
  expect(heard.size() == 3 && std::get<ring>(heard.back()).count == 3, "the_bell_rings_each_minute");
}

void a_bell_that_breaks_is_back_a_second_later() {
  dt::testing::stepped_runtime rt;
  dt::testing::probe<ring> listener{rt};
  dt::supervisor_ref top = dt::testing::start_tree(rt, tower(listener.pid()));
  expect(dt::testing::tree_difference(rt, top, tower(listener.pid())).empty(), "the_tower_is_as_it_was_specified");

  rt->exit(*rt->whereis("bell"), dt::exit_reason::custom_text("cracked"));
  rt.settle();
  auto down = rt.call(dt::testing::processes_down, top);
  expect(down == std::vector<std::string>{"top/bell"}, "a_bell_that_breaks_is_down");
  rt.advance(1s);
  expect(rt.call(dt::testing::processes_down, top).empty(), "and_back_a_second_later");
}

// A process that does not end when it is told to does not keep the tower from its end.
dt::task<dt::duration> time_to_stop(dt::supervisor_ref top) {
  auto before = dt::now();
  co_await top.stop();
  co_return dt::now() - before;
}

void a_ghost_is_given_its_time() {
  dt::testing::stepped_runtime rt;
  dt::testing::probe<ring> listener{rt};
  dt::supervisor_ref top = dt::testing::start_tree(rt, tower(listener.pid()));
  expect(rt.call(time_to_stop, top) == 100ms, "a_ghost_is_given_its_time");
}

int main() {
  the_bell_rings_each_minute();
  a_bell_that_breaks_is_back_a_second_later();
  a_ghost_is_given_its_time();
}
