// SPDX-License-Identifier: Apache-2.0
// The options of datagram sockets, as udp::open and setopts take them and getopts returns them. What is not given stays
// as it is; of a new socket it has the default that is named here. The kernel's are those of ip(7), ipv6(7), udp(7) and
// socket(7); what a Unix socket has not is refused by the kernel. An error names the option: bad_option for a value
// that it cannot have, before anything is changed; or what the kernel says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <dialtone/net/active.hpp>
#include <dialtone/net/raw_option.hpp>

namespace dialtone {

struct datagram_options {
  /// The largest datagram that there is, in bytes.
  static constexpr std::size_t buffer_limit = std::size_t{64} * 1024;

  std::optional<dialtone::active> active = {};            ///< passive
  std::optional<std::size_t> buffer = {};                 ///< 64 KiB: longer datagrams are cut, and say so; 1 to 64 KiB
  std::optional<std::size_t> read_packets = {};           ///< 16: messages in one turn of the scheduler; at least 1
  std::optional<std::size_t> receive_buffer = {};         ///< bytes, the kernel's: SO_RCVBUF
  std::optional<std::size_t> send_buffer = {};            ///< bytes, the kernel's: SO_SNDBUF
  std::optional<bool> broadcast = {};                     ///< false: may send to broadcast addresses
  std::optional<std::uint8_t> tos = {};                   ///< 0: of what is sent; the traffic class of IPv6
  std::optional<std::uint8_t> ttl = {};                   ///< 64: of what is sent; the hop limit of IPv6; at least 1
  std::optional<bool> recv_tos = {};                      ///< false: datagrams say their TOS
  std::optional<bool> recv_ttl = {};                      ///< false: datagrams say their TTL
  std::optional<std::uint8_t> multicast_ttl = {};         ///< 1
  std::optional<bool> multicast_loop = {};                ///< true: groups here hear what is sent here
  std::optional<std::uint32_t> multicast_interface = {};  ///< 0: the system's choice; an index. Not told by getopts
  std::optional<std::uint8_t> priority = {};              ///< 0: SO_PRIORITY; above 6 a privilege
  std::optional<bool> dont_route = {};                    ///< false: to neighbours only: SO_DONTROUTE
  std::optional<bool> gro = {};                           ///< false: the kernel may join what comes from one sender
  std::vector<raw_option> raw = {};                       ///< after all others, in their order; not told by getopts
};

}  // namespace dialtone
