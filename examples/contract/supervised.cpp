// SPDX-License-Identifier: Apache-2.0
// A supervision tree from its specification: printed before it runs, started, shaken, printed again.
#include <cstdio>
#include <dialtone/dialtone.hpp>
namespace dt = dialtone;
using namespace std::chrono_literals;

dt::process<> worker(int number) {
  dt::register_name("worker" + std::to_string(number));
  co_await dt::receive<std::string>();
}

dt::supervisor_spec tree() {
  return {
      .strategy = dt::supervisor_strategy::one_for_one,
      .intensity = 3,
      .period = 5s,
      .children = {dt::child("first", worker, 1), dt::child("second", worker, 2).restart(dt::restart_type::transient)}};
}

dt::process<> first() {
  std::printf("%s", dt::sketch(tree()).c_str());
  auto supervisor = co_await dt::start_link(tree());  // dt::supervisor_ref
  dt::pid before = dt::whereis("worker1").value();
  dt::exit(before, dt::exit_reason::kill);
  while (dt::whereis("worker1").value_or(before) == before) co_await dt::yield();
  std::printf("%s", (co_await supervisor.sketch()).c_str());  // the same tree
}

int main() { return dt::run(first); }
