// SPDX-License-Identifier: Apache-2.0
#include <dialtone/base/bytes_list.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>
#include <dialtone/base/sendable.hpp>

namespace dialtone {
namespace {

static_assert(std::regular<bytes_list> && std::is_nothrow_move_constructible_v<bytes_list> &&
              std::is_nothrow_move_assignable_v<bytes_list>);
static_assert(sendable<bytes_list>);

std::string joined(const bytes_list& list) {
  std::string text;
  for (const bytes& piece : list) {
    EXPECT_FALSE(piece.empty());
    text += piece.view();
  }
  EXPECT_EQ(text.size(), list.size());
  return text;
}

TEST(bytes_list, holds_the_pieces_in_order) {
  const bytes large = std::string(100, 'x');
  bytes_list list = {"head:", large};
  list.append("small").append(std::string(50, 'y')).append(std::string_view("end"));
  EXPECT_EQ(joined(list), "head:" + std::string(100, 'x') + "small" + std::string(50, 'y') + "end");
  EXPECT_EQ(list.flatten(), joined(list));
  EXPECT_EQ(list.piece_count(), 5u);
}

TEST(bytes_list, shares_large_pieces) {
  const bytes large = std::string(100, 'x');
  bytes_list list = large;
  EXPECT_EQ(list.begin()->data(), large.data());
  list.append(large.drop(10));
  EXPECT_EQ(large.use_count(), 3u);
}

TEST(bytes_list, joins_small_neighbours_up_to_the_inline_capacity) {
  bytes_list list;
  for (std::size_t i = 0; i < bytes::inline_capacity; ++i) list.append("x");
  EXPECT_EQ(list.piece_count(), 1u);
  EXPECT_TRUE(list.begin()->is_inline());
  list.append("y");
  EXPECT_EQ(list.piece_count(), 2u);
  EXPECT_EQ(joined(list), std::string(bytes::inline_capacity, 'x') + "y");
}

TEST(bytes_list, has_no_empty_pieces) {
  bytes_list list = {"", bytes(), std::string()};
  list.append("").append(bytes_list());
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.piece_count(), 0u);
  EXPECT_TRUE(list.flatten().empty());
}

TEST(bytes_list, appends_lists_by_sharing_their_pieces) {
  const bytes large = std::string(100, 'x');
  const bytes_list inner = {large, "inner"};
  bytes_list outer = {"outer"};
  outer.append(inner).append(inner);
  EXPECT_EQ(joined(outer), "outer" + std::string(100, 'x') + "inner" + std::string(100, 'x') + "inner");
  EXPECT_EQ(inner.size(), 105u);
  EXPECT_EQ(large.use_count(), 4u);
  bytes_list moved = inner;
  outer.clear();
  outer.append(std::move(moved));
  EXPECT_EQ(outer, inner);
  EXPECT_TRUE(moved.empty());  // NOLINT: the state after a move is promised
}

TEST(bytes_list, appends_itself) {
  bytes_list list = {std::string(30, 'a'), std::string(30, 'b')};
  const std::string once = joined(list);
  list.append(list);
  EXPECT_EQ(joined(list), once + once);
  bytes_list& same = list;
  list.append(std::move(same));
  EXPECT_EQ(joined(list), once + once + once + once);
}

TEST(bytes_list, flattens_a_single_piece_without_copying) {
  const bytes large = std::string(100, 'x');
  EXPECT_EQ(bytes_list(large).flatten().data(), large.data());
}

TEST(bytes_list, is_empty_after_it_was_moved_and_survives_itself) {
  bytes_list list = {std::string(100, 'x'), "y"};
  const bytes_list copy = list;
  bytes_list& same = list;
  list = same;
  EXPECT_EQ(list, copy);
  list = std::move(same);
  EXPECT_EQ(list, copy);
  const bytes_list other = std::move(list);
  EXPECT_EQ(other, copy);
  EXPECT_TRUE(list.empty() && list.piece_count() == 0);  // NOLINT: the state after a move is promised
}

TEST(bytes_list, equality_does_not_see_the_cuts) {
  const std::string text(100, 'x');
  const bytes_list whole = bytes(text);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    bytes_list parts = {text.substr(0, cut), text.substr(cut)};
    ASSERT_EQ(parts, whole);
    ASSERT_EQ(whole, parts);
    parts.append("y");
    ASSERT_NE(parts, whole);
    std::string different = text;
    if (cut < text.size()) {
      different[cut] = 'z';
      ASSERT_NE(bytes_list(different), whole);
    }
  }
  EXPECT_EQ(bytes_list(), bytes_list(bytes()));
}

}  // namespace
}  // namespace dialtone
