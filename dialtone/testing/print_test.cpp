// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/print.hpp>

#include <gtest/gtest.h>

#include <dialtone/otp/supervisor.hpp>

namespace dialtone {
namespace {

using ::testing::PrintToString;

TEST(print, shows_what_to_string_says) {
  EXPECT_EQ(PrintToString(exit_reason{exit_reason::killed}), "killed");
  EXPECT_EQ(PrintToString(pid{}), to_string(pid{}));
  EXPECT_EQ(PrintToString(child_state::restarting), "restarting");
  EXPECT_EQ(PrintToString(child_error{child_error::running}), "the child runs");
  EXPECT_EQ(PrintToString(start_error::because(exit_reason::timeout)),
            to_string(start_error::because(exit_reason::timeout)));
}

}  // namespace
}  // namespace dialtone
