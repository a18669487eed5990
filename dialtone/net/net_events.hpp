// SPDX-License-Identifier: Apache-2.0
// The telemetry events of sockets. Attach to them by name, or to all with "dialtone.*".
#pragma once

#include <dialtone/runtime/telemetry_event.hpp>

namespace dialtone::events {

/// A listener cannot accept, for the system has no descriptor or no memory left; it tries again. Once until it can.
/// Tags: address (the listener's), pid (its owner), error ("EMFILE").
inline constexpr telemetry::event accept_paused{"dialtone.listener.accept_paused"};
/// It can again. Tags: address, pid. Measurements: attempts (that have failed), duration (ns, since the first).
inline constexpr telemetry::event accept_resumed{"dialtone.listener.accept_resumed"};

// Of a supervised listener (listener.hpp); `listener` is the pid of its manager.

/// It listens at an address. Tags: listener, address.
inline constexpr telemetry::event listener_start{"dialtone.listener.start"};
/// It does not any more. Tags: listener, address.
inline constexpr telemetry::event listener_stop{"dialtone.listener.stop"};
/// There are max_connections, and who comes waits or is refused. Once until there is room. Tags: listener.
/// Measurements: connections.
inline constexpr telemetry::event listener_full{"dialtone.listener.full"};
/// There is room again. Tags: listener. Measurements: connections, duration (ns, since listener_full).
inline constexpr telemetry::event listener_room{"dialtone.listener.room"};
/// All connections have ended. Tags: listener. Measurements: killed, duration (ns, since the drain has begun).
inline constexpr telemetry::event listener_drained{"dialtone.listener.drained"};
/// An accept has failed, and the next follows. Tags: address, error.
inline constexpr telemetry::event accept_failed{"dialtone.listener.accept_failed"};

/// A connection of a listener is ready for its handler. Tags: pid, address (its own end), peer.
inline constexpr telemetry::event connection_start{"dialtone.connection.start"};
/// Its process has ended; of those only that have begun while somebody listened. Tags: pid, address, peer, reason.
/// Measurements: duration (ns); received_bytes, received_packets, sent_bytes, sent_packets, unless its handler has
/// closed the socket or given it away.
inline constexpr telemetry::event connection_stop{"dialtone.connection.stop"};
/// It was not made ready within the handshake's time, or could not be. Tags: pid, error.
inline constexpr telemetry::event connection_handshake_failed{"dialtone.connection.handshake_failed"};
/// It was closed, or given to the refusal handler, for there were too many. Tags: listener.
inline constexpr telemetry::event connection_refused{"dialtone.connection.refused"};

}  // namespace dialtone::events
