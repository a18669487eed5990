// SPDX-License-Identifier: Apache-2.0
// The telemetry events of supervisors. Attach to them by name, or to all with "dialtone.supervisor.*".
#pragma once

#include <dialtone/runtime/telemetry_event.hpp>

namespace dialtone::events {

/// A child has ended by itself. Tags: supervisor, child, pid, reason.
inline constexpr telemetry::event supervisor_child_exit{"dialtone.supervisor.child_exit"};
/// A child was started again. Tags: supervisor, child, pid.
inline constexpr telemetry::event supervisor_child_restart{"dialtone.supervisor.child_restart"};
/// A supervisor gives up: too many restarts. Tags: supervisor, child.
inline constexpr telemetry::event supervisor_intensity_reached{"dialtone.supervisor.intensity_reached"};

}  // namespace dialtone::events
