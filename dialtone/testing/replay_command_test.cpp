// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/replay_command.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace dialtone::testing::detail {
namespace {

TEST(replay_command, names_the_build_that_the_program_is_of) {
  const std::string command = replay_command(77, "house.stands");
  const std::string front = "DIALTONE_SEED=77 ctest --test-dir ", back = " -R 'house.stands'";
  ASSERT_TRUE(command.starts_with(front)) << command;
  ASSERT_TRUE(command.ends_with(back)) << command;
  const std::filesystem::path build = command.substr(front.size(), command.size() - front.size() - back.size());
  EXPECT_TRUE(std::filesystem::exists(build / "CTestTestfile.cmake")) << build;
  const std::string program = std::filesystem::read_symlink("/proc/self/exe");
  EXPECT_TRUE(program.starts_with(std::filesystem::absolute(build).string() + "/")) << program;
}

TEST(replay_command, without_a_test_is_the_one_that_was_given) {
  EXPECT_EQ(replay_command(5, ""), "DIALTONE_SEED=5 and the same command");
}

}  // namespace
}  // namespace dialtone::testing::detail
