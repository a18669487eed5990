// SPDX-License-Identifier: Apache-2.0
// A scenario over many seeds (seeds.hpp) as a test of GoogleTest: an EXPECT that fails ends it with the report of its
// simulation, and the command that replays it names the test. For sources of tests.
//
//   TEST(server, answers_after_a_partition) {
//     for_each_seed_of_test(50, [](simulation& run) { ... });
//   }
#pragma once

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include <dialtone/testing/seeds.hpp>

namespace dialtone::testing {

/// Of the test that runs; `prefix` is what ctest puts before its name.
inline seed_options seeds_of_test(std::uint64_t count, const std::string& prefix = {}) {
  const ::testing::TestInfo* test = ::testing::UnitTest::GetInstance()->current_test_info();
  seed_options options{.count = count, .failed = [] { return ::testing::Test::HasFailure(); }};
  options.simulation.test = prefix + test->test_suite_name() + "." + test->name();
  return options;
}

inline void for_each_seed_of_test(std::uint64_t count, const scenario& run) {
  for_each_seed(seeds_of_test(count), run);
}

}  // namespace dialtone::testing
