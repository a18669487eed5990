// SPDX-License-Identifier: Apache-2.0
// A socket goes to another owner (controlling_process), wherever that runs. For the room net only.
#pragma once

#include <dialtone/net/socket_table.hpp>

namespace dialtone::detail {

/// Of the calling process, which must own it. What the socket has told the caller, and that has not received, is the
/// new owner's, before all that the socket tells it. On another scheduler the socket is there, with the messages,
/// before anything that the caller sends there from now on; it dies there if the new owner has.
std::expected<void, net_error> give(any_socket& given, pid owner);

}  // namespace dialtone::detail
