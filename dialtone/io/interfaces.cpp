// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/interfaces.hpp>

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace dialtone::io {

namespace {

socket_name name_of(const sockaddr* address) {
  socket_name name;
  if (address == nullptr) return name;
  if (address->sa_family == AF_INET) name.size = sizeof(sockaddr_in);
  if (address->sa_family == AF_INET6) name.size = sizeof(sockaddr_in6);
  std::memcpy(name.data(), address, name.size);
  return name;
}

interface_flags flags_of(unsigned flags) {
  return {.up = (flags & IFF_UP) != 0,
          .running = (flags & IFF_RUNNING) != 0,
          .loopback = (flags & IFF_LOOPBACK) != 0,
          .point_to_point = (flags & IFF_POINTOPOINT) != 0,
          .broadcast = (flags & IFF_BROADCAST) != 0,
          .multicast = (flags & IFF_MULTICAST) != 0};
}

std::uint32_t mtu_of(const std::string& name) {
  const int descriptor = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return 0;
  ifreq request{};
  name.copy(request.ifr_name, sizeof request.ifr_name - 1);
  const bool known = ::ioctl(descriptor, SIOCGIFMTU, &request) == 0;
  ::close(descriptor);
  return known ? static_cast<std::uint32_t>(request.ifr_mtu) : 0;
}

std::vector<std::uint8_t> hardware_address_of(const sockaddr* address) {
  sockaddr_ll link{};
  std::memcpy(&link, address, sizeof link);
  const std::size_t size = std::min<std::size_t>(link.sll_halen, sizeof link.sll_addr);
  std::vector<std::uint8_t> bytes(link.sll_addr, link.sll_addr + size);
  // The loopback interface has one of zeros, which is none.
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; }) ? std::vector<std::uint8_t>{} : bytes;
}

network_interface& entry_of(std::vector<network_interface>& list, const ifaddrs& found) {
  auto known = std::ranges::find(list, found.ifa_name, &network_interface::name);
  if (known != list.end()) return *known;
  network_interface& made = list.emplace_back();
  made.name = found.ifa_name;
  made.index = interface_index(made.name);
  made.flags = flags_of(found.ifa_flags);
  made.mtu = mtu_of(made.name);
  return made;
}

void add(network_interface& entry, const ifaddrs& found) {
  if (found.ifa_addr->sa_family == AF_PACKET) {
    entry.hardware_address = hardware_address_of(found.ifa_addr);
    return;
  }
  interface_address address{
      .address = name_of(found.ifa_addr), .netmask = name_of(found.ifa_netmask), .broadcast = {}, .destination = {}};
  // The two share a place in memory (getifaddrs(3)).
  if (entry.flags.broadcast)
    address.broadcast = name_of(found.ifa_broadaddr);
  else if (entry.flags.point_to_point)
    address.destination = name_of(found.ifa_dstaddr);
  if (address.address.size != 0) entry.addresses.push_back(address);
}

}  // namespace

std::expected<std::vector<network_interface>, int> network_interfaces() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return std::unexpected{errno};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner{first, &::freeifaddrs};
  std::vector<network_interface> list;
  for (const ifaddrs* found = first; found != nullptr; found = found->ifa_next) {
    network_interface& entry = entry_of(list, *found);
    if (found->ifa_addr != nullptr) add(entry, *found);
  }
  return list;
}

std::uint32_t interface_index(const std::string& name) { return ::if_nametoindex(name.c_str()); }

}  // namespace dialtone::io
