// SPDX-License-Identifier: Apache-2.0
// Sockets that somebody else has opened: the program's parent (systemd, a predecessor), or another library. Any thread.
#pragma once

#include <expected>
#include <utility>

namespace dialtone::io {

struct inherited_socket {
  bool is_stream = false;
  bool is_datagram = false;  ///< of IPv4, IPv6 or Unix
  bool listens = false;
  bool is_connected = false;
};

/// What the descriptor is; EBADF, ENOTSOCK.
std::expected<inherited_socket, int> inspect_socket(int descriptor);
/// Makes it fit for a driver: it does not block, and programs that are started do not get it. Not blocking is of the
/// open socket, whoever else has a descriptor of it. The error, or 0.
int prepare_to_adopt(int descriptor);

/// A descriptor that is closed with this object.
class owned_descriptor {
 public:
  explicit owned_descriptor(int descriptor) : descriptor_{descriptor} {}
  owned_descriptor(const owned_descriptor&) = delete;
  ~owned_descriptor();
  int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};
/// Another descriptor of the same socket, which programs that are started do not get; or the system's code.
std::expected<int, int> duplicate_descriptor(int descriptor);

}  // namespace dialtone::io
