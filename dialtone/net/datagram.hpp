// SPDX-License-Identifier: Apache-2.0
// A datagram that was received, and what can be said of one that is sent. Values, sendable, for everybody.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <dialtone/net/address.hpp>

namespace dialtone {

/// What travels beside the bytes of a datagram. Of one that was received, when the options recv_tos and recv_ttl ask
/// for it; of one that is sent, in place of the socket's.
struct datagram_ancillary {
  std::optional<std::uint8_t> tos = {};  ///< the traffic class of IPv6
  std::optional<std::uint8_t> ttl = {};  ///< the hop limit of IPv6; at least 1 to be sent
  friend bool operator==(const datagram_ancillary&, const datagram_ancillary&) = default;
};

struct datagram {
  /// As send takes it: an IPv4 sender has its IPv4 address also at a socket for both families. A Unix socket without a
  /// name is unix_unnamed.
  socket_address source;
  dialtone::bytes bytes;
  /// It was longer than the option `buffer`; the rest is lost.
  bool truncated = false;
  datagram_ancillary ancillary = {};
};

}  // namespace dialtone
