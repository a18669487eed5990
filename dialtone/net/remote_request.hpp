// SPDX-License-Identifier: Apache-2.0
// What a process may ask of a socket of another scheduler: to close; to send; of a stream socket also to end its
// sending half. Each is a signal that goes after the socket wherever it has moved. Not reading: what a reader takes
// that is killed on its way back would be lost. For the room net only.
#pragma once

#include <memory>

#include <dialtone/net/datagram_writer.hpp>
#include <dialtone/net/stream_socket.hpp>

namespace dialtone::detail {

/// A send that is answered from elsewhere. Given up when it is destroyed: what is queued there stays, what waits for
/// room is not sent.
class remote_send;
struct remote_send_end {
  void operator()(remote_send* ended) const;
};
using remote_send_handle = std::unique_ptr<remote_send, remote_send_end>;

/// Completes `asked` as a send of this scheduler would. `scheduler`: socket_table::way_to.
remote_send_handle send_elsewhere(std::uint32_t scheduler, reference socket, send_request& asked);
/// The same for what is unsent of a datagram send, which is one of `sender`, a process of this scheduler. One that
/// waits at the socket when that moves goes after it.
remote_send_handle send_elsewhere(std::uint32_t scheduler, reference socket, pid sender, datagram_send_request& asked);
/// Nobody is told what comes of these.
void shut_down_elsewhere(std::uint32_t scheduler, reference socket, shutdown_how how);
void close_elsewhere(std::uint32_t scheduler, reference socket);

}  // namespace dialtone::detail
