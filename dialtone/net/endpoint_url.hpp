// SPDX-License-Identifier: Apache-2.0
// Where a service listens or is connected to, as people write it on a command line: what carries it, and an address. A
// regular value, sendable, for everybody. Pure: no name is resolved here.
//
//   auto where = dt::endpoint_url::parse("tcp://127.0.0.1:4000");         // expected<endpoint_url, endpoint_url_error>
//   auto listener = co_await dt::transport::tcp().listen({.address = where->address()});
//
//   url = ("tcp" | "udp") "://" host ":" port | "unix:" path | "unix:@" abstract name
//   host = IPv4 address | "[" IPv6 address "]" | name of a host       port 0: any free one       name: host_name.hpp
//
// What follows "unix:" is the path as it is, relative ones included. "localhost" and what is below it is 127.0.0.1
// (RFC 6761, 6.3), and is kept as it was written.
#pragma once

#include <compare>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include <dialtone/net/address.hpp>

namespace dialtone {

enum class endpoint_scheme : std::uint8_t { tcp, udp, local };
/// "tcp", "udp", "unix".
std::string_view to_string(endpoint_scheme scheme);

enum class endpoint_url_fault : std::uint8_t {
  scheme_missing,
  scheme_unknown,
  slashes_missing,  ///< as in tcp:127.0.0.1:80
  host_missing,
  bad_host,          ///< neither an IP address nor the name of a host
  brackets_missing,  ///< an IPv6 address and a port are written [::1]:80
  port_missing,
  port_no_number,
  port_too_large,
  path_missing,
  path_too_long,  ///< longer than socket_address::path_limit
  zero_byte,      ///< in a path
};

struct endpoint_url_error {
  endpoint_url_fault fault = endpoint_url_fault::scheme_missing;
  /// In the text, from 0.
  std::uint32_t position = 0;
  friend bool operator==(const endpoint_url_error&, const endpoint_url_error&) = default;
};
/// "the port is above 65535, at character 17"; characters are counted from 1.
std::string to_string(const endpoint_url_error& error);

class endpoint_url {
 public:
  /// tcp://0.0.0.0:0.
  endpoint_url() = default;
  /// An IP address for tcp and udp, a Unix one for local, which is asserted.
  endpoint_url(endpoint_scheme scheme, socket_address address);

  static std::expected<endpoint_url, endpoint_url_error> parse(std::string_view text);

  endpoint_scheme scheme() const { return scheme_; }
  /// Empty: the host is a name, which a resolver has to be asked about. Of localhost it is 127.0.0.1.
  std::optional<socket_address> address() const;
  /// The host's name, in small letters; empty where an address was given.
  const std::string& host() const { return host_; }
  /// 0 of a Unix socket.
  std::uint16_t port() const { return address_.port(); }
  /// The same with another port; one of a Unix socket stays as it is.
  endpoint_url with_port(std::uint16_t port) const;

  friend bool operator==(const endpoint_url&, const endpoint_url&) = default;
  friend auto operator<=>(const endpoint_url&, const endpoint_url&) = default;

 private:
  endpoint_scheme scheme_ = endpoint_scheme::tcp;
  std::string host_;
  socket_address address_;  // of a name that is not localhost only its port counts
};

/// As it is parsed: "tcp://127.0.0.1:80", "tcp://[fe80::1%2]:80", "udp://localhost:13", "unix:/run/me", "unix:@me".
/// Bytes of a Unix name that are no printable ASCII are "\x0a", for people.
std::string to_string(const endpoint_url& url);

template <>
inline constexpr bool enable_sendable<endpoint_url> = true;

}  // namespace dialtone

template <>
struct fmt::formatter<dialtone::endpoint_url> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const dialtone::endpoint_url& url, Context& context) const {
    return fmt::formatter<std::string_view>::format(to_string(url), context);
  }
};
