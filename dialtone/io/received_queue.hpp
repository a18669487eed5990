// SPDX-License-Identifier: Apache-2.0
// What a socket has received for nobody yet, in order: pieces, and then how it ended, if it has. For a driver that
// receives ahead (uring_driver), on its thread. It allocates only for the second piece that waits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <dialtone/base/bytes.hpp>
#include <dialtone/io/driver.hpp>

namespace dialtone::io {

class received_queue {
 public:
  /// Pieces are joined up to here (bytes) when they are taken: a copy costs less than another turn of the receiver.
  static constexpr std::size_t joined_size = 16 * 1024;

  void add(bytes piece);
  /// An error, or 0 for the peer's end; comes after all pieces, and once.
  void end(int error) { end_ = error; }
  /// 0 for none. The peer's end is none: the kernel says it again.
  int error() const { return has_ended() ? end_ : 0; }
  bool empty() const { return count() == 0 && !has_ended(); }
  /// False when there is nothing.
  bool take(result& done);
  /// All pieces in one.
  bytes take_all();
  /// Bytes in all pieces, and something for each: a flood of tiny pieces counts too.
  std::uint32_t cost() const { return cost_; }
  bool has_pieces() const { return count() != 0; }

 private:
  static constexpr std::uint32_t cost_of_piece = 64;
  static constexpr int not_ended = -1;
  static std::uint32_t cost_of(const bytes& piece) { return static_cast<std::uint32_t>(piece.size()) + cost_of_piece; }
  struct others {
    std::vector<bytes> pieces;
    std::size_t next = 0;  // those before it are gone
  };
  std::size_t count() const {
    return (others_ ? others_->pieces.size() - others_->next : 0) + (first_.empty() ? 0 : 1);
  }
  bool has_ended() const { return end_ != not_ended; }
  bytes pop();
  bytes join(std::size_t most);

  bytes first_;  // the usual case needs no others
  std::unique_ptr<others> others_;
  std::uint32_t cost_ = 0;
  int end_ = not_ended;
};

}  // namespace dialtone::io
