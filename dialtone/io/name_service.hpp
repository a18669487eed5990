// SPDX-License-Identifier: Apache-2.0
// The system's resolver: names of hosts and services, by getaddrinfo(3) and its like, in the order and from the places
// that nsswitch.conf(5) says. Any thread; BLOCKS for as long as name servers are silent, some 10 s each: for the pool.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include <dialtone/io/socket_name.hpp>

namespace dialtone::io {

enum class lookup_failure : std::uint8_t {
  not_found,    ///< no such name, or none of this family
  try_again,    ///< the name servers do not answer at present
  no_recovery,  ///< they have refused, or failed for good
  system,       ///< lookup_error::system_code says why
};

struct lookup_error {
  lookup_failure why = lookup_failure::not_found;
  int system_code = 0;
};

enum class name_family : std::uint8_t { any, v4, v6 };

/// The addresses of a host, ports zero, in the order of RFC 6724: the first is the best to try.
std::expected<std::vector<socket_name>, lookup_error> addresses_of_host(const std::string& host, name_family family);
/// The name of the host with this address.
std::expected<std::string, lookup_error> host_of_address(const socket_name& address);

/// services(5); `protocol` is "tcp" or "udp".
std::expected<std::uint16_t, lookup_error> port_of_service(const std::string& service, const std::string& protocol);
std::expected<std::string, lookup_error> service_of_port(std::uint16_t port, const std::string& protocol);

/// When and how large: a file that has changed has another one. Zeros when it cannot be asked for.
struct file_stamp {
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
  std::int64_t size = 0;
  std::uint64_t inode = 0;
  friend bool operator==(const file_stamp&, const file_stamp&) = default;
};
file_stamp stamp_of(const std::string& path);

/// The first `limit` bytes of a file; empty if it cannot be read.
std::string read_file(const std::string& path, std::size_t limit);

}  // namespace dialtone::io
