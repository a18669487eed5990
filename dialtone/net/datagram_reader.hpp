// SPDX-License-Identifier: Apache-2.0
// What the kernel has handed over in one piece: a datagram, or several of one sender that it has joined (UDP_GRO),
// which are cut apart again. Holds nothing between two pieces. For datagram_socket only.
#pragma once

#include <optional>

#include <dialtone/io/datagram.hpp>
#include <dialtone/net/datagram.hpp>

namespace dialtone::detail {

class datagram_reader {
 public:
  /// Not while there is something left of the piece before it.
  void arrived(bytes data, const io::datagram_origin& origin);
  bool empty() const { return !has_more_; }
  /// The next datagram, of which `most` bytes are kept.
  std::optional<datagram> take(std::size_t most);

 private:
  bytes rest_;
  std::size_t segment_size_ = 0;  // zero: all is one
  bool has_more_ = false;         // a datagram may be empty
  bool cut_ = false;              // at its end
  datagram common_;
};

}  // namespace dialtone::detail
