// SPDX-License-Identifier: Apache-2.0
// Stream sockets that are opened in another network namespace (gen_tcp's option netns). For the room net only.
#pragma once

#include <string>

#include <dialtone/net/stream_opening.hpp>

namespace dialtone::detail {

/// As open_stream, in the namespace at `path`, or in the program's own when that is empty. The driver outlives the
/// task.
task<std::expected<opened_handle, net_error>> open_stream_in(std::string path, io::driver* driver,
                                                             socket_address address);

}  // namespace dialtone::detail
