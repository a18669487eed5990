// SPDX-License-Identifier: Apache-2.0
// The options of stream sockets, as listen, connect and setopts take them. What is not given stays as it is; of a new
// socket it has the default that is named here. Those of TCP mean nothing to other transports and are passed over
// there. A listener's are inherited by the connections that it accepts. An error names the option: bad_option for a
// value that it cannot have, before anything is changed; or what the kernel says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <dialtone/base/time.hpp>
#include <dialtone/net/active.hpp>
#include <dialtone/net/packet.hpp>
#include <dialtone/net/raw_option.hpp>

namespace dialtone {

struct socket_options {
  std::optional<dialtone::active> active = {};     ///< passive
  std::optional<dialtone::packet> packet = {};     ///< raw
  std::optional<std::size_t> packet_size = {};     ///< 64 MiB: see packet_options
  std::optional<std::size_t> line_length = {};     ///< bytes; as packet_size
  std::optional<char> line_delimiter = {};         ///< '\n'
  std::optional<bool> exit_on_close = {};          ///< true: the end of the peer's data ends the socket
  std::optional<bool> show_econnreset = {};        ///< true: a reset is ECONNRESET, not an orderly end
  std::optional<std::size_t> high_watermark = {};  ///< 64 KiB unsent: from here on senders wait
  std::optional<std::size_t> low_watermark = {};   ///< 32 KiB unsent: down here they go on
  std::optional<duration> send_timeout = {};       ///< without limit; what is queued still goes out after it
  std::optional<bool> send_timeout_close = {};     ///< false: a send past its time leaves the socket open
  std::optional<duration> linger =
      {};  ///< 5 s, up to 24 h: close goes on sending so long, then it resets; zero: at once

  // The kernel's: socket(7), tcp(7), ip(7), ipv6(7). What a socket's family does not have is passed over.
  std::optional<bool> nodelay = {};                  ///< true: TCP_NODELAY
  std::optional<bool> cork = {};                     ///< false: full segments only, for at most 200 ms: TCP_CORK
  std::optional<bool> keepalive = {};                ///< false: SO_KEEPALIVE
  std::optional<duration> keepalive_idle = {};       ///< the system's, 2 h: silence before the first; 1 s to 32,767 s
  std::optional<duration> keepalive_interval = {};   ///< the system's, 75 s: between them; 1 s to 32,767 s
  std::optional<std::uint8_t> keepalive_count = {};  ///< the system's, 9: unanswered ones that end it; 1 to 127
  std::optional<duration> user_timeout = {};         ///< zero, the system's: sent data may stay unacknowledged so long
  std::optional<std::size_t> receive_buffer = {};    ///< bytes; what the kernel made of them (twice) is told: SO_RCVBUF
  std::optional<std::size_t> send_buffer = {};       ///< the same: SO_SNDBUF
  std::optional<std::uint8_t> priority = {};         ///< 0: SO_PRIORITY; above 6 a privilege
  std::optional<std::uint8_t> tos = {};              ///< 0: IP_TOS; the two bits of ECN are the kernel's
  std::optional<std::uint8_t> tclass = {};           ///< 0: IPV6_TCLASS, as tos
  std::optional<std::uint8_t> ttl = {};              ///< the system's, 64: IP_TTL, IPV6_UNICAST_HOPS; at least 1
  std::optional<bool> dont_route = {};               ///< false: to neighbours only: SO_DONTROUTE
  std::optional<std::string> device = {};            ///< any, "": the interface that is used: SO_BINDTODEVICE
  std::optional<std::string> congestion_control = {};  ///< the system's: TCP_CONGESTION, as "cubic" or "reno"
  std::vector<raw_option> raw = {};                    ///< after all others, in their order; not told by getopts
};

}  // namespace dialtone
