// SPDX-License-Identifier: Apache-2.0
// What a process may ask of a socket of another scheduler: to close; to send; of a stream socket also to end its
// sending half. Each is a signal that goes after the socket wherever it has moved. Not reading: what a reader takes
// that is killed on its way back would be lost. For the room net only.
//
// A send goes to the birth place of the socket and from there to where it is said to be. When it does not find it
// there, or waits there for room when the socket moves on, it goes back to its sender's scheduler with all that is
// unsent, and from there anew. Its giving up takes the same way behind it: so it finds the send, or that is on its way
// back to where nobody waits for it. Since both are routed by what is known of the socket when they come by, one could
// pass the other: so a send that begins to wait says so to its sender's scheduler, which gives up what nobody waits
// for.
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

/// Completes `asked`, a send of a process of this scheduler, as one at a socket here would be. With a deadline it waits
/// for room until then at most; else, where it begins to wait, for the socket's send_timeout. One that waits at the
/// socket when that moves goes after it.
remote_send_handle send_elsewhere(reference socket, pid sender, send_request& asked,
                                  std::optional<time_point> deadline = std::nullopt);
/// The same for what is unsent of a datagram send.
remote_send_handle send_elsewhere(reference socket, pid sender, datagram_send_request& asked);
/// Nobody is told what comes of these.
void shut_down_elsewhere(std::uint32_t scheduler, reference socket, shutdown_how how);
void close_elsewhere(std::uint32_t scheduler, reference socket);

}  // namespace dialtone::detail
