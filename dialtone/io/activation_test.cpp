// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/activation.hpp>

#include <gtest/gtest.h>

namespace dialtone::io {
namespace {

using descriptors = std::vector<activated_descriptor>;

TEST(activation, the_descriptors_begin_with_3_and_have_names) {
  EXPECT_EQ(activated_descriptors("17", "2", "web:admin", 17), (descriptors{{3, "web"}, {4, "admin"}}));
}

TEST(activation, without_a_name_it_is_unknown) {
  EXPECT_EQ(activated_descriptors("17", "2", "", 17), (descriptors{{3, "unknown"}, {4, "unknown"}}));
  EXPECT_EQ(activated_descriptors("17", "3", "web", 17), (descriptors{{3, "web"}, {4, "unknown"}, {5, "unknown"}}));
  EXPECT_EQ(activated_descriptors("17", "2", ":admin", 17), (descriptors{{3, "unknown"}, {4, "admin"}}));
}

TEST(activation, those_of_another_process_are_none) {
  EXPECT_EQ(activated_descriptors("18", "2", "", 17), descriptors{});
}

TEST(activation, values_that_make_no_sense_mean_none) {
  for (const char* count : {"", "0", "-1", "two", "1x", "1025", "99999999999999999999"})
    EXPECT_EQ(activated_descriptors("17", count, "", 17), descriptors{}) << count;
  EXPECT_EQ(activated_descriptors("", "1", "", 17), descriptors{});
  EXPECT_EQ(activated_descriptors("17", "1024", "", 17).size(), activated_descriptors_limit);
}

TEST(activation, this_program_was_not_activated) { EXPECT_EQ(activated_descriptors(), descriptors{}); }

}  // namespace
}  // namespace dialtone::io
