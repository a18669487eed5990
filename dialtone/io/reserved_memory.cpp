// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/reserved_memory.hpp>

#include <sys/mman.h>
#include <unistd.h>
#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/lsan_interface.h>
#define DIALTONE_TELLS_LEAK_CHECKER 1
#endif
#endif

namespace dialtone::io {

namespace {

std::size_t whole_pages(std::size_t bytes) {
  static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

}  // namespace

reserved_memory::reserved_memory(std::size_t most, std::size_t least) {
  for (capacity_ = whole_pages(most); capacity_ >= least; capacity_ = whole_pages(capacity_ / 2)) {
    begin_ = ::mmap(nullptr, capacity_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (begin_ != MAP_FAILED) return;
  }
  throw std::bad_alloc{};
}

reserved_memory::~reserved_memory() {
#ifdef DIALTONE_TELLS_LEAK_CHECKER
  if (size_ != 0) __lsan_unregister_root_region(begin_, size_);
#endif
  ::munmap(begin_, capacity_);
}

bool reserved_memory::grow(std::size_t bytes) {
  bytes = whole_pages(bytes);
  if (bytes <= size_) return true;
  if (bytes > capacity_) return false;
  if (::mprotect(static_cast<std::byte*>(begin_) + size_, bytes - size_, PROT_READ | PROT_WRITE) != 0) return false;
#ifdef DIALTONE_TELLS_LEAK_CHECKER
  // It looks for pointers in what was allocated, which this was not.
  if (size_ != 0) __lsan_unregister_root_region(begin_, size_);
  __lsan_register_root_region(begin_, bytes);
#endif
  size_ = bytes;
  return true;
}

}  // namespace dialtone::io
