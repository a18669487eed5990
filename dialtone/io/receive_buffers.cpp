// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/receive_buffers.hpp>

#include <array>
#include <new>
#include <span>

namespace dialtone::io {

namespace {

#ifdef DIALTONE_NO_POOLS
constexpr std::size_t kept = 0;
#else
constexpr std::size_t kept = 16;  // 1 MiB a thread
#endif

// Buffers that have come back to this thread.
struct returned_buffers {
  std::array<std::byte*, kept + 1> buffer{};
  std::size_t count = 0;
  ~returned_buffers() {
    while (count != 0) ::operator delete(buffer[--count], receive_buffers::size);
  }
};

thread_local returned_buffers returned;
thread_local std::ptrdiff_t borrowed_here = 0;

}  // namespace

std::byte* receive_buffers::borrow() {
  ++borrowed_here;
  return returned.count != 0 ? returned.buffer[--returned.count] : static_cast<std::byte*>(::operator new(size));
}

void receive_buffers::give_back(std::byte* buffer) noexcept {
  --borrowed_here;
  if (returned.count < kept)
    returned.buffer[returned.count++] = buffer;
  else
    ::operator delete(buffer, size);
}

std::ptrdiff_t receive_buffers::borrowed() noexcept { return borrowed_here; }

void receive_buffers::deleter::operator()(std::byte* buffer) const noexcept { give_back(buffer); }

std::byte* receive_buffers::next() {
  if (in_hand_ == nullptr) in_hand_.reset(borrow());
  return in_hand_.get();
}

bytes receive_buffers::take(std::size_t count) {
  if (count < lent_size) return bytes{std::span<const std::byte>{in_hand_.get(), count}};
  std::byte* lent = in_hand_.release();
  return bytes::adopt(
      lent, count,
      [](void* buffer, const std::byte*, std::size_t) noexcept { give_back(static_cast<std::byte*>(buffer)); }, lent);
}

}  // namespace dialtone::io
