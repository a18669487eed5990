// SPDX-License-Identifier: Apache-2.0
// The rings of io_uring_setup(2), mapped: submissions go in, completions come out. A thin layer for uring_driver. The
// first thread that enters is the one that the kernel serves from then on (IORING_SETUP_SINGLE_ISSUER); any thread may
// make and destroy it. Children of a fork inherit neither the descriptor (over exec) nor the mappings.
#pragma once

#include <linux/io_uring.h>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <dialtone/base/time.hpp>

namespace dialtone::io {

// What newer kernels know and the headers of older ones do not; each is asked for at run time.
inline constexpr std::uint32_t uring_buffer_more = 1U << 4;          // IORING_CQE_F_BUF_MORE, Linux 6.12
inline constexpr std::uint16_t uring_buffers_incremental = 1U << 1;  // IOU_PBUF_RING_INC, Linux 6.12

struct uring_options {
  /// Submissions that wait for the next system call; a power of two. More go out by a call of their own.
  std::uint32_t submissions = 256;
  /// Completions that the ring holds; a power of two. More wait in the kernel.
  std::uint32_t completions = 4096;
  /// Buffers of receive_buffers::size, for what comes in between two polls; a power of two. A quarter of a mebibyte is
  /// what one batch of completions brings in 16 KiB messages, and little enough to stay in a cache.
  std::uint32_t buffers = 8;
  /// As many, where the kernel gives each message a buffer of its own (before Linux 6.12).
  std::uint32_t whole_buffers = 64;
  /// io_uring_setup(2), for tests of kernels that refuse.
  int (*setup)(std::uint32_t entries, io_uring_params& parameters) = nullptr;
  bool may_share_buffers = true;
  /// Sends leave through the ring, together, when the last poll had at least so much to tell; else each by a call of
  /// its own, which is sooner.
  std::uint32_t crowd = 4;
  /// Receives ahead from Unix sockets as well, for tests. Linux 6.18 does not tell of an end that is there already when
  /// the last data is taken (of TCP it does, tcp_inq_hint), and no linger time makes it reset a connection whose data
  /// was received ahead and not read.
  bool ahead_of_unix = false;
};

class uring_ring {
 public:
  /// Throws std::system_error: the kernel refuses (EPERM, ENOSYS, ENOMEM, EINVAL: too old).
  explicit uring_ring(const uring_options& options);
  ~uring_ring();
  uring_ring(const uring_ring&) = delete;
  uring_ring& operator=(const uring_ring&) = delete;

  /// The next submission, zeroed, which goes out with the next enter.
  io_uring_sqe& submission();
  /// Submits, and waits for at most `longest` until there is a completion; zero does not wait and is no system call
  /// when there is nothing to do. The error (errno), 0 also after a time-out or a signal.
  int enter(duration longest);
  /// Calls `handle` with each completion that is there. It may submit, and do the same with those that follow.
  template <class Handle>
  void each_completion(Handle handle) {
    while (has_completion()) {
      const std::uint32_t head = *completion_head_;
      const io_uring_cqe done = completions_[head & completion_mask_];
      std::atomic_ref<std::uint32_t>{*completion_head_}.store(head + 1, std::memory_order_release);
      handle(done);
    }
  }
  /// Whether the next completion that is there is of that request.
  bool has_another_of(std::uint64_t user_data) const {
    return has_completion() && completions_[*completion_head_ & completion_mask_].user_data == user_data;
  }

  /// io_uring_setup(2), which says how it went as system calls do.
  static int system_setup(std::uint32_t entries, io_uring_params& parameters);
  /// io_uring_register(2); the error.
  int registered(std::uint32_t what, void* argument, std::uint32_t count);
  /// Whether completions wait until they are asked for (IORING_SETUP_DEFER_TASKRUN, Linux 6.1).
  bool defers() const { return (flags_ & IORING_SETUP_DEFER_TASKRUN) != 0; }

 private:
  bool has_completion() const {
    return *completion_head_ != std::atomic_ref<std::uint32_t>{*completion_tail_}.load(std::memory_order_acquire);
  }
  io_uring_params set_up(const uring_options& options);
  void map(const io_uring_params& parameters);
  void unmap();
  std::uint32_t unsubmitted();
  bool has_work() const;
  int call(std::uint32_t count, std::uint32_t least, duration longest);

  int descriptor_ = -1;
  std::uint32_t flags_ = 0;
  bool enabled_ = false;
  std::span<std::byte> rings_;
  std::span<io_uring_sqe> submissions_;
  std::uint32_t* submission_head_ = nullptr;
  std::uint32_t* submission_tail_ = nullptr;
  std::uint32_t* submission_flags_ = nullptr;
  std::uint32_t next_ = 0;  // our tail; the kernel's is told at enter
  std::uint32_t* completion_head_ = nullptr;
  std::uint32_t* completion_tail_ = nullptr;
  std::uint32_t completion_mask_ = 0;
  io_uring_cqe* completions_ = nullptr;
};

}  // namespace dialtone::io
