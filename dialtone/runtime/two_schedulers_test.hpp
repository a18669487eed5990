// SPDX-License-Identifier: Apache-2.0
// For tests of what holds on one scheduler and between two alike: each runs once with the other process beside it and
// once with it elsewhere.
//
//   class links : public testing::two_schedulers {};
//   INSTANTIATE_TEST_SUITE_P(placed, links, testing::beside_and_elsewhere, testing::name_of_place);
//   TEST_P(links, end_both) { run([](std::uint32_t peer) -> process<> { ... }); }
#pragma once

#include <string>

#include <gtest/gtest.h>

#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone::testing {

class two_schedulers : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  explicit two_schedulers(runtime_options options = {}) : rt_{{.schedulers = 2, .runtime = std::move(options)}} {}

  /// Runs the scenario on scheduler 0 and hands it the scheduler of the processes that it deals with.
  template <class Scenario>
  void run(Scenario scenario) {
    EXPECT_EQ(rt_.run(scenario, GetParam()), exit_reason::normal);
  }

 private:
  stepped_runtime rt_;
};

inline const auto beside_and_elsewhere = ::testing::Values(0u, 1u);

inline std::string name_of_place(const ::testing::TestParamInfo<std::uint32_t>& about) {
  return about.param == 0 ? "on_one_scheduler" : "on_two_schedulers";
}

}  // namespace dialtone::testing
