// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/memory_pipe.hpp>

#include <algorithm>
#include <utility>

#include <dialtone/base/bytes_builder.hpp>

namespace dialtone::io {

std::size_t memory_pipe::put(bytes& piece) {
  const std::size_t taken = std::min(piece.size(), capacity - size_);
  if (taken == 0) return 0;
  if (pieces_.size() == piece_limit) {
    bytes all = join(size_);
    pieces_.push_back(std::move(all));
  }
  pieces_.push_back(piece.first(taken));
  piece = piece.drop(taken);
  size_ += taken;
  return taken;
}

bytes memory_pipe::take(std::size_t most) {
  const std::size_t count = std::min(size_, most);
  size_ -= count;
  if (pieces_.front().size() > count) {
    bytes cut = pieces_.front().first(count);
    pieces_.front() = pieces_.front().drop(count);
    return cut;
  }
  if (pieces_.front().size() < count) return join(count);
  bytes whole = std::move(pieces_.front());
  pieces_.pop_front();
  return whole;
}

// The first `count` bytes, which leave the pieces.
bytes memory_pipe::join(std::size_t count) {
  bytes_builder all{count};
  while (all.size() < count) {
    bytes& front = pieces_.front();
    const std::size_t taken = std::min(front.size(), count - all.size());
    all.append(front.first(taken));
    front = front.drop(taken);
    if (front.empty()) pieces_.pop_front();
  }
  return all.finish();
}

}  // namespace dialtone::io
