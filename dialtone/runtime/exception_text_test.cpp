// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/exception_text.hpp>

#include <stdexcept>

#include <gtest/gtest.h>

namespace dialtone::detail {
namespace {

struct says_null : std::exception {
  const char* what() const noexcept override { return nullptr; }
};

template <class Thrown>
std::string said_of(const Thrown& thrown) {
  try {
    throw thrown;
  } catch (...) {
    return std::string{current_exception_text()};
  }
}

TEST(exception_text, is_what_the_exception_says) {
  EXPECT_EQ(exception_text(std::runtime_error{"out of paper"}), "out of paper");
  EXPECT_EQ(said_of(std::runtime_error{"out of paper"}), "out of paper");
  EXPECT_EQ(said_of(std::runtime_error{""}), "");
}

TEST(exception_text, of_one_that_says_nothing_is_no_null_pointer) {
  EXPECT_EQ(exception_text(says_null{}), "");
  EXPECT_EQ(said_of(says_null{}), "an exception without a text");
  EXPECT_EQ(said_of(7), "something that is not a std::exception");
}

}  // namespace
}  // namespace dialtone::detail
