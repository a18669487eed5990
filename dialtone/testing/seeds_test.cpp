// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/seeds.hpp>

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/gtest_seeds.hpp>

namespace dialtone::testing {
namespace {

using namespace std::chrono_literals;

struct seeds_test : ::testing::Test {
  static constexpr const char* names[] = {"DIALTONE_SEED", "DIALTONE_SEEDS", "DIALTONE_FIRST_SEED"};
  seeds_test() {
    for (const char* name : names) {
      const char* set = std::getenv(name);
      before_.push_back(set == nullptr ? std::nullopt : std::optional<std::string>{set});
      ::unsetenv(name);
    }
  }
  ~seeds_test() override {
    for (std::size_t i = 0; i < before_.size(); ++i)
      before_[i] ? ::setenv(names[i], before_[i]->c_str(), 1) : ::unsetenv(names[i]);
  }
  static std::vector<std::uint64_t> seeds_of(const seed_options& options) {
    std::vector<std::uint64_t> seen;
    for_each_seed(options, [&](simulation& run) { seen.push_back(run.seed()); });
    return seen;
  }

 private:
  std::vector<std::optional<std::string>> before_;
};

using seeds = std::vector<std::uint64_t>;

TEST_F(seeds_test, each_is_run_twice_or_once) {
  EXPECT_EQ(seeds_of({.count = 3}), (seeds{1, 1, 2, 2, 3, 3}));
  EXPECT_EQ(seeds_of({.count = 3, .first = 7, .twice = false}), (seeds{7, 8, 9}));
}

TEST_F(seeds_test, the_environment_picks_them) {
  ::setenv("DIALTONE_SEEDS", "2", 1);
  EXPECT_EQ(seeds_of({.count = 3, .twice = false}), (seeds{1, 2}));
  ::setenv("DIALTONE_FIRST_SEED", "100", 1);
  EXPECT_EQ(seeds_of({.count = 3, .twice = false}), (seeds{100, 101}));
  EXPECT_EQ(environment_seed(5), 5u);
  ::setenv("DIALTONE_SEED", "18446744073709551615", 1);
  EXPECT_EQ(seeds_of({.count = 3, .twice = false}), (seeds{18446744073709551615u}));
  EXPECT_EQ(environment_seed(5), 18446744073709551615u);
}

TEST_F(seeds_test, what_is_no_number_is_refused) {
  for (const char* wrong : {"x", "1x", "-1", "18446744073709551616"}) {
    ::setenv("DIALTONE_SEED", wrong, 1);
    EXPECT_THROW(environment_seed(1), std::invalid_argument) << wrong;
  }
}

TEST_F(seeds_test, two_runs_that_differ_are_a_failure) {
  int runs = 0;
  auto remember = [&](simulation& run) {
    if (++runs == 4) run.note("outlives the run");
  };
  EXPECT_NO_THROW(for_each_seed(1, remember));
  ::testing::internal::CaptureStderr();
  EXPECT_THROW(for_each_seed(1, remember), simulation_failed);
  const std::string printed = ::testing::internal::GetCapturedStderr();
  EXPECT_TRUE(printed.contains("first:  (has ended)\n  second: +0.000000000s note: outlives the run\n")) << printed;
}

TEST_F(seeds_test, a_test_that_has_failed_ends_with_its_report) {
  seed_options options = seeds_of_test(5, "testing.");
  EXPECT_EQ(options.simulation.test, "testing.seeds_test.a_test_that_has_failed_ends_with_its_report");
  int runs = 0;
  options.failed = [&] { return ++runs == 3; };
  ::testing::internal::CaptureStderr();
  EXPECT_THROW(for_each_seed(options, [](simulation&) {}), simulation_failed);
  std::string printed = ::testing::internal::GetCapturedStderr();
  EXPECT_TRUE(printed.contains("the test has failed\nseed 2")) << printed;
}

}  // namespace
}  // namespace dialtone::testing
