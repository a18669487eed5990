// SPDX-License-Identifier: Apache-2.0
// Sockets that are opened in another network namespace (the option netns of gen_tcp and gen_udp). For the room net
// only.
#pragma once

#include <string>

#include <dialtone/net/stream_opening.hpp>

namespace dialtone::detail {

/// In the namespace at `path`, or in the program's own when that is empty. Errors carry the address. The driver
/// outlives the task.
task<std::expected<opened_handle, net_error>> open_socket_in(std::string path, io::driver* driver, io::socket_kind kind,
                                                             socket_address address);
/// The same, as open_stream.
task<std::expected<opened_handle, net_error>> open_stream_in(std::string path, io::driver* driver,
                                                             socket_address address);

}  // namespace dialtone::detail
