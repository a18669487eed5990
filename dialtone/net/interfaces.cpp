// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/interfaces.hpp>

#include <utility>

namespace dialtone {

namespace {

std::optional<ip_address> ip_of(const io::socket_name& name) {
  const auto address = from_socket_name(name);
  return address ? std::optional{address->ip()} : std::nullopt;
}

interface_address address_of(const io::interface_address& found) {
  return {.address = ip_of(found.address).value_or(ip_address{}),
          .netmask = ip_of(found.netmask),
          .broadcast = ip_of(found.broadcast),
          .destination = ip_of(found.destination)};
}

network_interface interface_of(io::network_interface found) {
  network_interface result{.name = std::move(found.name),
                           .index = found.index,
                           .flags = found.flags,
                           .mtu = found.mtu,
                           .hardware_address = std::move(found.hardware_address),
                           .addresses = {}};
  for (const io::interface_address& address : found.addresses) result.addresses.push_back(address_of(address));
  return result;
}

}  // namespace

std::expected<std::vector<network_interface>, net_error> interfaces() {
  auto found = io::network_interfaces();
  if (!found) return std::unexpected{net_error::of_system(net_operation::interfaces, found.error())};
  std::vector<network_interface> result;
  for (io::network_interface& one : *found) result.push_back(interface_of(std::move(one)));
  return result;
}

}  // namespace dialtone
