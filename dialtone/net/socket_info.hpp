// SPDX-License-Identifier: Apache-2.0
// What can be known of a socket: a value, made by the socket itself. For everybody; see info.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <dialtone/base/enable_sendable.hpp>
#include <dialtone/net/active.hpp>
#include <dialtone/net/address.hpp>
#include <dialtone/net/packet.hpp>
#include <dialtone/runtime/pid.hpp>

namespace dialtone::net {

enum class socket_type : std::uint8_t { stream, datagram };
std::string_view to_string(socket_type type);

enum class socket_state : std::uint8_t {
  listening,
  open,  ///< of a datagram socket that is not connected to a peer
  connected,
  closing,  ///< closed by its owner or with it, and still sending what was unsent
};
std::string_view to_string(socket_state state);

struct socket_info {
  reference name = {};
  socket_type type = socket_type::stream;
  socket_state state = socket_state::connected;
  /// No process of one that is closing, nor of a connection that nobody has accepted.
  pid owner = {};
  std::uint32_t scheduler = 0;
  /// Empty when the kernel does not say (any more).
  std::optional<socket_address> local = {};
  /// Empty when there is no peer, or no more.
  std::optional<socket_address> foreign = {};
  /// Of a listener: nothing of the following but who waits.
  dialtone::active active = dialtone::active::passive;
  dialtone::packet packet = dialtone::packet::raw;  ///< of a stream
  std::uint64_t received_bytes = 0;
  std::uint64_t received_packets = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t sent_packets = 0;
  std::size_t unsent_bytes = 0;
  /// Processes: in recv, of a listener in accept; in send.
  std::size_t waiting_readers = 0;
  std::size_t waiting_senders = 0;
};

}  // namespace dialtone::net

template <>
inline constexpr bool dialtone::enable_sendable<dialtone::net::socket_info> = true;
