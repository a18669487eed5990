// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/datagram_option.hpp>

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <cstring>

#include <dialtone/io/socket_option.hpp>

namespace dialtone::io {

namespace option {
const ip_option tos{{IPPROTO_IP, IP_TOS}, {IPPROTO_IPV6, IPV6_TCLASS}};
const ip_option ttl{{IPPROTO_IP, IP_TTL}, {IPPROTO_IPV6, IPV6_UNICAST_HOPS}};
const ip_option receives_tos{{IPPROTO_IP, IP_RECVTOS}, {IPPROTO_IPV6, IPV6_RECVTCLASS}};
const ip_option receives_ttl{{IPPROTO_IP, IP_RECVTTL}, {IPPROTO_IPV6, IPV6_RECVHOPLIMIT}};
const ip_option multicast_ttl{{IPPROTO_IP, IP_MULTICAST_TTL}, {IPPROTO_IPV6, IPV6_MULTICAST_HOPS}};
const ip_option multicast_loop{{IPPROTO_IP, IP_MULTICAST_LOOP}, {IPPROTO_IPV6, IPV6_MULTICAST_LOOP}};
const ip_option multicast_all{{IPPROTO_IP, IP_MULTICAST_ALL}, {IPPROTO_IPV6, IPV6_MULTICAST_ALL}};
const socket_option joins_datagrams{IPPROTO_UDP, UDP_GRO};
}  // namespace option

namespace {

template <class Value>
int set_as(driver& io, handle of, socket_option which, const Value& value) {
  return io.set_option(of, which, std::as_bytes(std::span{&value, 1}));
}

int set_v4_interface(driver& io, handle of, std::uint32_t index) {
  ip_mreqn asked{};
  asked.imr_ifindex = static_cast<int>(index);
  return set_as(io, of, {IPPROTO_IP, IP_MULTICAST_IF}, asked);
}

}  // namespace

int set_option(driver& io, handle of, ip_option which, bool is_v6, int value) {
  if (is_v6)
    if (const int error = set_option(io, of, which.v6, value); error != 0) return error;
  return set_option(io, of, which.v4, value);
}

std::expected<int, int> get_option(driver& io, handle of, ip_option which, bool is_v6) {
  return get_option(io, of, is_v6 ? which.v6 : which.v4);
}

int set_multicast_interface(driver& io, handle of, bool is_v6, std::uint32_t index) {
  if (is_v6)
    if (const int error = set_option(io, of, {IPPROTO_IPV6, IPV6_MULTICAST_IF}, static_cast<int>(index)); error != 0)
      return error;
  return set_v4_interface(io, of, index);
}

int set_membership(driver& io, handle of, const internet_name& group, std::uint32_t index, bool joins) {
  if (group.is_v6) {
    ipv6_mreq asked{};
    std::memcpy(&asked.ipv6mr_multiaddr, group.address.data(), 16);
    asked.ipv6mr_interface = index;
    return set_as(io, of, {IPPROTO_IPV6, joins ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP}, asked);
  }
  ip_mreqn asked{};
  std::memcpy(&asked.imr_multiaddr, group.address.data(), 4);
  asked.imr_ifindex = static_cast<int>(index);
  return set_as(io, of, {IPPROTO_IP, joins ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP}, asked);
}

std::optional<membership> to_membership(socket_option which, std::span<const std::byte> value) {
  const bool is_v4 = which.level == IPPROTO_IP && (which.name == IP_ADD_MEMBERSHIP || which.name == IP_DROP_MEMBERSHIP);
  const bool is_v6 = which.level == IPPROTO_IPV6 && (which.name == IPV6_JOIN_GROUP || which.name == IPV6_LEAVE_GROUP);
  if (value.size() != (is_v4 ? sizeof(ip_mreqn) : sizeof(ipv6_mreq)) || (!is_v4 && !is_v6)) return std::nullopt;
  membership asked{.group = {.is_v6 = is_v6}};
  asked.joins = which.name == (is_v4 ? IP_ADD_MEMBERSHIP : IPV6_JOIN_GROUP);
  // The group comes first in both.
  std::memcpy(asked.group.address.data(), value.data(), is_v4 ? 4 : 16);
  return asked;
}

int bind_to_device(driver& io, handle of, std::string_view interface) {
  return io.set_option(of, {SOL_SOCKET, SO_BINDTODEVICE}, std::as_bytes(std::span{interface}));
}

}  // namespace dialtone::io
