// SPDX-License-Identifier: Apache-2.0
// The options of a datagram socket without the socket: what cannot be, and what is the kernel's. For the room net only.
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include <dialtone/io/driver.hpp>
#include <dialtone/net/datagram_options.hpp>
#include <dialtone/net/net_error.hpp>

namespace dialtone::detail {

/// The name of one that has a value that it cannot have, whatever the kernel says; the mode is for the socket to judge.
std::optional<std::string_view> wrong_option(const datagram_options& given);
/// Those that are given. `is_v6`: the family of the socket. Errors name the option.
std::expected<void, net_error> set_kernel_options(io::driver& driver, io::handle handle, bool is_v6,
                                                  const datagram_options& given);
/// What is in force. What the kernel does not know of such a socket is left out.
void read_kernel_options(io::driver& driver, io::handle handle, bool is_v6, datagram_options& told);

}  // namespace dialtone::detail
