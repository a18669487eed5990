// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/memory.hpp>

#ifndef DIALTONE_NO_POOLS
#include <mimalloc.h>

namespace dialtone::detail {

void* allocate_slow(std::size_t size) {
  constexpr auto alignment = std::uintptr_t{memory_pool::granularity};
  // Its pages begin with a line, so blocks of whole lines do too; asked for an alignment, it would make each of more
  // than 128 bytes a line longer, to move what it returns.
  void* block = mi_malloc((size + alignment - 1) / alignment * alignment);
  if (reinterpret_cast<std::uintptr_t>(block) % alignment != 0) [[unlikely]] {
    mi_free(block);
    block = mi_malloc_aligned(size, alignment);
  }
  if (block == nullptr) throw std::bad_alloc{};
  return block;
}

void release_slow(void* block) noexcept { mi_free(block); }

void trim_pool() noexcept {
  for (std::size_t index = 0; index < memory_pool::class_count; ++index) {
    while (free_block* block = this_pool.free[index]) {
      this_pool.free[index] = block->next;
      mi_free(block);
    }
    this_pool.count[index] = 0;
  }
}

}  // namespace dialtone::detail
#endif
