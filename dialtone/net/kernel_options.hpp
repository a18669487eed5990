// SPDX-License-Identifier: Apache-2.0
// Those of the options of a socket that are the kernel's, to it and back. For the room net only.
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include <dialtone/io/driver.hpp>
#include <dialtone/net/net_error.hpp>
#include <dialtone/net/socket_options.hpp>

namespace dialtone::detail {

/// The name of one that has a value that it cannot have, whatever the kernel says.
std::optional<std::string_view> wrong_kernel_option(const socket_options& given);
/// Those that are given. What is of another transport or family is passed over. Errors name the option.
std::expected<void, net_error> set_kernel_options(io::driver& driver, io::handle handle, const socket_options& given);
/// What is in force. What the kernel does not know of such a socket is left out.
void read_kernel_options(io::driver& driver, io::handle handle, socket_options& told);
/// In their order, until one is refused.
std::expected<void, net_error> set_raw_options(io::driver& driver, io::handle handle,
                                               const std::vector<raw_option>& given);
std::expected<bytes, net_error> read_raw_option(io::driver& driver, io::handle handle, const raw_option& which,
                                                std::size_t size);

std::unexpected<net_error> bad_option(std::string_view name);

}  // namespace dialtone::detail
