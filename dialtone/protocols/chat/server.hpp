// SPDX-License-Identifier: Apache-2.0
// The chat server's side of a connection, over any transport: for whoever accepts connections. What the room guarantees
// is in room.hpp.
//
//   accepted->controlling_process(dt::spawn(dt::chat::serve, *accepted, lobby));
//
// The process owns the socket. It ends with `normal` when the connection has ended, also for what the peer does wrong,
// which it logs with the peer's address, and its name if it has one:
//
//   "Peer ADDRESS: Received invalid data, closing connection"         also what decode_limits do not allow, with why
//   "Peer ADDRESS (NAME): Invalid Register message, had already received one"
//   "Peer ADDRESS: Invalid Broadcast message, had not received a Register message"
//   "Peer ADDRESS (NAME): ended within a message"
//
// What has come whole before that is still delivered. Name and address of a broadcast are the server's, whatever the
// client has said. A name that is taken is a crash (registration_refused), as is that of whoever expects it to be free;
// the end of the room ends it for the room's reason. It traps exits: another reason than `normal` ends it with that
// reason, at once, or as soon as everybody has what it has read: a supervisor's time for shutdown bounds that. What was
// sent to it still goes out then, for at most the socket's linger time.
#pragma once

#include <dialtone/net/stream.hpp>
#include <dialtone/protocols/chat/room.hpp>
#include <dialtone/runtime/process.hpp>

namespace dialtone::chat {

process<> serve(stream::socket socket, room where);

}  // namespace dialtone::chat
