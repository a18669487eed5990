// SPDX-License-Identifier: Apache-2.0
// The hashes of some whole runs. Every build has to come to them: release, debug, with sanitizers, on each machine; a
// build that does not has let something of its own into a run, such as an address, the size of a type, or the order in
// which a compiler evaluates arguments.
//
// They change with whatever changes a run: the order in which the library does things, the simulated network, the
// trace. After a change that was meant to, the failure of this test prints the new table:
//
//   build/release/bin/simulation_scenarios_test --gtest_filter='golden_hashes.*'
//
// A change that was not meant to, such as one of speed alone, shows here that it is more than that.
#include <array>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <dialtone/testing/seeds.hpp>

#include "../system/supervision_chaos_test.hpp"
#include "partition_test.hpp"

namespace dialtone::testing {
namespace {

using hashes = std::array<std::uint64_t, 3>;

/// Of the seeds 1, 2, 3.
hashes hashes_of(const scenario& run) {
  hashes all{};
  for (std::uint64_t seed = 1; seed <= all.size(); ++seed) {
    simulation made{seed};
    run(made);
    all.at(seed - 1) = made.trace_hash();
  }
  return all;
}

std::string text_of(const hashes& all) {
  return fmt::format("{{{:#018x}, {:#018x}, {:#018x}}}", all[0], all[1], all[2]);
}

// TCP over links that are cut, several schedulers, names, timers.
TEST(golden_hashes, of_clients_and_a_server_over_bad_links) {
  constexpr hashes golden{0xa6ad3081e4536018, 0x61c1c411be97d9d8, 0x3445c3c174c27465};
  EXPECT_EQ(text_of(hashes_of(partitions::end_and_every_client_has_its_answers)), text_of(golden));
}

// Supervisors, links, monitors, names and kills on several schedulers, with a crash in the midst of it.
TEST(golden_hashes, of_kills_in_a_tree_of_supervisors) {
  constexpr hashes golden{0x93b586a169525d8e, 0x9896abfe319c624f, 0x7c9275604ae9f854};
  const auto run_tree = [](simulation& run) {
    run.node("machine", {.schedulers = 3, .runtime = {.level = log_level::off}}, supervision_chaos::chaos, 20);
    run.disturb({.crash_every = std::chrono::milliseconds{50}, .pause_every = std::chrono::milliseconds{20}});
    run.run_for(std::chrono::seconds{10});
  };
  EXPECT_EQ(text_of(hashes_of(run_tree)), text_of(golden));
}

}  // namespace
}  // namespace dialtone::testing
