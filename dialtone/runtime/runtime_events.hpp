// SPDX-License-Identifier: Apache-2.0
// The telemetry events of the runtime itself. Attach to them by name, or to all with "dialtone.*".
#pragma once

#include <dialtone/runtime/telemetry_event.hpp>

namespace dialtone::events {

/// A process begins. Tags: pid, parent, name (if it is registered).
inline constexpr telemetry::event process_start{"dialtone.process.start"};
/// A process has ended; its destructors have run, its name is still registered. Tags: pid, parent, name (the registered
/// one, else the label, if any), reason. Measurements, from before its destructors: reductions, bytes (of frames and
/// queued messages), mailbox (messages left).
inline constexpr telemetry::event process_exit{"dialtone.process.exit"};
/// A process ends by a fault of its own: an exception or a limit. As process_exit, which follows.
inline constexpr telemetry::event process_crash{"dialtone.process.crash"};
/// A message met a mailbox at its hard limit. Tags: pid. Measurements: length (messages).
inline constexpr telemetry::event mailbox_overflow{"dialtone.mailbox.overflow"};
/// A sender that waited for a full mailbox was let go. Tags: pid, receiver, why.
inline constexpr telemetry::event debt_forgiven{"dialtone.mailbox.debt_forgiven"};
/// A process holds its scheduler. Tags: pid, name, place. Measurements: duration (ns), scheduler.
inline constexpr telemetry::event long_schedule{"dialtone.scheduler.long_schedule"};

}  // namespace dialtone::events
