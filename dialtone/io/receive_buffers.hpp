// SPDX-License-Identifier: Apache-2.0
// The buffers that a driver receives into: one is in hand, so an idle connection holds none. What was received is
// copied out when it is small against the buffer, and lent (the buffer goes with it, and comes back when the last slice
// is dropped, on whatever thread that is) when it is large. For one driver, on its thread. Throws std::bad_alloc.
#pragma once

#include <cstddef>
#include <memory>

#include <dialtone/base/bytes.hpp>

namespace dialtone::io {

class receive_buffers {
 public:
  /// Bytes: what one receive takes at most.
  static constexpr std::size_t size = 64 * 1024;
  /// From here on a received piece is lent: a copy costs more than holding four times its size for a while.
  static constexpr std::size_t lent_size = size / 4;

  /// The buffer in hand; valid until take.
  std::byte* next();
  /// The first `count` bytes of the buffer in hand.
  bytes take(std::size_t count);

  /// A buffer of `size`, for who manages his own; given back on any thread.
  static std::byte* borrow();
  static void give_back(std::byte* buffer) noexcept;
  /// How many are borrowed: by this thread, less those that have come back to it, whoever had borrowed them.
  static std::ptrdiff_t borrowed() noexcept;

 private:
  struct deleter {
    void operator()(std::byte* buffer) const noexcept;
  };
  std::unique_ptr<std::byte, deleter> in_hand_;
};

}  // namespace dialtone::io
