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

}  // namespace dialtone::events
