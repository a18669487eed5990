// SPDX-License-Identifier: Apache-2.0
// Ports of services by name, as services(5) has them: inet:getservbyname and its counterpart. Inside a process; the
// file is read on a thread of the blocking pool each time, some 50 µs: for configurations, not for each connection.
//
//   auto port = co_await dt::port_of_service("https");          // std::expected<std::uint16_t, dt::net_error>: 443
//
// Errors: nxdomain, and what the system says.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include <dialtone/net/net_error.hpp>
#include <dialtone/runtime/task.hpp>

namespace dialtone {

/// `protocol` is "tcp" or "udp".
task<std::expected<std::uint16_t, net_error>> port_of_service(std::string service, std::string protocol = "tcp");
task<std::expected<std::string, net_error>> service_of_port(std::uint16_t port, std::string protocol = "tcp");

}  // namespace dialtone
