// SPDX-License-Identifier: Apache-2.0
#include <dialtone/base/bytes_builder.hpp>

#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

namespace dialtone {
namespace {

static_assert(std::is_nothrow_move_constructible_v<bytes_builder> && !std::is_copy_constructible_v<bytes_builder>);

TEST(bytes_builder, finishes_with_what_was_appended) {
  bytes_builder builder;
  std::string expected;
  for (int round = 0; round < 500; ++round) {
    const std::string piece(static_cast<std::size_t>(round % 37), static_cast<char>('a' + round % 26));
    switch (round % 5) {
      case 0:
        builder.append(piece);
        break;
      case 1:
        builder.append(bytes(piece));
        break;
      case 2:
        builder.append(std::string_view(piece)).append(piece.c_str());
        break;
      case 3:
        builder.append('x').append(std::byte{'y'});
        break;
      case 4:
        builder.append(bytes(piece).span());
        break;
    }
    expected += round % 5 == 3 ? "xy" : round % 5 == 2 ? piece + piece : piece;
    ASSERT_EQ(builder.view(), expected);
    ASSERT_EQ(builder.size(), expected.size());
    ASSERT_LE(builder.size(), builder.capacity());
  }
  EXPECT_EQ(builder.finish(), expected);
}

TEST(bytes_builder, finishes_large_content_without_copying) {
  bytes_builder builder(1000);
  builder.append(std::string(800, 'x'));
  const void* buffer = builder.view().data();
  const bytes data = builder.finish();
  EXPECT_EQ(data.data(), buffer);
  EXPECT_EQ(data.size(), 800u);
  EXPECT_EQ(data.retained_size(), 1000u);
  EXPECT_FALSE(data.is_shared());
}

TEST(bytes_builder, finishes_small_content_inline_and_keeps_nothing) {
  bytes_builder builder(1000);
  builder.append("small");
  const bytes data = builder.finish();
  EXPECT_TRUE(data.is_inline());
  EXPECT_EQ(data, "small");
  EXPECT_EQ(builder.capacity(), 0u);
}

TEST(bytes_builder, is_empty_and_usable_after_it_has_finished_or_moved) {
  bytes_builder builder;
  EXPECT_TRUE(builder.finish().empty());
  builder.append(std::string(100, 'a'));
  EXPECT_EQ(builder.finish(), std::string(100, 'a'));
  EXPECT_TRUE(builder.empty());
  builder.append("again");
  bytes_builder other = std::move(builder);
  EXPECT_TRUE(builder.empty());  // NOLINT: the state after a move is promised
  EXPECT_EQ(other.view(), "again");
  builder.append("new");
  other = std::move(builder);
  EXPECT_EQ(other.view(), "new");
  bytes_builder& same = other;
  other = std::move(same);
  EXPECT_EQ(other.view(), "new");
}

TEST(bytes_builder, allocates_once_for_what_was_reserved) {
  bytes_builder builder;
  builder.reserve(500);
  builder.append("x");
  const void* buffer = builder.view().data();
  builder.append(std::string(499, 'y'));
  EXPECT_EQ(builder.view().data(), buffer);
  builder.reserve(10);
  EXPECT_EQ(builder.capacity(), 500u);
  builder.append('z');
  EXPECT_EQ(builder.view(), "x" + std::string(499, 'y') + "z");
  EXPECT_GE(builder.capacity(), 1000u);
}

TEST(bytes_builder, appends_parts_of_itself_while_it_grows) {
  bytes_builder builder;
  builder.append("0123456789");
  std::string expected = "0123456789";
  for (int round = 0; round < 10; ++round) {
    builder.append(builder.view().substr(3));
    expected += expected.substr(3);
    ASSERT_EQ(builder.view(), expected);
  }
}

TEST(bytes_builder, extends_by_bytes_that_the_caller_writes) {
  bytes_builder builder;
  EXPECT_TRUE(builder.extend(0).empty());
  builder.append("length:");
  for (int round = 0; round < 50; ++round) {
    const std::span<std::byte> added = builder.extend(10);
    ASSERT_EQ(added.size(), 10u);
    std::memset(added.data(), 'x', added.size());
  }
  EXPECT_EQ(builder.finish(), "length:" + std::string(500, 'x'));
}

TEST(bytes_builder, keeps_its_buffer_when_it_is_cleared) {
  bytes_builder builder(100);
  builder.append("abc");
  builder.clear();
  EXPECT_TRUE(builder.empty());
  EXPECT_EQ(builder.capacity(), 100u);
  EXPECT_EQ(builder.append("d").view(), "d");
}

class bytes_builder_death_test : public testing::Test {
 protected:
  // A sanitizer's own thread makes a plain fork unsafe.
  bytes_builder_death_test() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(bytes_builder_death_test, a_size_beyond_the_limit_ends_the_program) {
  bytes_builder builder;
  builder.append("x");
  EXPECT_DEATH(builder.reserve(bytes::max_size + 1), "bytes must be at most");
  EXPECT_DEATH(static_cast<void>(builder.extend(bytes::max_size)), "bytes must be at most");
}

}  // namespace
}  // namespace dialtone
