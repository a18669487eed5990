// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/thrown.hpp>

#include <gtest/gtest.h>
#include <unwind.h>

#include <cstring>
#include <optional>
#include <stdexcept>

namespace dialtone::detail {
namespace {

template <class Exception, class Look>
void while_handling(Exception exception, Look look) {
  try {
    throw exception;
  } catch (...) {
    look(thrown{});
  }
}

struct speechless : std::exception {
  const char* what() const noexcept override { return nullptr; }
};

// The second base lies behind the first one: its address is another.
struct ticket {
  long number = 17;
};
struct ticketed_failure : ticket, std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct secret_failure : private std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct shared_base : virtual std::runtime_error {
  shared_base() : std::runtime_error{"virtual"} {}
};
struct left_half : std::exception {};
struct right_half : std::exception {};
struct two_halves : left_half, right_half {};

TEST(thrown, knows_the_type_and_the_text_of_a_standard_exception) {
  while_handling(std::out_of_range{"past the end"}, [](const thrown& failure) {
    EXPECT_EQ(failure.type(), "std::out_of_range");
    EXPECT_EQ(failure.text(), "past the end");
    EXPECT_EQ(failure.in_words(), "past the end");
    EXPECT_NE(failure.as<std::out_of_range>(), nullptr);
    EXPECT_NE(failure.as<std::logic_error>(), nullptr);
    EXPECT_EQ(failure.as<std::runtime_error>(), nullptr);
  });
}

TEST(thrown, finds_a_base_that_does_not_stand_first) {
  while_handling(ticketed_failure{"sold out"}, [](const thrown& failure) {
    ASSERT_NE(failure.as<ticket>(), nullptr);
    EXPECT_EQ(failure.as<ticket>()->number, 17);
    ASSERT_NE(failure.as<std::runtime_error>(), nullptr);
    EXPECT_STREQ(failure.as<std::runtime_error>()->what(), "sold out");
    EXPECT_EQ(failure.text(), "sold out");
  });
}

TEST(thrown, finds_a_virtual_base) {
  while_handling(shared_base{}, [](const thrown& failure) { EXPECT_EQ(failure.text(), "virtual"); });
}

TEST(thrown, takes_for_a_base_only_what_a_handler_would) {
  while_handling(secret_failure{"private"}, [](const thrown& failure) {
    EXPECT_EQ(failure.as<std::exception>(), nullptr);
    EXPECT_EQ(failure.text(), "");
  });
  while_handling(two_halves{}, [](const thrown& failure) {
    EXPECT_EQ(failure.as<std::exception>(), nullptr);
    EXPECT_NE(failure.as<right_half>(), nullptr);
  });
}

TEST(thrown, knows_the_type_of_what_is_no_class) {
  while_handling(42, [](const thrown& failure) {
    EXPECT_EQ(failure.type(), "int");
    EXPECT_EQ(failure.text(), "");
    EXPECT_EQ(failure.in_words(), "something that is not a std::exception");
  });
  std::runtime_error pointed_to{"behind a pointer"};
  while_handling(&pointed_to, [](const thrown& failure) {
    EXPECT_EQ(failure.type(), "std::runtime_error*");
    EXPECT_EQ(failure.as<std::exception>(), nullptr);
  });
}

TEST(thrown, survives_a_text_that_is_a_null_pointer) {
  while_handling(speechless{}, [](const thrown& failure) {
    EXPECT_NE(failure.as<std::exception>(), nullptr);
    EXPECT_EQ(failure.text(), "");
    EXPECT_EQ(failure.in_words(), "an exception without a text");
  });
}

TEST(thrown, sees_through_an_exception_that_is_thrown_again_from_its_pointer) {
  std::exception_ptr kept = std::make_exception_ptr(std::range_error{"kept"});
  try {
    std::rethrow_exception(kept);
  } catch (...) {
    EXPECT_EQ(thrown{}.type(), "std::range_error");
    EXPECT_EQ(thrown{}.text(), "kept");
    EXPECT_EQ(thrown{}.pointer(), kept);
  }
}

struct object_of_another_language {
  unsigned char before[256];  // where an exception of C++ has its header
  _Unwind_Exception object;
};

TEST(thrown, asks_nothing_of_what_another_language_has_thrown) {
  static object_of_another_language foreign;
  std::memset(foreign.before, 0x5a, sizeof foreign.before);
  foreign.object.exception_class = 0x6f74686572000000;
  bool is_caught = false;
  try {
    _Unwind_RaiseException(&foreign.object);
  } catch (...) {
    is_caught = true;
    const thrown failure;
    EXPECT_EQ(failure.pointer(), nullptr);
    EXPECT_EQ(failure.as<std::exception>(), nullptr);
    EXPECT_EQ(failure.type(), "unknown exception");
    EXPECT_EQ(failure.in_words(), "something that is not a std::exception");
  }
  EXPECT_TRUE(is_caught);
}

TEST(thrown, is_empty_outside_of_a_handler) {
  EXPECT_EQ(thrown{}.pointer(), nullptr);
  EXPECT_EQ(thrown{}.as<std::exception>(), nullptr);
  EXPECT_EQ(thrown{}.type(), "unknown exception");
  EXPECT_EQ(thrown{}.text(), "");
}

TEST(thrown, lives_longer_than_the_handler) {
  std::optional<thrown> failure;
  try {
    throw std::domain_error{"outlived"};
  } catch (...) {
    failure.emplace();
  }
  EXPECT_EQ(failure->text(), "outlived");
  EXPECT_EQ(failure->type(), "std::domain_error");
}

}  // namespace
}  // namespace dialtone::detail
