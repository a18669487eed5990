// SPDX-License-Identifier: Apache-2.0
// The buffers that the kernel receives into (a ring of IORING_REGISTER_PBUF_RING): it takes one when data has come, so
// an idle connection holds none. Where it can (Linux 6.12) it fills a buffer with one message after the other, so that
// small messages lie close together and large ones fit. A small piece is copied out; a large one is lent, and a buffer
// that has lent pieces is replaced by another, so the ring never runs dry because somebody keeps what he received.
// For one uring_driver, on its thread; what it has lent may be dropped on any thread. Destroyed after its ring.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <dialtone/base/bytes.hpp>
#include <dialtone/io/uring_ring.hpp>

namespace dialtone::io {

class uring_buffers {
 public:
  static constexpr std::uint16_t group = 0;

  /// Throws std::system_error when the kernel has no such rings.
  uring_buffers(uring_ring& ring, const uring_options& options);
  ~uring_buffers();
  uring_buffers(const uring_buffers&) = delete;
  uring_buffers& operator=(const uring_buffers&) = delete;

  /// What a completion says to lie in buffer `id`, in the order of completions; `goes_on`: the kernel has not done with
  /// the buffer.
  bytes take(std::uint16_t id, std::size_t count, bool goes_on);
  /// Whether messages share a buffer.
  bool are_shared() const { return shared_; }

 private:
  struct buffer;
  static void release(buffer* used) noexcept;
  bool enlist(uring_ring& ring, std::uint32_t count, bool shared);
  void map(std::uint32_t count);
  void unmap();
  void provide(std::uint16_t id);

  io_uring_buf_ring* ring_ = nullptr;
  std::size_t mapped_ = 0;
  std::uint16_t tail_ = 0;
  bool shared_ = false;
  std::vector<buffer*> buffers_;  // by id
};

}  // namespace dialtone::io
