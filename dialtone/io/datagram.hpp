// SPDX-License-Identifier: Apache-2.0
// A datagram as a driver takes and gives it: its bytes, the name of the other end, and what travels beside the bytes
// (control messages of recvmsg(2) and sendmsg(2)). Values, for everybody.
#pragma once

#include <cstdint>
#include <optional>

#include <dialtone/base/bytes.hpp>
#include <dialtone/io/socket_name.hpp>

namespace dialtone::io {

/// Empty, or zero: not to be set, or the kernel has not said it (it was not asked to, or cannot).
struct datagram_ancillary {
  /// IP_TOS, IPV6_TCLASS.
  std::optional<std::uint8_t> tos = {};
  /// IP_TTL, IPV6_HOPLIMIT. At least 1 to be sent.
  std::optional<std::uint8_t> ttl = {};
  /// Bytes. To be sent: the kernel cuts the whole into datagrams of so many, the last one shorter (UDP_SEGMENT,
  /// Linux 4.18); at most 64 of them. Received: it has joined datagrams of one sender that were so long, the last one
  /// perhaps shorter (UDP_GRO, Linux 5.0, when that option is on).
  std::uint16_t segment_size = 0;

  friend bool operator==(const datagram_ancillary&, const datagram_ancillary&) = default;
};

struct outgoing_datagram {
  /// Empty: the peer that the socket is connected to.
  socket_name to = {};
  bytes data = {};
  datagram_ancillary ancillary = {};
};

/// What is said of a datagram that was received beside its bytes.
struct datagram_origin {
  /// Empty when the sender has no name (a Unix socket that is not bound).
  socket_name source = {};
  datagram_ancillary ancillary = {};
  /// It was longer than the room for it; the rest is lost.
  bool truncated = false;
};

}  // namespace dialtone::io
