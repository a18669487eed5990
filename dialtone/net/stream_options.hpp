// SPDX-License-Identifier: Apache-2.0
// What is to be known of the options of stream sockets without a socket. For the room net only.
#pragma once

#include <expected>

#include <dialtone/net/net_error.hpp>
#include <dialtone/net/socket_options.hpp>

namespace dialtone::detail {

/// Whether a new socket can have them, as far as that is not for the kernel to say. The error names the option.
std::expected<void, net_error> check_options(const socket_options& given);

/// Of a new socket, without the kernel's.
socket_options default_options();

}  // namespace dialtone::detail
