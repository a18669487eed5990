// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/uring_ring.hpp>

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace dialtone::io {

namespace {

[[noreturn]] void fail(int error, const char* what) { throw std::system_error{error, std::generic_category(), what}; }

// From best to worst. Without a single issuer the kernel is older than the multishot receive, which is what pays.
constexpr std::uint32_t common_flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | IORING_SETUP_SUBMIT_ALL |
                                       IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_TASKRUN_FLAG;
constexpr std::array ladder{common_flags | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_DEFER_TASKRUN,
                            common_flags | IORING_SETUP_COOP_TASKRUN};

constexpr std::uint32_t needed_features =
    IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG | IORING_FEAT_CQE_SKIP;

template <class Item>
Item* at(std::span<std::byte> mapped, std::uint32_t offset) {
  return reinterpret_cast<Item*>(mapped.data() + offset);
}

}  // namespace

uring_ring::uring_ring(const uring_options& options) {
  const io_uring_params parameters = set_up(options);
  flags_ = parameters.flags;
  if ((parameters.features & needed_features) != needed_features) {
    ::close(descriptor_);
    fail(EINVAL, "io_uring lacks features");
  }
  map(parameters);
}

uring_ring::~uring_ring() {
  unmap();
  ::close(descriptor_);
}

int uring_ring::system_setup(std::uint32_t entries, io_uring_params& parameters) {
  return static_cast<int>(::syscall(SYS_io_uring_setup, entries, &parameters));
}

io_uring_params uring_ring::set_up(const uring_options& options) {
  const auto setup = options.setup != nullptr ? options.setup : system_setup;
  for (const std::uint32_t flags : ladder) {
    io_uring_params parameters{};
    parameters.flags = flags;
    parameters.cq_entries = options.completions;
    descriptor_ = setup(options.submissions, parameters);
    if (descriptor_ >= 0) return parameters;
    if (errno != EINVAL) break;
  }
  fail(errno, "io_uring_setup");
}

void uring_ring::map(const io_uring_params& parameters) {
  const auto map_part = [&](std::size_t size, std::uint64_t offset) -> void* {
    void* mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor_,
                          static_cast<off_t>(offset));
    if (mapped == MAP_FAILED) {
      const int error = errno;
      unmap();
      ::close(descriptor_);
      fail(error, "mmap of io_uring");
    }
    ::madvise(mapped, size, MADV_DONTFORK);
    return mapped;
  };
  const std::size_t size =
      std::max<std::size_t>(parameters.sq_off.array + parameters.sq_entries * sizeof(std::uint32_t),
                            parameters.cq_off.cqes + parameters.cq_entries * sizeof(io_uring_cqe));
  rings_ = {static_cast<std::byte*>(map_part(size, IORING_OFF_SQ_RING)), size};
  submissions_ = {static_cast<io_uring_sqe*>(map_part(parameters.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES)),
                  parameters.sq_entries};
  submission_head_ = at<std::uint32_t>(rings_, parameters.sq_off.head);
  submission_tail_ = at<std::uint32_t>(rings_, parameters.sq_off.tail);
  submission_flags_ = at<std::uint32_t>(rings_, parameters.sq_off.flags);
  completion_head_ = at<std::uint32_t>(rings_, parameters.cq_off.head);
  completion_tail_ = at<std::uint32_t>(rings_, parameters.cq_off.tail);
  completion_mask_ = *at<std::uint32_t>(rings_, parameters.cq_off.ring_mask);
  completions_ = at<io_uring_cqe>(rings_, parameters.cq_off.cqes);
  // Submissions are used in their order, so the array of indices stays as it is.
  auto* indices = at<std::uint32_t>(rings_, parameters.sq_off.array);
  for (std::uint32_t index = 0; index < parameters.sq_entries; ++index) indices[index] = index;
}

void uring_ring::unmap() {
  if (!submissions_.empty()) ::munmap(submissions_.data(), submissions_.size_bytes());
  if (!rings_.empty()) ::munmap(rings_.data(), rings_.size());
}

std::uint32_t uring_ring::unsubmitted() {
  return next_ - std::atomic_ref<std::uint32_t>{*submission_head_}.load(std::memory_order_acquire);
}

io_uring_sqe& uring_ring::submission() {
  // The kernel takes them all, unless it is out of memory.
  while (unsubmitted() == submissions_.size()) {
    const int error = call(unsubmitted(), 0, duration::zero());
    if (error != 0 && error != EINTR && error != EAGAIN && error != EBUSY) fail(error, "io_uring_enter");
  }
  io_uring_sqe& next = submissions_[next_++ & (submissions_.size() - 1)];
  next = {};
  return next;
}

bool uring_ring::has_work() const {
  return (std::atomic_ref<std::uint32_t>{*submission_flags_}.load(std::memory_order_acquire) &
          (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
}

int uring_ring::enter(duration longest) {
  const std::uint32_t count = unsubmitted();
  const bool waits = longest > duration::zero();
  if (!waits && count == 0 && !has_work()) return 0;
  const int error = call(count, waits ? 1 : 0, longest);
  // EBUSY and EAGAIN: there is no room for more until completions have been handled.
  return error == ETIME || error == EINTR || error == EBUSY || error == EAGAIN ? 0 : error;
}

int uring_ring::call(std::uint32_t count, std::uint32_t least, duration longest) {
  if (!enabled_) {
    if (const int error = registered(IORING_REGISTER_ENABLE_RINGS, nullptr, 0); error != 0) return error;
    enabled_ = true;
  }
  std::atomic_ref<std::uint32_t>{*submission_tail_}.store(next_, std::memory_order_release);
  __kernel_timespec limit{.tv_sec = longest.count() / 1'000'000'000, .tv_nsec = longest.count() % 1'000'000'000};
  io_uring_getevents_arg waiting{};
  if (longest != duration::max()) waiting.ts = reinterpret_cast<std::uintptr_t>(&limit);
  const std::uint32_t flags = IORING_ENTER_GETEVENTS | (least != 0 ? IORING_ENTER_EXT_ARG : 0);
  const long returned = least != 0
                            ? ::syscall(SYS_io_uring_enter, descriptor_, count, least, flags, &waiting, sizeof waiting)
                            : ::syscall(SYS_io_uring_enter, descriptor_, count, 0, flags, nullptr, 0);
  return returned < 0 ? errno : 0;
}

int uring_ring::registered(std::uint32_t what, void* argument, std::uint32_t count) {
  return ::syscall(SYS_io_uring_register, descriptor_, what, argument, count) < 0 ? errno : 0;
}

}  // namespace dialtone::io
