// SPDX-License-Identifier: Apache-2.0
// An IPv4 or IPv6 address, the latter with a scope (the index of an interface; 0: none). A regular value of 24 bytes,
// sendable, for everybody; nothing here asks the system or allocates, but to_string.
//
//   auto address = dt::ip_address::parse("fe80::1%2");          // expected<ip_address, address_error>
//   address->is_link_local(), address->scope(), to_string(*address)
//
//   address = 4 numbers 0..255 with dots (RFC 6943, 3.1.1: strict) | IPv6 as in RFC 4291, 2.2 [ "%" scope ]
//
// Order: IPv4 before IPv6, then by value, then by scope. An IPv4 address and the IPv6 address it is mapped to are
// different values; is_loopback and its like answer the same for both, so that ::ffff:127.0.0.1 passes no check that
// 127.0.0.1 does not.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include <dialtone/base/enable_sendable.hpp>
#include <dialtone/net/address_error.hpp>

namespace dialtone {

enum class ip_family : std::uint8_t { v4, v6 };

class ip_address {
 public:
  /// No text of an address is longer: 39 characters, or 45 with an IPv4 address inside, and 11 of scope.
  static constexpr std::size_t text_limit = 64;

  /// 0.0.0.0.
  constexpr ip_address() = default;
  static constexpr ip_address v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
    ip_address result;
    result.bytes_[12] = a, result.bytes_[13] = b, result.bytes_[14] = c, result.bytes_[15] = d;
    return result;
  }
  /// Of 0x7f000001: 127.0.0.1.
  static constexpr ip_address v4(std::uint32_t bits) {
    return v4(static_cast<std::uint8_t>(bits >> 24), static_cast<std::uint8_t>(bits >> 16),
              static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits));
  }
  /// In the order in which they travel.
  static constexpr ip_address v6(const std::array<std::uint8_t, 16>& bytes, std::uint32_t scope = 0) {
    ip_address result;
    result.family_ = ip_family::v6, result.bytes_ = bytes, result.scope_ = scope;
    return result;
  }
  /// The eight groups of the text.
  static constexpr ip_address v6_groups(const std::array<std::uint16_t, 8>& groups, std::uint32_t scope = 0) {
    std::array<std::uint8_t, 16> bytes{};
    for (std::size_t i = 0; i < 8; ++i) {
      bytes[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8);
      bytes[2 * i + 1] = static_cast<std::uint8_t>(groups[i]);
    }
    return v6(bytes, scope);
  }

  /// 0.0.0.0 and ::, which listen on all interfaces.
  static constexpr ip_address any(ip_family family) { return family == ip_family::v4 ? v4(0) : v6_number(0); }
  /// 127.0.0.1 and ::1.
  static constexpr ip_address loopback(ip_family family) {
    return family == ip_family::v4 ? v4(0x7f000001) : v6_number(1);
  }

  static std::expected<ip_address, address_error> parse(std::string_view text);
  /// IPv4 as inet_aton(3) and inet:parse_address take it: "127.1", "0x7f.0.0.1", "0177.1", "2130706433". Not for what
  /// strangers send: others read such texts in other ways.
  static std::expected<ip_address, address_error> parse_lenient(std::string_view text);

  constexpr ip_family family() const { return family_; }
  constexpr bool is_v4() const { return family_ == ip_family::v4; }
  constexpr bool is_v6() const { return family_ == ip_family::v6; }
  /// 4 or 16 bytes in the order in which they travel, while this object lives.
  constexpr std::span<const std::uint8_t> bytes() const { return std::span{bytes_}.subspan(is_v4() ? 12 : 0); }
  /// Bits of an address of its family: 32 or 128.
  constexpr std::size_t bit_count() const { return is_v4() ? 32 : 128; }
  /// The last 32 bits, the whole of an IPv4 address.
  constexpr std::uint32_t low_bits() const {
    return std::uint32_t{bytes_[12]} << 24 | std::uint32_t{bytes_[13]} << 16 | std::uint32_t{bytes_[14]} << 8 |
           bytes_[15];
  }
  /// Of an IPv6 address, `index` from 0 to 7.
  constexpr std::uint16_t group(std::size_t index) const {
    return static_cast<std::uint16_t>(bytes_[2 * index] << 8 | bytes_[2 * index + 1]);
  }
  constexpr std::uint32_t scope() const { return scope_; }
  /// An IPv4 address has none, and stays as it is.
  constexpr ip_address with_scope(std::uint32_t scope) const {
    ip_address result = *this;
    if (is_v6()) result.scope_ = scope;
    return result;
  }

  /// ::ffff:1.2.3.4 (RFC 4291, 2.5.5.2).
  constexpr bool is_v4_mapped() const { return is_v6() && has_zeros(10) && group(5) == 0xffff; }
  /// 1.2.3.4 of ::ffff:1.2.3.4; any other address stays as it is.
  constexpr ip_address unmapped() const { return is_v4_mapped() ? v4(low_bits()) : *this; }
  /// ::ffff:1.2.3.4 of 1.2.3.4; an IPv6 address stays as it is.
  constexpr ip_address mapped() const {
    if (is_v6()) return *this;
    std::array<std::uint8_t, 16> bytes = bytes_;
    bytes[10] = bytes[11] = 0xff;
    return v6(bytes);
  }

  /// 0.0.0.0 and ::.
  constexpr bool is_unspecified() const { return holds_v4() ? low_bits() == 0 : has_zeros(16); }
  /// 127.0.0.0/8 and ::1.
  constexpr bool is_loopback() const { return holds_v4() ? begins(0x7f000000, 8) : has_zeros(15) && bytes_[15] == 1; }
  /// 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 (RFC 1918) and fc00::/7 (RFC 4193).
  constexpr bool is_private() const {
    if (!holds_v4()) return (bytes_[0] & 0xfe) == 0xfc;
    return begins(0x0a000000, 8) || begins(0xac100000, 12) || begins(0xc0a80000, 16);
  }
  /// 100.64.0.0/10, between a provider and its customers (RFC 6598).
  constexpr bool is_shared() const { return holds_v4() && begins(0x64400000, 10); }
  /// 169.254.0.0/16 and fe80::/10.
  constexpr bool is_link_local() const { return holds_v4() ? begins(0xa9fe0000, 16) : (group(0) & 0xffc0) == 0xfe80; }
  /// 224.0.0.0/4 and ff00::/8.
  constexpr bool is_multicast() const { return holds_v4() ? begins(0xe0000000, 4) : bytes_[0] == 0xff; }
  /// 255.255.255.255.
  constexpr bool is_broadcast() const { return holds_v4() && low_bits() == 0xffffffff; }
  /// 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24 (RFC 5737) and 2001:db8::/32 (RFC 3849).
  constexpr bool is_documentation() const {
    if (!holds_v4()) return group(0) == 0x2001 && group(1) == 0x0db8;
    return begins(0xc0000200, 24) || begins(0xc6336400, 24) || begins(0xcb007100, 24);
  }

  friend constexpr bool operator==(const ip_address&, const ip_address&) = default;
  friend constexpr auto operator<=>(const ip_address&, const ip_address&) = default;

 private:
  static constexpr ip_address v6_number(std::uint16_t last) { return v6_groups({0, 0, 0, 0, 0, 0, 0, last}); }
  constexpr bool holds_v4() const { return is_v4() || is_v4_mapped(); }
  constexpr bool begins(std::uint32_t prefix, int length) const { return (low_bits() ^ prefix) >> (32 - length) == 0; }
  constexpr bool has_zeros(std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i)
      if (bytes_[i] != 0) return false;
    return true;
  }

  ip_family family_ = ip_family::v4;
  std::array<std::uint8_t, 16> bytes_{};  // an IPv4 address is the last four
  std::uint32_t scope_ = 0;
};

/// As RFC 5952 has it, the scope as its number: "2001:db8::1", "::ffff:1.2.3.4", "fe80::1%2".
std::string to_string(const ip_address& address);

template <>
inline constexpr bool enable_sendable<ip_address> = true;

}  // namespace dialtone

template <>
struct std::hash<dialtone::ip_address> {
  std::size_t operator()(const dialtone::ip_address& address) const noexcept;
};

template <>
struct fmt::formatter<dialtone::ip_address> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const dialtone::ip_address& address, Context& context) const {
    return fmt::formatter<std::string_view>::format(to_string(address), context);
  }
};
