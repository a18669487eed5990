// SPDX-License-Identifier: Apache-2.0
// The machine's network interfaces: inet:getifaddrs. Any thread; asks the kernel each time, some 100 µs.
//
//   for (const dt::network_interface& one : dt::interfaces().value())
//     for (const dt::interface_address& at : one.addresses) fmt::print("{} {}\n", one.name, at.address);
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include <dialtone/io/interfaces.hpp>
#include <dialtone/net/ip_address.hpp>
#include <dialtone/net/net_error.hpp>

namespace dialtone {

using io::interface_flags;

struct interface_address {
  /// A link-local one of IPv6 with its scope: it can be connected to.
  ip_address address;
  /// prefix_length_of and ip_network know what to do with it.
  std::optional<ip_address> netmask;
  std::optional<ip_address> broadcast;
  /// The other end of a point-to-point interface.
  std::optional<ip_address> destination;
  friend bool operator==(const interface_address&, const interface_address&) = default;
};

struct network_interface {
  std::string name;
  /// From 1: the scope of its IPv6 addresses.
  std::uint32_t index = 0;
  interface_flags flags;
  /// Bytes of a packet at most; 0 when it is not known.
  std::uint32_t mtu = 0;
  /// Six bytes of Ethernet; empty when there is none.
  std::vector<std::uint8_t> hardware_address;
  std::vector<interface_address> addresses;
  friend bool operator==(const network_interface&, const network_interface&) = default;
};

/// In the order of the system. The error is the system's: out of descriptors or memory.
std::expected<std::vector<network_interface>, net_error> interfaces();

}  // namespace dialtone
