// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/memory.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone::detail {
namespace {

TEST(memory, blocks_of_every_size_are_whole_and_aligned) {
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  for (std::size_t size = 1; size <= 2000; ++size) {
    auto* block = static_cast<unsigned char*>(allocate(size));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 16, 0u);
    std::memset(block, static_cast<int>(size % 251), size);
    blocks.emplace_back(block, size);
  }
  for (auto [block, size] : blocks) {
    for (std::size_t index = 0; index < size; ++index) ASSERT_EQ(block[index], size % 251);
    release(block, size);
  }
}

TEST(memory, a_block_may_be_released_by_another_thread) {
  std::vector<void*> blocks;
  for (int count = 0; count < 1000; ++count) blocks.push_back(allocate(64));
  std::thread{[&] {
    for (void* each : blocks) release(each, 64);
    void* own = allocate(64);
    release(own, 64);
    trim_pool();
  }}.join();
}

#ifndef DIALTONE_NO_POOLS

std::size_t kept_by_this_thread() {
  std::size_t bytes = 0;
  for (std::size_t index = 0; index < memory_pool::class_count; ++index)
    bytes += this_pool.count[index] * index * memory_pool::granularity;
  return bytes;
}

TEST(memory, a_released_block_is_the_next_of_its_size) {
  trim_pool();
  void* block = allocate(100);
  release(block, 100);
  EXPECT_NE(allocate(64), block) << "a smaller class";
  EXPECT_EQ(allocate(128), block) << "the same class, as 100 is rounded up";
  release(block, 128);
  trim_pool();
}

TEST(memory, no_two_blocks_share_a_cache_line) {
  for (std::size_t size : {1uz, 48uz, 64uz, 65uz, 512uz, 513uz, 1000uz, 5000uz}) {
    std::set<std::uintptr_t> lines;
    std::vector<void*> blocks;
    for (int count = 0; count < 100; ++count) {
      auto address = reinterpret_cast<std::uintptr_t>(blocks.emplace_back(allocate(size)));
      for (std::uintptr_t line = address / 64; line <= (address + size - 1) / 64; ++line)
        EXPECT_TRUE(lines.insert(line).second) << "of " << size << " bytes";
    }
    for (void* each : blocks) release(each, size);
  }
  trim_pool();
}

TEST(memory, a_thread_keeps_so_many_bytes_of_a_class_and_no_more) {
  for (std::size_t size : {std::size_t{16}, std::size_t{128}, std::size_t{512}}) {
    trim_pool();
    std::vector<void*> blocks;
    for (std::size_t count = 0; count < 2 * memory_pool::kept_bytes / size; ++count) blocks.push_back(allocate(size));
    for (void* each : blocks) release(each, size);
    EXPECT_LE(kept_by_this_thread(), memory_pool::kept_bytes);
    EXPECT_GE(kept_by_this_thread(), memory_pool::kept_bytes / 2);
  }
  trim_pool();
}

TEST(memory, large_blocks_are_not_kept) {
  trim_pool();
  void* block = allocate(513);
  release(block, 513);
  EXPECT_EQ(kept_by_this_thread(), 0u);
}

TEST(memory, trim_gives_everything_back) {
  for (std::size_t size = 16; size <= 512; size += 16) {
    void* one = allocate(size);
    void* other = allocate(size);
    release(one, size);
    release(other, size);
  }
  EXPECT_NE(kept_by_this_thread(), 0u);
  trim_pool();
  EXPECT_EQ(kept_by_this_thread(), 0u);
  for (std::size_t index = 0; index < memory_pool::class_count; ++index) EXPECT_EQ(this_pool.free[index], nullptr);
}

TEST(memory, a_block_that_came_from_another_thread_serves_here) {
  trim_pool();
  void* foreign = nullptr;
  std::thread{[&] { foreign = allocate(48); }}.join();
  release(foreign, 48);
  EXPECT_EQ(allocate(48), foreign);
  release(foreign, 48);
  trim_pool();
}

TEST(memory, a_runtime_leaves_nothing_in_the_pool_of_the_thread_that_ends_it) {
  trim_pool();
  {
    testing::stepped_runtime rt;
    rt.run([]() -> process<> { co_return; });
  }
  EXPECT_EQ(kept_by_this_thread(), 0u);
}

#endif

}  // namespace
}  // namespace dialtone::detail
