// SPDX-License-Identifier: Apache-2.0
// A descriptor that somebody else has opened becomes a handle: the steps that adopt of streams and of datagrams share.
// For the room net only.
#pragma once

#include <expected>
#include <string>

#include <dialtone/io/driver.hpp>
#include <dialtone/net/net_error.hpp>

namespace dialtone::detail {

/// Errors that name the descriptor: the system's, and `bad_option` with what it is not.
std::unexpected<net_error> refused_descriptor(int descriptor, int system_code);
std::unexpected<net_error> refused_descriptor(int descriptor, const std::string& what_not);

/// After an error it is still the caller's, though it may be non-blocking by then.
std::expected<io::handle, net_error> take_descriptor(io::driver& driver, int descriptor);
/// To the caller, whose descriptor it is again.
void give_back_descriptor(io::driver& driver, io::handle adopted);

}  // namespace dialtone::detail
