// SPDX-License-Identifier: Apache-2.0
// Daytime over UDP as a child of a supervisor: opens the socket, and is up when it is open.
#pragma once

#include <string>

#include <dialtone/net/address.hpp>
#include <dialtone/otp/start.hpp>
#include <dialtone/runtime/process.hpp>

namespace dialtone::apps {

/// Ends with the server that it has started, which owns the socket and is registered as `name`; cannot be started where
/// the address cannot be had.
process<> daytime_over_udp(start_ticket ticket, socket_address where, std::string name);

}  // namespace dialtone::apps
