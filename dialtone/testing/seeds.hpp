// SPDX-License-Identifier: Apache-2.0
// A scenario over many seeds: each is a run of its own, and each is run twice, which must come to the same hash. From
// outside, DIALTONE_SEED=17 picks one, DIALTONE_SEEDS=200 says how many, DIALTONE_FIRST_SEED=1000 where they begin. For
// any test framework; that of GoogleTest is in gtest_seeds.hpp.
//
//   for_each_seed(50, [](simulation& run) {
//     run.node("server", serve);
//     run.expect(run.run_until_exit("server", 10s), "it ends");
//   });
//
// The first seed that fails prints the report of its simulation and ends it all by its exception.
#pragma once

#include <cstdint>
#include <functional>

#include <dialtone/testing/simulation.hpp>

namespace dialtone::testing {

struct seed_options {
  /// Where the environment says nothing else.
  std::uint64_t count = 20;
  std::uint64_t first = 1;
  /// Each seed is run again; where the second hash is another, something came from elsewhere (a clock, an address, the
  /// order of a hash table, a variable that outlives the run), and simulation_failed is thrown, which says where the
  /// two part.
  bool twice = true;
  /// Of each run; the seed is set, and what two runs are compared by.
  simulation_options simulation = {};
  /// Asked after each run, for frameworks that do not throw: true throws simulation_failed.
  std::function<bool()> failed = {};
};

using scenario = std::function<void(simulation&)>;

/// Throws std::invalid_argument for a variable of the environment that is no number.
void for_each_seed(const seed_options& options, const scenario& run);
void for_each_seed(std::uint64_t count, const scenario& run);

/// DIALTONE_SEED, or what is given: for programs that make a simulation of their own.
std::uint64_t environment_seed(std::uint64_t otherwise);

}  // namespace dialtone::testing
