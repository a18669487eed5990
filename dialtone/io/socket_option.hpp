// SPDX-License-Identifier: Apache-2.0
// The kernel's options of sockets by name (socket(7), ip(7), ipv6(7), tcp(7)), for who sets them through a driver.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <dialtone/base/time.hpp>
#include <dialtone/io/driver.hpp>

namespace dialtone::io {

namespace option {
// Of any socket; a flag or a number.
extern const socket_option reuse_address, reuse_port, keepalive, receive_buffer, send_buffer, broadcast, error;
extern const socket_option priority, dont_route;
extern const socket_option device;                 // the name of an interface
extern const socket_option family, type, listens;  // to be read only
// Of TCP.
extern const socket_option nodelay, cork, user_timeout, keepalive_idle, keepalive_interval, keepalive_count;
extern const socket_option congestion;  // a name
// Of IPv4, and of IPv4 on a socket of IPv6.
extern const socket_option ip_tos, ip_ttl;
// Of IPv6.
extern const socket_option v6_only, v6_traffic_class, v6_hop_limit;
}  // namespace option

/// Flags and numbers. What returns an int returns the error.
int set_option(driver& io, handle of, socket_option which, int value);
std::expected<int, int> get_option(driver& io, handle of, socket_option which);

/// Texts: what was set, without a zero at its end; at most 64 bytes.
int set_option(driver& io, handle of, socket_option which, std::string_view value);
std::expected<std::string, int> get_text_option(driver& io, handle of, socket_option which);
/// Whether it is a socket of IPv6.
bool is_v6(driver& io, handle of);

/// What close does with data that the peer has not taken: for so long in whole seconds it goes on (the kernel's own way
/// when empty), and with zero the connection is reset.
int set_linger(driver& io, handle of, std::optional<std::chrono::seconds> time);

/// Who the peer of a Unix socket was when it connected or began to listen (SO_PEERCRED).
struct credentials {
  std::int32_t process = 0;
  std::uint32_t user = 0;
  std::uint32_t group = 0;
};
std::expected<credentials, int> peer_credentials(driver& io, handle of);

/// The kind of socket that such an address needs.
socket_kind stream_kind(const socket_name& address);
socket_kind datagram_kind(const socket_name& address);

}  // namespace dialtone::io
