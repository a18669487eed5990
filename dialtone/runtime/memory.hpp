// SPDX-License-Identifier: Apache-2.0
// Memory of coroutine frames, messages and the runtime's small objects: free lists by size, one set for each thread,
// filled from mimalloc. A block may be released on another thread than the one that allocated it; it then serves there.
// Blocks are whole cache lines for that reason: neighbours may serve two schedulers, which would otherwise share a line
// and be half as fast.
//
// In builds with sanitizers (DIALTONE_NO_POOLS) every block is an allocation of its own, so that leaks and uses after
// free are seen.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>

namespace dialtone::detail {

#ifdef DIALTONE_NO_POOLS
inline void* allocate(std::size_t size) { return ::operator new(size); }
inline void release(void* block, std::size_t size) noexcept { ::operator delete(block, size); }
inline void release_foreign(void* block, std::size_t size) noexcept { release(block, size); }
inline void trim_pool() noexcept {}
#else

struct free_block {
  free_block* next;
};

struct memory_pool {
  static constexpr std::size_t granularity = 64;                     // a cache line
  static constexpr std::size_t class_count = 1 + 512 / granularity;  // frames and messages are seldom larger
  /// How many bytes of one class a thread keeps: enough for a burst of a thousand frames, 2 MiB a thread at worst.
  static constexpr std::size_t kept_bytes = 256 * 1024;

  std::array<free_block*, class_count> free{};
  std::array<std::uint32_t, class_count> count{};
};

constinit inline thread_local memory_pool this_pool{};

void* allocate_slow(std::size_t size);
void release_slow(void* block) noexcept;
/// Gives what the calling thread keeps back to the allocator; a scheduler calls it when its thread ends.
void trim_pool() noexcept;

inline void* allocate(std::size_t size) {
  std::size_t index = (size + memory_pool::granularity - 1) / memory_pool::granularity;
  if (index < memory_pool::class_count) {
    if (free_block* block = this_pool.free[index]) [[likely]] {
      this_pool.free[index] = block->next;
      --this_pool.count[index];
      return block;
    }
    return allocate_slow(index * memory_pool::granularity);
  }
  return allocate_slow(size);
}

inline void release(void* block, std::size_t size) noexcept {
  std::size_t index = (size + memory_pool::granularity - 1) / memory_pool::granularity;
  if (index < memory_pool::class_count &&
      this_pool.count[index] < memory_pool::kept_bytes / memory_pool::granularity / (index + 1)) [[likely]] {
    auto* freed = static_cast<free_block*>(block);
    freed->next = this_pool.free[index];
    this_pool.free[index] = freed;
    ++this_pool.count[index];
    return;
  }
  release_slow(block);
}

/// For a block that another thread has allocated: it goes back to that one's pages. What lives long is better not made
/// of such: among the other thread's own blocks it is slow even in lines of its own, as processors fetch neighbours.
inline void release_foreign(void* block, std::size_t) noexcept { release_slow(block); }
#endif

}  // namespace dialtone::detail
