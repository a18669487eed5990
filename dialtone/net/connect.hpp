// SPDX-License-Identifier: Apache-2.0
// From a host's name, or from addresses, to a connected handle: the attempts of RFC 8305 (happy eyeballs). For the room
// net only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <dialtone/io/driver.hpp>
#include <dialtone/net/resolver.hpp>
#include <dialtone/net/socket_options.hpp>
#include <dialtone/runtime/task.hpp>

namespace dialtone::detail {

/// Of a host, or the address that it is; one family and the other in turn. Without a resolver, default_resolver().
task<resolver::addresses> addresses_of(std::string host, std::optional<resolver> names, resolve_options options);

/// What is connected, with a deadline over all of it.
struct connect_plan {
  std::string host;  ///< for errors; empty when it was an address
  std::vector<socket_address> addresses;
  std::optional<socket_address> local_address;
  std::string network_namespace;  ///< a path; empty: the program's own
  socket_options options;
  duration attempt_delay;
  time_point deadline;
};

/// Names the host, the last address and its error, and the errors before that.
using connect_result = std::expected<io::handle, net_error>;

/// Resumed with a handle that is the caller's; no wait follows in which it could be lost.
task<connect_result> connect_to_any(connect_plan plan);

}  // namespace dialtone::detail
