// SPDX-License-Identifier: Apache-2.0
// The head of a buffer that slices of bytes share: the count of references, and how to free it. For bytes.hpp and
// bytes_builder.hpp only. Every buffer is an allocation of its own, never pooled.
#pragma once

#include <atomic>
#include <cstddef>

namespace dialtone::detail {

class bytes_owner {
 public:
  using destroy_function = void (*)(bytes_owner* self) noexcept;

  bytes_owner(std::size_t retained_size, destroy_function destroy) : retained_size_(retained_size), destroy_(destroy) {}
  bytes_owner(const bytes_owner&) = delete;
  bytes_owner& operator=(const bytes_owner&) = delete;

  /// An owner with `capacity` bytes behind it, in one allocation.
  static bytes_owner* allocate(std::size_t capacity);
  /// The bytes behind an allocated owner.
  std::byte* buffer() noexcept { return reinterpret_cast<std::byte*>(this + 1); }

  void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    // A slice that is alone needs no second atomic write: nobody else is left who could take or drop a reference.
    if (references_.load(std::memory_order_acquire) == 1 || references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      destroy_(this);
    }
  }
  std::size_t use_count() const noexcept { return references_.load(std::memory_order_relaxed); }
  std::size_t retained_size() const noexcept { return retained_size_; }

 protected:
  ~bytes_owner() = default;

 private:
  std::atomic<std::size_t> references_ = 1;
  std::size_t retained_size_;
  destroy_function destroy_;
};

}  // namespace dialtone::detail
