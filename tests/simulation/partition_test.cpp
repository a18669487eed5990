// SPDX-License-Identifier: Apache-2.0
#include "partition_test.hpp"

#include <gtest/gtest.h>

#include <dialtone/testing/gtest_seeds.hpp>

namespace dialtone::testing {
namespace {

TEST(partitions, end_and_every_client_has_its_answers) {
  for_each_seed(seeds_of_test(20, "simulation."), partitions::end_and_every_client_has_its_answers);
}

}  // namespace
}  // namespace dialtone::testing
