// SPDX-License-Identifier: Apache-2.0
#include <apps/held_log.hpp>

#include <gtest/gtest.h>

#include <dialtone/runtime/log.hpp>

namespace dialtone::apps {
namespace {

class held_logs : public ::testing::Test {
 protected:
  void write(const std::string& text) {
    held.log({spdlog::log_clock::now(), spdlog::source_loc{}, "source", spdlog::level::info, text});
  }
  std::vector<std::string> seen;
  held_log held{make_log_sink([this](const log_line& line) { seen.emplace_back(line.text); })};
};

using strings = std::vector<std::string>;

TEST_F(held_logs, keep_lines_until_they_are_released) {
  write(std::string{"first"});
  write("second");
  held.flush();
  EXPECT_TRUE(seen.empty());
  EXPECT_FALSE(held.is_released());
  held.release();
  EXPECT_EQ(seen, (strings{"first", "second"}));
  EXPECT_TRUE(held.is_released());
  write("third");
  EXPECT_EQ(seen, (strings{"first", "second", "third"}));
  held.release();
  EXPECT_EQ(seen.size(), 3u);
}

TEST_F(held_logs, keep_no_more_than_their_limit) {
  for (std::size_t count = 1; count < held_log::limit; ++count) write(std::to_string(count));
  EXPECT_TRUE(seen.empty());
  write("last");
  EXPECT_TRUE(held.is_released());
  EXPECT_EQ(seen.size(), held_log::limit);
  EXPECT_EQ(seen.back(), "last");
}

TEST_F(held_logs, that_are_never_released_have_said_nothing) {
  write("first");
  EXPECT_TRUE(seen.empty());
}

}  // namespace
}  // namespace dialtone::apps
