// SPDX-License-Identifier: Apache-2.0
// The machine's network interfaces, as getifaddrs(3) lists them, one entry for each instead of one for each address.
// Any thread; asks the kernel by netlink and ioctl, some 100 µs, and waits for nobody.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include <dialtone/io/socket_name.hpp>

namespace dialtone::io {

struct interface_flags {
  bool up = false;       ///< switched on
  bool running = false;  ///< and connected
  bool loopback = false;
  bool point_to_point = false;
  bool broadcast = false;
  bool multicast = false;
  friend bool operator==(const interface_flags&, const interface_flags&) = default;
};

/// What is not known is empty: socket_name::size is 0.
struct interface_address {
  socket_name address;
  socket_name netmask;
  socket_name broadcast;
  socket_name destination;  ///< the other end of a point-to-point interface
};

struct network_interface {
  std::string name;
  /// From 1; what IPv6 scopes count.
  std::uint32_t index = 0;
  interface_flags flags;
  /// Bytes; 0 when it is not known.
  std::uint32_t mtu = 0;
  /// Six bytes of Ethernet; empty when it has none.
  std::vector<std::uint8_t> hardware_address;
  /// IPv4 and IPv6 only, in the system's order.
  std::vector<interface_address> addresses;
};

/// In the order in which the system names them, or the system's code (errno).
std::expected<std::vector<network_interface>, int> network_interfaces();

/// 0: there is none of this name.
std::uint32_t interface_index(const std::string& name);

}  // namespace dialtone::io
