// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/uring_buffers.hpp>

#include <sys/mman.h>
#include <cerrno>
#include <memory>
#include <system_error>

#include <dialtone/io/receive_buffers.hpp>

namespace dialtone::io {

struct uring_buffers::buffer {
  std::byte* memory = receive_buffers::borrow();
  std::size_t used = 0;                      // in bytes, from its beginning
  std::atomic<std::uint32_t> references{1};  // the ring's, and one for each piece that was lent
};

void uring_buffers::release(buffer* used) noexcept {
  if (used->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  receive_buffers::give_back(used->memory);
  delete used;
}

uring_buffers::uring_buffers(uring_ring& ring, const uring_options& options) {
  shared_ = options.may_share_buffers && enlist(ring, options.buffers, true);
  if (!shared_ && !enlist(ring, options.whole_buffers, false))
    throw std::system_error{errno, std::generic_category(), "io_uring has no rings of buffers"};
  for (std::size_t id = 0; id < buffers_.size(); ++id) provide(static_cast<std::uint16_t>(id));
}

uring_buffers::~uring_buffers() {
  unmap();
  for (buffer* each : buffers_)
    if (each != nullptr) release(each);
}

void uring_buffers::map(std::uint32_t count) {
  mapped_ = count * sizeof(io_uring_buf);
  void* mapped = ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::system_error{errno, std::generic_category(), "mmap of a ring of buffers"};
  // The kernel has pinned the page: a child must not make the parent write to a copy.
  ::madvise(mapped, mapped_, MADV_DONTFORK);
  ring_ = static_cast<io_uring_buf_ring*>(mapped);
}

void uring_buffers::unmap() {
  if (ring_ != nullptr) ::munmap(ring_, mapped_);
  ring_ = nullptr;
}

bool uring_buffers::enlist(uring_ring& ring, std::uint32_t count, bool shared) {
  map(count);
  io_uring_buf_reg enlisted{};
  enlisted.ring_addr = reinterpret_cast<std::uintptr_t>(ring_);
  enlisted.ring_entries = count;
  enlisted.bgid = group;
  enlisted.pad = shared ? uring_buffers_incremental : 0;  // newer headers call it flags
  if (const int error = ring.registered(IORING_REGISTER_PBUF_RING, &enlisted, 1); error != 0) {
    unmap();
    errno = error;
    return false;
  }
  buffers_.resize(count);
  return true;
}

void uring_buffers::provide(std::uint16_t id) {
  buffer*& place = buffers_[id];
  if (place != nullptr && place->references.load(std::memory_order_acquire) != 1)
    release(std::exchange(place, nullptr));
  if (place == nullptr) place = new buffer;
  place->used = 0;
  // Not through `bufs`, which the headers declare differently for C++.
  auto* entries = reinterpret_cast<io_uring_buf*>(ring_);
  io_uring_buf& entry = entries[tail_ & (buffers_.size() - 1)];
  entry.addr = reinterpret_cast<std::uintptr_t>(place->memory);
  entry.len = receive_buffers::size;
  entry.bid = id;
  std::atomic_ref<std::uint16_t>{ring_->tail}.store(++tail_, std::memory_order_release);
}

bytes uring_buffers::take(std::uint16_t id, std::size_t count, bool goes_on) {
  buffer* used = buffers_[id];
  const std::byte* data = used->memory + used->used;
  bytes taken;
  if (count < receive_buffers::lent_size) {
    taken = bytes{std::span{data, count}};
  } else {
    used->references.fetch_add(1, std::memory_order_relaxed);
    taken = bytes::adopt(
        data, count,
        [](void* lender, const std::byte*, std::size_t) noexcept { release(static_cast<buffer*>(lender)); }, used);
  }
  used->used += count;
  if (!goes_on) provide(id);
  return taken;
}

}  // namespace dialtone::io
