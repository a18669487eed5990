// SPDX-License-Identifier: Apache-2.0
// The echo server, a process for each connection, over any transport: for whoever accepts connections.
//
//   accepted->controlling_process(dt::spawn(dt::echo::serve, *accepted));
//
// The process owns the socket, which is passive and raw, and ends with `normal` when the connection does, whoever has
// ended it and how. It logs, with the peer's address: "Peer ADDRESS connecting", "Peer ADDRESS disconnected" (with the
// error, if there is one), and at the level debug "Received new message from peer ADDRESS, N bytes". It traps nothing:
// the exit signal `shutdown` ends it at once, and what it has sent still goes out, for at most the socket's linger
// time. A peer that sends and does not read is read no more when the socket's high watermark is unsent, until it reads.
#pragma once

#include <dialtone/net/stream.hpp>
#include <dialtone/protocols/echo/protocol.hpp>
#include <dialtone/runtime/process.hpp>

namespace dialtone::echo {

/// Sends back the bytes as they came, in whatever pieces.
process<> serve(stream::socket socket);

/// Sends back whole lines; what has no end when the connection ends is lost. A line of more than `limit` bytes ends the
/// connection, with a warning in the log: "Peer ADDRESS: line too long, closing connection".
process<> serve_lines(stream::socket socket, std::size_t limit = line_limit);

}  // namespace dialtone::echo
