// SPDX-License-Identifier: Apache-2.0
// Chaos under supervision: a tree of three levels, whose processes are killed at random, one after the other. After
// each kill the tree is whole again; in the end nothing is left. For the tests that run it: with threads, stepped, and
// in simulation.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <dialtone/dialtone.hpp>
#include <dialtone/otp/supervisor.hpp>
#include <dialtone/testing/doubles.hpp>
#include <dialtone/testing/tree.hpp>

namespace dialtone::supervision_chaos {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

inline constexpr std::size_t many_restarts = 1'000'000'000;
inline constexpr supervisor_strategy strategies[] = {supervisor_strategy::one_for_one, supervisor_strategy::one_for_all,
                                                     supervisor_strategy::rest_for_one};

inline std::string joined(const std::string& before, std::size_t number) { return before + std::to_string(number); }

/// Takes no notice of `shutdown`; ends when its supervisor does: as in OTP, who traps exits has to do so by himself.
inline process<> stubborn() {
  trap_exit();
  for (;;) {
    exited signal = co_await receive<exited>();
    if (signal.reason != exit_reason::shutdown) exit(signal.reason);
  }
}

/// A worker with a name, one elsewhere, one that has to be killed.
inline std::vector<child_spec> workers(const std::string& name) {
  return {child("named", testing::crash_when_told).spawn({.name = name}),
          child("elsewhere", testing::crash_when_told).spawn({.scheduler = placement::spread()}),
          child("stubborn", stubborn).shutdown(brutal_kill),
          child("transient", testing::crash_when_told).restart(restart_type::transient)};
}

inline supervisor_spec tree_below(const std::string& name, int levels) {
  supervisor_spec spec{.intensity = many_restarts, .children = workers(name)};
  spec.spawn.scheduler = placement::spread();
  if (levels == 0) return spec;
  for (std::size_t number = 0; number < std::size(strategies); ++number) {
    supervisor_spec below = tree_below(joined(name, number), levels - 1);
    below.strategy = strategies[number];
    spec.children.insert(spec.children.begin() + static_cast<std::ptrdiff_t>(number),
                         child(joined("below", number), std::move(below)));
  }
  return spec;
}

/// Of all processes below the top.
inline void add_pids(const supervision_tree& tree, std::vector<pid>& pids) {
  for (const supervision_tree& child : tree.children) {
    pids.push_back(child.pid);
    add_pids(child, pids);
  }
}

/// A text that says what is missing; empty when the tree is whole.
inline task<std::string> what_is_missing(supervisor_ref top, supervisor_spec specified) {
  std::string difference = co_await testing::difference_from(top, std::move(specified));
  if (!difference.empty()) co_return difference;
  std::string missing;
  for (const std::string& path : co_await testing::processes_down(top)) missing += "down: " + path + "\n";
  co_return missing;
}

inline task<bool> becomes_whole(supervisor_ref top, supervisor_spec specified) {
  std::string missing;
  for (int look = 0; look < 1000; ++look) {
    missing = co_await what_is_missing(top, specified);
    if (missing.empty()) co_return true;
    co_await sleep_for(1ms);
  }
  ADD_FAILURE() << missing;
  co_return false;
}

inline void kill_some_way(pid process) {
  switch (random() % 3) {
    case 0:
      return exit(process, exit_reason::kill);
    case 1:
      return exit(process, exit_reason::custom_text("chaos"));  // supervisors take no notice
    default:
      send(process, testing::end_now{exit_reason::custom_text("chaos")});  // nor does anyone who expects none
      return exit(process, exit_reason::kill);
  }
}

inline process<> chaos(int kills) {
  trap_exit();
  const std::size_t before = process_count();
  const supervisor_spec spec = tree_below("worker", 2);
  supervisor_ref top = co_await start_link(spec);
  int killed = 0;
  while (killed < kills) {
    std::vector<pid> pids;
    add_pids(co_await top.tree(), pids);
    std::vector<pid> victims{pids[random() % pids.size()]};
    if (random() % 8 == 0) victims.push_back(pids[random() % pids.size()]);
    for (pid victim : victims) kill_some_way(victim);
    if (!co_await becomes_whole(top, spec)) break;
    for (pid victim : victims) killed += co_await info_of(victim) ? 0 : 1;
  }
  co_await top.stop(exit_reason::shutdown);
  EXPECT_EQ((co_await receive<exited>()).pid, top.pid());
  for (int look = 0; look < 1000 && process_count() != before; ++look) co_await sleep_for(1ms);
  EXPECT_EQ(process_count(), before);
  EXPECT_TRUE(registered_names().empty());
  EXPECT_FALSE((co_await receive<exited>(after(0s))).has_value());
}

}  // namespace dialtone::supervision_chaos
