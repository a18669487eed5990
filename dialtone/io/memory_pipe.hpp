// SPDX-License-Identifier: Apache-2.0
// One direction of a connection in memory: what one end has sent and the other has not taken. It is a stream: where the
// pieces that were sent end cannot be seen by who takes them. For memory_driver, under the lock of its network.
#pragma once

#include <cstddef>
#include <deque>

#include <dialtone/base/bytes.hpp>

namespace dialtone::io {

class memory_pipe {
 public:
  /// Bytes: Linux's net.core.wmem_default, which a Unix socket gets, so that who sends too fast is slowed down here
  /// where it would be there.
  static constexpr std::size_t capacity = std::size_t{208} * 1024;
  /// Pieces that are kept apart; small ones must not cost a multiple of what they hold.
  static constexpr std::size_t piece_limit = 256;

  bool empty() const { return size_ == 0; }
  /// Takes what there is room for from the front of `piece`, and leaves the rest in it; returns how much.
  std::size_t put(bytes& piece);
  /// What is there, one after the other, at most `most` bytes of it; their room is free then.
  bytes take(std::size_t most);

  bool ended = false;  // nothing follows
  int error = 0;       // what follows, once; then the end

 private:
  bytes join(std::size_t count);

  std::deque<bytes> pieces_;
  std::size_t size_ = 0;
};

}  // namespace dialtone::io
