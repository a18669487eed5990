// SPDX-License-Identifier: Apache-2.0
#include <dialtone/base/bytes.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <ranges>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <dialtone/base/sendable.hpp>

namespace dialtone {
namespace {

using namespace std::string_view_literals;

static_assert(sizeof(bytes) == 24);
static_assert(std::regular<bytes> && std::totally_ordered<bytes>);
static_assert(std::is_nothrow_default_constructible_v<bytes> && std::is_nothrow_move_constructible_v<bytes> &&
              std::is_nothrow_move_assignable_v<bytes> && std::is_nothrow_copy_constructible_v<bytes>);
static_assert(std::is_convertible_v<const char*, bytes> && std::is_convertible_v<std::string_view, bytes> &&
              std::is_convertible_v<std::string&, bytes> && std::is_convertible_v<std::span<const std::byte>, bytes>);
static_assert(!std::is_constructible_v<bytes, std::nullptr_t> && !std::is_constructible_v<bytes, std::size_t>);
static_assert(std::ranges::contiguous_range<const bytes> && std::ranges::sized_range<const bytes>);
static_assert(sendable<bytes> && sendable<std::vector<bytes>> && sendable<std::map<bytes, bytes>>);

constinit const bytes constant;

/// Text of a given length in which every offset can be told from the next ones.
std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('!' + i * 7 % 89);
  return text;
}

/// A lent buffer that counts its releases.
struct lender {
  std::string buffer = pattern(100);
  int releases = 0;
  const void* data = nullptr;
  std::size_t size = 0;

  static void release(void* context, const std::byte* data, std::size_t size) noexcept {
    auto* self = static_cast<lender*>(context);
    ++self->releases;
    self->data = data;
    self->size = size;
  }
  bytes lend(std::size_t count) {
    return bytes::adopt(reinterpret_cast<const std::byte*>(buffer.data()), count, release, this);
  }
};

TEST(bytes, begin_empty) {
  EXPECT_TRUE(constant.empty());
  EXPECT_EQ(constant.size(), 0u);
  EXPECT_EQ(constant.view(), "");
  EXPECT_EQ(constant.begin(), constant.end());
  EXPECT_EQ(bytes(""), bytes());
  EXPECT_EQ(bytes(std::string()), bytes());
  EXPECT_EQ(bytes(std::span<const std::byte>()), bytes());
}

TEST(bytes, of_every_size_hold_what_was_copied) {
  for (std::size_t size = 0; size < 300; ++size) {
    const std::string text = pattern(size);
    const bytes data = text;
    ASSERT_EQ(data.view(), text);
    ASSERT_EQ(data.size(), size);
    ASSERT_EQ(data.is_inline(), size <= bytes::inline_capacity);
    ASSERT_EQ(data.use_count(), size <= bytes::inline_capacity ? 0u : 1u);
    ASSERT_EQ(bytes::copy(std::as_bytes(std::span(text))), data);
    ASSERT_EQ(bytes::copy(std::string_view(text)), data);
    ASSERT_EQ(std::ranges::distance(data), static_cast<std::ptrdiff_t>(size));
    for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(static_cast<char>(data[i]), text[i]);
  }
}

TEST(bytes, hold_any_byte) {
  std::string all(256, '\0');
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<char>(i);
  EXPECT_EQ(bytes(all).view(), all);
  const bytes last_inline = std::string_view(all).substr(256 - bytes::inline_capacity);
  EXPECT_TRUE(last_inline.is_inline());
  EXPECT_EQ(last_inline[bytes::inline_capacity - 1], std::byte{255});
  EXPECT_EQ(bytes("a\0b"sv).size(), 3u);
  EXPECT_EQ(bytes("a\0b").size(), 1u);
}

TEST(bytes, take_the_buffer_of_a_large_string) {
  std::string text = pattern(1000);
  const std::string copied = text;
  const void* buffer = text.data();
  const bytes data = std::move(text);
  EXPECT_EQ(data.data(), buffer);
  EXPECT_EQ(data.view(), copied);
  EXPECT_GE(data.retained_size(), 1000u);
}

TEST(bytes, take_the_buffer_of_a_large_vector) {
  std::vector<std::byte> content(1000, std::byte{7});
  content.reserve(5000);
  const void* buffer = content.data();
  const bytes data = std::move(content);
  EXPECT_EQ(data.data(), buffer);
  EXPECT_EQ(data.size(), 1000u);
  EXPECT_EQ(data.retained_size(), 5000u);
}

TEST(bytes, copy_small_strings_and_vectors_with_large_capacity) {
  std::string text = "small";
  text.reserve(1000);
  const bytes from_text = std::move(text);
  EXPECT_TRUE(from_text.is_inline());
  EXPECT_EQ(from_text, "small");
  std::vector<std::byte> content(bytes::inline_capacity, std::byte{7});
  const bytes from_vector = std::move(content);
  EXPECT_TRUE(from_vector.is_inline());
  EXPECT_EQ(from_vector, std::string(bytes::inline_capacity, '\7'));
}

TEST(bytes, adopted_are_released_once_with_the_last_slice) {
  lender owner;
  bytes tail;
  {
    const bytes whole = owner.lend(100);
    EXPECT_EQ(static_cast<const void*>(whole.data()), owner.buffer.data());
    tail = whole.drop(50);
    EXPECT_EQ(tail.use_count(), 2u);
  }
  EXPECT_EQ(owner.releases, 0);
  EXPECT_EQ(tail.view(), std::string_view(owner.buffer).substr(50));
  tail = bytes();
  EXPECT_EQ(owner.releases, 1);
  EXPECT_EQ(owner.data, owner.buffer.data());
  EXPECT_EQ(owner.size, 100u);
}

TEST(bytes, adopted_that_fit_inline_are_released_at_once) {
  lender owner;
  const bytes small = owner.lend(bytes::inline_capacity);
  EXPECT_EQ(owner.releases, 1);
  EXPECT_TRUE(small.is_inline());
  EXPECT_EQ(small.view(), pattern(bytes::inline_capacity));
  EXPECT_TRUE(owner.lend(0).empty());
  EXPECT_EQ(owner.releases, 2);
}

TEST(bytes, copies_share_and_moves_leave_nothing) {
  for (const std::size_t size : {0u, 5u, 23u, 24u, 1000u}) {
    const std::string text = pattern(size);
    bytes first = text;
    bytes second = first;
    EXPECT_EQ(first.is_shared(), size > bytes::inline_capacity);
    EXPECT_EQ(first, second);
    bytes third = std::move(first);
    EXPECT_TRUE(first.empty());  // NOLINT: the state after a move is promised
    EXPECT_EQ(first.use_count(), 0u);
    EXPECT_EQ(third, text);
    second = std::move(third);
    EXPECT_TRUE(third.empty());  // NOLINT: the same
    EXPECT_EQ(second, text);
    EXPECT_FALSE(second.is_shared());
    first = second;
    EXPECT_EQ(first, text);
  }
}

TEST(bytes, survive_assignment_to_themselves) {
  for (const std::size_t size : {5u, 1000u}) {
    const std::string text = pattern(size);
    bytes data = text;
    bytes& same = data;
    data = same;
    EXPECT_EQ(data, text);
    data = std::move(same);
    EXPECT_EQ(data, text);
    std::swap(data, same);
    EXPECT_EQ(data, text);
    data = data.slice(1, size - 1);
    EXPECT_EQ(data, text.substr(1));
  }
}

TEST(bytes, every_slice_equals_the_substring) {
  for (const std::size_t size : {0u, 1u, 23u, 24u, 60u}) {
    const std::string text = pattern(size);
    const bytes data = text;
    for (std::size_t offset = 0; offset <= size; ++offset) {
      ASSERT_EQ(data.drop(offset), text.substr(offset));
      ASSERT_EQ(data.first(offset), text.substr(0, offset));
      ASSERT_EQ(data.last(offset), text.substr(size - offset));
      for (std::size_t count = 0; count <= size - offset; ++count) {
        const bytes slice = data.slice(offset, count);
        ASSERT_EQ(slice.view(), std::string_view(text).substr(offset, count));
        ASSERT_EQ(slice.is_inline(), count <= bytes::inline_capacity);
        ASSERT_TRUE(slice.is_inline() || slice.data() == data.data() + offset);
      }
    }
    ASSERT_FALSE(data.is_shared());
  }
}

TEST(bytes, a_small_slice_keeps_no_buffer_alive) {
  lender owner;
  bytes slice = owner.lend(100).first(bytes::inline_capacity);
  EXPECT_EQ(owner.releases, 1);
  EXPECT_EQ(slice, pattern(bytes::inline_capacity));
  slice = owner.lend(100).first(bytes::inline_capacity + 1);
  EXPECT_EQ(owner.releases, 1);
}

TEST(bytes, compact_copies_out_of_a_buffer_four_times_as_large) {
  lender owner;
  const bytes whole = owner.lend(100);
  EXPECT_EQ(whole.compact().data(), whole.data());
  EXPECT_EQ(whole.first(26).compact().data(), whole.data());
  const bytes quarter = whole.first(25).compact();
  EXPECT_NE(quarter.data(), whole.data());
  EXPECT_EQ(quarter, pattern(25));
  EXPECT_EQ(quarter.retained_size(), 25u);
  EXPECT_EQ(bytes("small").compact(), "small");
  EXPECT_TRUE(bytes().compact().empty());
}

TEST(bytes, compare_as_unsigned_bytes_with_bytes_and_text) {
  const std::vector<std::string> ordered = {"", "\x01", "a", "aa", "ab", "b", pattern(40), "\x7f", "\x80", "\xff"};
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    for (std::size_t j = 0; j < ordered.size(); ++j) {
      const bytes a = ordered[i], b = ordered[j];
      EXPECT_EQ(a == b, i == j);
      EXPECT_EQ(a == ordered[j], i == j);
      EXPECT_EQ(std::string_view(ordered[i]) == b, i == j);
      EXPECT_EQ(a <=> b, ordered[i] <=> ordered[j]);
      EXPECT_EQ(a <=> ordered[j], ordered[i] <=> ordered[j]);
      EXPECT_EQ(ordered[i] <=> b, ordered[i] <=> ordered[j]);
    }
  }
  EXPECT_TRUE(bytes("abc") == "abc" && "abc" == bytes("abc") && bytes("abc") < "abd" && "abd" > bytes("abc"));
}

TEST(bytes, are_found_in_maps_by_text) {
  std::unordered_map<bytes, int, std::hash<bytes>, std::equal_to<>> hashed = {{"one", 1}, {pattern(100), 2}};
  EXPECT_EQ(hashed.find("one")->second, 1);
  EXPECT_EQ(hashed.find(std::string_view("one"))->second, 1);
  EXPECT_EQ(hashed.find(pattern(100))->second, 2);
  EXPECT_EQ(hashed.find(bytes("one"))->second, 1);
  EXPECT_EQ(hashed.find("two"), hashed.end());
  std::map<bytes, int, std::less<>> ordered = {{"one", 1}};
  EXPECT_EQ(ordered.find("one")->second, 1);
  EXPECT_EQ(ordered.find("on"sv), ordered.end());
  EXPECT_EQ(std::hash<bytes>()(bytes("one")), std::hash<std::string_view>()("one"));
}

TEST(bytes, find_and_starts_with_look_at_the_slice_only) {
  const bytes data = bytes("GET / HTTP/1.1\r\nHost: example\r\n\r\n").drop(4);
  EXPECT_EQ(data.find("\r\n"), 10u);
  EXPECT_EQ(data.find("\r\n", 11), 25u);
  EXPECT_EQ(data.find("GET"), bytes::npos);
  EXPECT_EQ(data.find('/'), 0u);
  EXPECT_EQ(data.find('/', 1), 6u);
  EXPECT_EQ(data.find('/', 1000), bytes::npos);
  EXPECT_TRUE(data.starts_with("/ HTTP") && data.starts_with("") && !data.starts_with("GET"));
  EXPECT_TRUE(data.ends_with("\r\n\r\n") && !data.first(10).ends_with("\r\n"));
}

TEST(bytes, are_formatted_as_escaped_text) {
  EXPECT_EQ(fmt::format("{}", bytes("plain \"text\"~")), "plain \"text\"~");
  EXPECT_EQ(fmt::format("{}", bytes("\r\n\t\\\0\x1f\x7f\xff"sv)), R"(\r\n\t\\\x00\x1f\x7f\xff)");
  EXPECT_EQ(fmt::format("[{:>4.2}]", bytes("abcd")), "[  ab]");
  EXPECT_EQ(fmt::format("{}", bytes(pattern(100))).size(), 100u + 1u * std::ranges::count(pattern(100), '\\'));
}

TEST(bytes, concat_joins_text_and_bytes) {
  const std::string large = pattern(50);
  EXPECT_EQ(concat({}), "");
  EXPECT_EQ(concat({"a", bytes(), std::string("bc"), "d"sv}), "abcd");
  EXPECT_TRUE(concat({pattern(10), pattern(13)}).is_inline());
  EXPECT_EQ(concat({pattern(10), pattern(13)}), pattern(10) + pattern(13));
  EXPECT_EQ(concat({bytes(large), "-", bytes(large).span()}), large + "-" + large);
  EXPECT_EQ(concat({large, "-"}).retained_size(), large.size() + 1);
}

TEST(bytes, threads_share_the_count_of_references) {
  static constexpr int thread_count = 4;
  static constexpr int rounds = 2000;
  lender owner;
  std::atomic<int> mistakes = 0;
  {
    const bytes whole = owner.lend(100);
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < thread_count; ++thread) {
      threads.emplace_back([mine = whole, &mistakes] {
        std::vector<bytes> slices;
        for (int round = 0; round < rounds; ++round) {
          slices.push_back(mine.drop(static_cast<std::size_t>(round % 70)));
          if (slices.back().view() != mine.view().substr(mine.size() - slices.back().size())) ++mistakes;
          if (slices.size() == 8) slices.clear();
        }
      });
    }
  }
  EXPECT_EQ(mistakes, 0);
  EXPECT_EQ(owner.releases, 1);
}

TEST(bytes, all_reads_of_a_buffer_happen_before_its_release) {
  for (int round = 0; round < 200; ++round) {
    // The release writes to what both threads read: a race, unless dropping the last slice comes after dropping all
    // others.
    std::string buffer = pattern(100);
    bytes first = bytes::adopt(
        reinterpret_cast<const std::byte*>(buffer.data()), buffer.size(),
        [](void* context, const std::byte*, std::size_t) noexcept {
          static_cast<std::string*>(context)->assign("gone");
        },
        &buffer);
    std::atomic<std::size_t> found = 0;
    {
      const std::jthread one([slice = first, &found] { found += slice.find('!'); });
      const std::jthread two([slice = std::move(first), &found] { found += slice.find('!'); });
    }
    ASSERT_EQ(found, 0u);
    ASSERT_EQ(buffer, "gone");
  }
}

class bytes_death_test : public testing::Test {
 protected:
  // A sanitizer's own thread makes a plain fork unsafe.
  bytes_death_test() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(bytes_death_test, positions_beyond_the_end_end_the_program) {
  const bytes small = "abc";
  const bytes large = pattern(100);
  EXPECT_DEATH(static_cast<void>(small[3]), "an index into bytes must be less than their size");
  EXPECT_DEATH(static_cast<void>(small.slice(4, 0)), "a slice of bytes must begin within them");
  EXPECT_DEATH(static_cast<void>(large.slice(50, 51)), "a slice of bytes must end within them");
  EXPECT_DEATH(static_cast<void>(large.slice(1, bytes::npos)), "a slice of bytes must end within them");
  EXPECT_DEATH(static_cast<void>(large.first(101)), "a slice of bytes must end within them");
  EXPECT_DEATH(static_cast<void>(large.last(101)), "the last of bytes must be at most all of them");
  EXPECT_DEATH(static_cast<void>(large.drop(101)), "what is dropped from bytes must be at most all of them");
  EXPECT_DEATH(static_cast<void>(bytes::adopt(large.data(), 100, nullptr, nullptr)), "needs a function that releases");
  EXPECT_DEATH(static_cast<void>(bytes::adopt(large.data(), bytes::max_size + 1, lender::release, nullptr)),
               "bytes must be at most");
}

}  // namespace
}  // namespace dialtone
