// SPDX-License-Identifier: Apache-2.0
// The stress tests of the runtime and of supervisors (tests/system) in simulation: the same processes, on one to four
// schedulers that are stepped in an order drawn from the seed, on a machine that stops, goes on and loses its power.
#include <gtest/gtest.h>

#include <dialtone/dialtone.hpp>
#include <dialtone/testing/gtest_seeds.hpp>

#include "../system/storm_test.hpp"
#include "../system/stress_test.hpp"
#include "../system/supervision_chaos_test.hpp"

namespace dialtone::testing {
namespace {

using namespace std::chrono_literals;

seed_options stressed_seeds() { return seeds_of_test(5, "stress_in_simulation."); }

void stop_now_and_then(simulation& run, std::uint32_t milliseconds) {
  for (std::uint32_t stops = run.draw(4); stops > 0; --stops) {
    run.run_for(std::chrono::microseconds{run.draw(milliseconds * 1000)});
    run.pause("machine");
    run.run_for(std::chrono::microseconds{run.draw(milliseconds * 1000)});
    run.resume("machine");
  }
}

// One run in four ends by a crash in the midst of it.
void end_somehow(simulation& run, std::uint32_t milliseconds) {
  if (run.draw(4) == 0) {
    run.run_for(std::chrono::microseconds{run.draw(milliseconds * 1000)});
    return run.crash("machine");
  }
  run.expect(run.run_until_exit("machine", 120s), "nobody hangs");
  run.crash("machine");
}

TEST(runtime_stress, nothing_is_lost_or_left_behind) {
  for_each_seed(stressed_seeds(), [](simulation& run) {
    constexpr std::uint32_t time = 20;
    const std::uint32_t schedulers = 1 + run.draw(4);
    stress::here.begin(schedulers);
    run.node("machine", {.schedulers = schedulers, .runtime = {.level = log_level::off}}, stress::director,
             std::uint64_t{run.draw(1'000'000)}, duration{std::chrono::milliseconds{time}});
    stop_now_and_then(run, time);
    end_somehow(run, time);
    const exit_reason* ended = run.main_exit("machine");
    run.expect(ended == nullptr || *ended == exit_reason::normal, "the director comes to its end");
    run.expect(stress::frames == 0, "no frame is left");
    run.expect(stress::parcels == 0, "no message is left");
  });
}

TEST(runtime_stress, a_storm_leaves_nothing_behind) {
  for_each_seed(stressed_seeds(), [](simulation& run) {
    constexpr std::uint32_t rounds = 20;
    storm::begin();
    storm::limits_memory = false;  // frames have other sizes in other builds: a seed would be another run there
    run.node("machine", {.schedulers = 1 + run.draw(4), .runtime = {.process_limit = 200, .level = log_level::off}},
             storm::fan, int{rounds});
    stop_now_and_then(run, rounds);
    run.run_for(std::chrono::milliseconds{run.draw(2 * rounds)});
    end_somehow(run, rounds);
    run.expect(storm::alive == 0, "no frame, message, argument or result is left");
  });
}

// A thousand seeds are ten thousand kills.
TEST(supervision_stress, a_tree_is_whole_after_each_kill) {
  for_each_seed(stressed_seeds(), [](simulation& run) {
    run.node("machine", {.schedulers = 1 + run.draw(3), .runtime = {.level = log_level::off}}, supervision_chaos::chaos,
             10);
    stop_now_and_then(run, 20);
    end_somehow(run, 20);
    const exit_reason* ended = run.main_exit("machine");
    run.expect(ended == nullptr || *ended == exit_reason::normal, "it is killed, and nothing else happens");
  });
}

}  // namespace
}  // namespace dialtone::testing
