// SPDX-License-Identifier: Apache-2.0
// The chaos of supervision_chaos_test.hpp, stepped and on threads.
#include "supervision_chaos_test.hpp"

#include <cstdio>

#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using supervision_chaos::chaos;

TEST(supervision, heals_a_tree_after_each_of_ten_thousand_kills) {
  constexpr std::uint64_t seed = 20'260;
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  testing::stepped_runtime rt{{.schedulers = 2, .seed = seed, .shuffle = true, .runtime = {.level = log_level::off}}};
  EXPECT_EQ(rt.run(chaos, 10'000), exit_reason::normal);
}

TEST(supervision, heals_a_tree_on_two_threads) {
  constexpr std::uint64_t seed = 20'261;
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  runtime rt{{.schedulers = 2, .seed = seed, .level = log_level::off}};
  EXPECT_EQ(rt.run(chaos, 500), exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
