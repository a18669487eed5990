// SPDX-License-Identifier: Apache-2.0
// Where a socket is bound or connected: an IP address and a port, or a Unix socket's name. A regular value of 40 bytes,
// sendable, for everybody; names longer than 23 bytes are shared, not copied. Nothing here asks the system.
//
//   dt::socket_address here{dt::ip_address::v4(127, 0, 0, 1), 4000};
//   auto there = dt::socket_address::parse("[2001:db8::1]:443");           // expected<socket_address, address_error>
//
//   address = ip ":" port | "unix:" path | "unix:@" abstract name | "unix:"       ip of version 6 in brackets
//
// Unix names (unix(7)): a path in the file system; an abstract name, which no file stands for; or none at all, which a
// socket has that was never bound, and which asks the system for an abstract name of its own when it is bound.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/core.h>

#include <dialtone/base/bytes.hpp>
#include <dialtone/io/socket_name.hpp>
#include <dialtone/net/ip_address.hpp>

namespace dialtone {

class socket_address {
 public:
  /// What sockaddr_un can hold, with a zero at the end as other programs expect it.
  static constexpr std::size_t path_limit = 107;

  /// 0.0.0.0:0: any address, any free port.
  socket_address() : socket_address{ip_address{}, 0} {}
  socket_address(const ip_address& ip, std::uint16_t port) : where_{internet{ip, port}} {}

  /// At least one byte, no zero byte, at most path_limit bytes.
  static std::expected<socket_address, address_error> unix_path(std::string_view path);
  /// Any bytes, at most path_limit of them. Linux only; visible in the whole network namespace, without permissions.
  static std::expected<socket_address, address_error> unix_abstract(std::string_view name);
  static socket_address unix_unnamed();

  static std::expected<socket_address, address_error> parse(std::string_view text);

  bool is_ip() const { return std::holds_alternative<internet>(where_); }
  bool is_unix() const { return !is_ip(); }
  /// Of an IP address only, which is asserted.
  const ip_address& ip() const;
  /// 0 for a Unix address.
  std::uint16_t port() const;
  /// The same address with another port; a Unix address stays as it is.
  socket_address with_port(std::uint16_t port) const;

  /// The path of a Unix address that has one; empty otherwise. While this object lives and is not changed.
  std::string_view path() const;
  bool is_abstract() const;
  /// Without the zero byte that begins it; empty otherwise.
  std::string_view abstract_name() const;
  /// A Unix address without a name.
  bool is_unnamed() const;

  friend bool operator==(const socket_address&, const socket_address&) = default;
  friend auto operator<=>(const socket_address&, const socket_address&) = default;

 private:
  struct internet {
    ip_address ip;
    std::uint16_t port = 0;
    friend auto operator<=>(const internet&, const internet&) = default;
  };
  explicit socket_address(bytes unix_name) : where_{std::move(unix_name)} {}
  std::string_view unix_name() const;

  // A Unix name is as the system has it: an abstract one begins with a zero byte.
  std::variant<internet, bytes> where_;
};

/// "127.0.0.1:80", "[fe80::1%2]:80", "unix:/run/me", "unix:@name"; bytes that are no printable ASCII as "\x0a". For
/// people: names with '@' in front, or escaped, need not be read back as they were.
std::string to_string(const socket_address& address);

/// To and from what the system takes. Empty: a family that is none of these.
io::socket_name to_socket_name(const socket_address& address);
std::optional<socket_address> from_socket_name(const io::socket_name& name);

template <>
inline constexpr bool enable_sendable<socket_address> = true;

}  // namespace dialtone

template <>
struct std::hash<dialtone::socket_address> {
  std::size_t operator()(const dialtone::socket_address& address) const noexcept;
};

template <>
struct fmt::formatter<dialtone::socket_address> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const dialtone::socket_address& address, Context& context) const {
    return fmt::formatter<std::string_view>::format(to_string(address), context);
  }
};
