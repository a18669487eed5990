// SPDX-License-Identifier: Apache-2.0
// The kernel's options of datagram sockets (ip(7), ipv6(7), udp(7), socket(7)), for who sets them through a driver.
// What IPv4 and IPv6 name differently is set under both names where a socket serves both families.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include <dialtone/io/driver.hpp>

namespace dialtone::io {

/// An option that each family names in its own way; a flag or a number.
struct ip_option {
  socket_option v4;
  socket_option v6;
};

namespace option {
/// IP_TOS and IPV6_TCLASS, IP_TTL and IPV6_UNICAST_HOPS, of what is sent.
extern const ip_option tos, ttl;
/// IP_RECVTOS and IPV6_RECVTCLASS, IP_RECVTTL and IPV6_RECVHOPLIMIT: whether received datagrams say it.
extern const ip_option receives_tos, receives_ttl;
/// IP_MULTICAST_TTL and IPV6_MULTICAST_HOPS, IP_MULTICAST_LOOP and IPV6_MULTICAST_LOOP.
extern const ip_option multicast_ttl, multicast_loop;
/// IP_MULTICAST_ALL and IPV6_MULTICAST_ALL: whether it hears groups that others have joined, which is the kernel's way.
extern const ip_option multicast_all;
/// UDP_GRO: whether the kernel may join datagrams that it has received.
extern const socket_option joins_datagrams;
}  // namespace option

/// What returns an int returns the error. `is_v6`: the family of the socket.
int set_option(driver& io, handle of, ip_option which, bool is_v6, int value);
std::expected<int, int> get_option(driver& io, handle of, ip_option which, bool is_v6);

/// The interface that multicasts leave by (IP_MULTICAST_IF, IPV6_MULTICAST_IF), by its index; 0: the system's choice.
int set_multicast_interface(driver& io, handle of, bool is_v6, std::uint32_t index);
/// Joins a group, at the interface with this index (0: the system's choice), or leaves it.
int set_membership(driver& io, handle of, const internet_name& group, std::uint32_t index, bool joins);
/// The way back, for a driver that does it itself: empty for another option, and for a value that is none of its own.
struct membership {
  internet_name group;
  bool joins = false;
};
std::optional<membership> to_membership(socket_option which, std::span<const std::byte> value);
/// SO_BINDTODEVICE: nothing goes out or comes in by another interface.
int bind_to_device(driver& io, handle of, std::string_view interface);

}  // namespace dialtone::io
