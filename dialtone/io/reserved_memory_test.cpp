// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/reserved_memory.hpp>

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace dialtone::io {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t gibibyte = std::size_t{1} << 30;

TEST(reserved_memory, grows_from_its_beginning_and_never_moves) {
  reserved_memory range{gibibyte, gibibyte};
  EXPECT_EQ(range.capacity(), gibibyte);
  EXPECT_EQ(range.size(), 0u);
  ASSERT_TRUE(range.grow(1));
  auto* bytes = static_cast<unsigned char*>(range.begin());
  EXPECT_EQ(bytes[0], 0);
  bytes[0] = 1;
  ASSERT_TRUE(range.grow(100 * page));
  EXPECT_GE(range.size(), 100 * page);
  EXPECT_EQ(range.begin(), bytes);
  EXPECT_EQ(bytes[0], 1);
  EXPECT_EQ(bytes[100 * page - 1], 0);
}

TEST(reserved_memory, does_not_shrink) {
  reserved_memory range{16 * page, page};
  ASSERT_TRUE(range.grow(4 * page));
  EXPECT_TRUE(range.grow(page));
  EXPECT_GE(range.size(), 4 * page);
}

TEST(reserved_memory, grows_to_its_capacity_and_not_past_it) {
  reserved_memory range{4 * 65536, page};
  EXPECT_TRUE(range.grow(range.capacity()));
  EXPECT_FALSE(range.grow(range.capacity() + 1));
  EXPECT_EQ(range.size(), range.capacity());
}

TEST(reserved_memory, that_the_system_does_not_have_is_an_exception) {
  EXPECT_THROW((reserved_memory{std::size_t{1} << 60, std::size_t{1} << 59}), std::bad_alloc);
}

#ifndef DIALTONE_NO_POOLS  // sanitizers need the address space for themselves

void reserve_with_little_address_space() {
  rlimit little{gibibyte, gibibyte};
  if (::setrlimit(RLIMIT_AS, &little) != 0) std::_Exit(1);
  reserved_memory range{4 * gibibyte, gibibyte / 64};
  bool smaller = range.capacity() < gibibyte && range.capacity() >= gibibyte / 64 && range.grow(range.capacity());
  std::_Exit(smaller ? 0 : 1);
}

TEST(reserved_memory_death, is_smaller_where_there_are_few_addresses) {
  EXPECT_EXIT(reserve_with_little_address_space(), testing::ExitedWithCode(0), "");
}

#endif

}  // namespace
}  // namespace dialtone::io
