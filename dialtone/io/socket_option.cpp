// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/socket_option.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace dialtone::io {

namespace option {
const socket_option reuse_address{SOL_SOCKET, SO_REUSEADDR};
const socket_option reuse_port{SOL_SOCKET, SO_REUSEPORT};
const socket_option keepalive{SOL_SOCKET, SO_KEEPALIVE};
const socket_option receive_buffer{SOL_SOCKET, SO_RCVBUF};
const socket_option send_buffer{SOL_SOCKET, SO_SNDBUF};
const socket_option broadcast{SOL_SOCKET, SO_BROADCAST};
const socket_option error{SOL_SOCKET, SO_ERROR};
const socket_option priority{SOL_SOCKET, SO_PRIORITY};
const socket_option dont_route{SOL_SOCKET, SO_DONTROUTE};
const socket_option device{SOL_SOCKET, SO_BINDTODEVICE};
const socket_option family{SOL_SOCKET, SO_DOMAIN};
const socket_option type{SOL_SOCKET, SO_TYPE};
const socket_option listens{SOL_SOCKET, SO_ACCEPTCONN};
const socket_option nodelay{IPPROTO_TCP, TCP_NODELAY};
const socket_option cork{IPPROTO_TCP, TCP_CORK};
const socket_option user_timeout{IPPROTO_TCP, TCP_USER_TIMEOUT};
const socket_option keepalive_idle{IPPROTO_TCP, TCP_KEEPIDLE};
const socket_option keepalive_interval{IPPROTO_TCP, TCP_KEEPINTVL};
const socket_option keepalive_count{IPPROTO_TCP, TCP_KEEPCNT};
const socket_option congestion{IPPROTO_TCP, TCP_CONGESTION};
const socket_option ip_tos{IPPROTO_IP, IP_TOS};
const socket_option ip_ttl{IPPROTO_IP, IP_TTL};
const socket_option v6_only{IPPROTO_IPV6, IPV6_V6ONLY};
const socket_option v6_traffic_class{IPPROTO_IPV6, IPV6_TCLASS};
const socket_option v6_hop_limit{IPPROTO_IPV6, IPV6_UNICAST_HOPS};
}  // namespace option

int set_option(driver& io, handle of, socket_option which, int value) {
  return io.set_option(of, which, std::as_bytes(std::span{&value, 1}));
}

std::expected<int, int> get_option(driver& io, handle of, socket_option which) {
  int value = 0;
  auto written = io.option(of, which, std::as_writable_bytes(std::span{&value, 1}));
  if (!written) return std::unexpected{written.error()};
  return value;
}

int set_option(driver& io, handle of, socket_option which, std::string_view value) {
  return io.set_option(of, which, std::as_bytes(std::span{value}));
}

std::expected<std::string, int> get_text_option(driver& io, handle of, socket_option which) {
  constexpr std::size_t longest = 64;
  std::string value(longest, '\0');
  const auto written = io.option(of, which, std::as_writable_bytes(std::span{value}));
  if (!written) return std::unexpected{written.error()};
  value.resize(*written);
  if (const std::size_t end = value.find('\0'); end != std::string::npos) value.resize(end);
  return value;
}

bool is_v6(driver& io, handle of) { return get_option(io, of, option::family) == AF_INET6; }

int set_linger(driver& io, handle of, std::optional<std::chrono::seconds> time) {
  const linger value{.l_onoff = time ? 1 : 0, .l_linger = time ? static_cast<int>(time->count()) : 0};
  return io.set_option(of, {SOL_SOCKET, SO_LINGER}, std::as_bytes(std::span{&value, 1}));
}

std::expected<credentials, int> peer_credentials(driver& io, handle of) {
  ucred found{};
  auto written = io.option(of, {SOL_SOCKET, SO_PEERCRED}, std::as_writable_bytes(std::span{&found, 1}));
  if (!written) return std::unexpected{written.error()};
  return credentials{found.pid, found.uid, found.gid};
}

namespace {

int family_of(const socket_name& address) { return static_cast<const sockaddr*>(address.data())->sa_family; }

}  // namespace

socket_kind stream_kind(const socket_name& address) { return {family_of(address), SOCK_STREAM}; }
socket_kind datagram_kind(const socket_name& address) { return {family_of(address), SOCK_DGRAM}; }

}  // namespace dialtone::io
