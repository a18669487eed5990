// SPDX-License-Identifier: Apache-2.0
// A range of addresses that becomes memory from its beginning on, as it is needed: what lives in it never moves, and
// is found by arithmetic. Addresses cost nothing but room in the address space (ulimit -v); memory is a page's at a
// time. Source: mmap(2), mprotect(2).
#pragma once

#include <cstddef>

namespace dialtone::io {

class reserved_memory {
 public:
  /// Reserves `most` bytes of addresses, or half as many until the system has them; throws std::bad_alloc when it has
  /// not even `least`.
  reserved_memory(std::size_t most, std::size_t least);
  ~reserved_memory();
  reserved_memory(const reserved_memory&) = delete;
  reserved_memory& operator=(const reserved_memory&) = delete;

  void* begin() const { return begin_; }
  /// Bytes of addresses.
  std::size_t capacity() const { return capacity_; }
  /// Bytes from the beginning on that are memory.
  std::size_t size() const { return size_; }
  /// Makes the first `bytes` memory, zeroed where they were not. False when the system has none left, or past the
  /// capacity.
  bool grow(std::size_t bytes);

 private:
  void* begin_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

}  // namespace dialtone::io
