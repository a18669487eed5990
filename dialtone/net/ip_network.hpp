// SPDX-License-Identifier: Apache-2.0
// A block of addresses: those that begin with the same bits (CIDR, RFC 4632). A regular value, sendable, for everybody.
//
//   auto office = dt::ip_network::parse("10.1.0.0/16");      // expected<ip_network, address_error>
//   office->contains(peer.ip())
#pragma once

#include <compare>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include <dialtone/net/ip_address.hpp>

namespace dialtone {

class ip_network {
 public:
  /// 0.0.0.0/0.
  constexpr ip_network() = default;
  /// That of `address`, whose bits behind the prefix do not count; its scope neither. The length is at most
  /// `address.bit_count()`, which is asserted.
  ip_network(const ip_address& address, std::uint8_t prefix_length);

  /// "10.0.0.0/8", "2001:db8::/32". Bits behind the prefix are a fault: they are a typing error more often than not.
  static std::expected<ip_network, address_error> parse(std::string_view text);

  /// The first address.
  const ip_address& address() const { return address_; }
  std::uint8_t prefix_length() const { return prefix_length_; }
  /// 255.0.0.0 of 10.0.0.0/8.
  ip_address netmask() const;
  /// The last address; of an IPv4 network, its broadcast address.
  ip_address last() const;

  /// Scopes do not count, and ::ffff:10.0.0.1 is in 10.0.0.0/8, as sockets of both families report it.
  bool contains(const ip_address& address) const;
  bool contains(const ip_network& other) const;

  friend bool operator==(const ip_network&, const ip_network&) = default;
  friend auto operator<=>(const ip_network&, const ip_network&) = default;

 private:
  ip_address address_;
  std::uint8_t prefix_length_ = 0;
};

/// 8 of 255.0.0.0. Empty when it is no mask: ones behind a zero.
std::optional<std::uint8_t> prefix_length_of(const ip_address& netmask);

/// "10.0.0.0/8".
std::string to_string(const ip_network& network);

template <>
inline constexpr bool enable_sendable<ip_network> = true;

}  // namespace dialtone

template <>
struct fmt::formatter<dialtone::ip_network> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const dialtone::ip_network& network, Context& context) const {
    return fmt::formatter<std::string_view>::format(to_string(network), context);
  }
};
