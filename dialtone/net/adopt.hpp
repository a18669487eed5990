// SPDX-License-Identifier: Apache-2.0
// Sockets from descriptors that are open already: those that systemd passes to a service that it activates
// (sd_listen_fds(3)), those of a predecessor of this program, those of other libraries. Of TCP or Unix sockets.
//
//   auto listener = dt::tcp::adopt_listener(3, {.packet = dt::packet::line});
//
// The descriptor is the socket's from then on; after an error it is still the caller's. It must be of a stream socket
// that listens, or is connected: `bad_option` otherwise, or what the system says (EBADF, ENOTSOCK). It is made
// non-blocking, also for other programs that have the same socket. Inside a process only, which owns what it gets.
#pragma once

#include <dialtone/net/stream.hpp>

namespace dialtone::stream {

/// With these options of the connections; the others as after listen.
std::expected<listener, net_error> adopt_listener(int descriptor, socket_options connections = {});
std::expected<socket, net_error> adopt(int descriptor, socket_options options = {});

}  // namespace dialtone::stream
