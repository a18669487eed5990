// SPDX-License-Identifier: Apache-2.0
// The telemetry events of the runtime itself. Attach to them by name, or to all with "dialtone.*".
#pragma once

#include <dialtone/runtime/telemetry_event.hpp>

namespace dialtone::events {

/// Tags: pid, name, parent.
inline constexpr telemetry::event process_start{"dialtone.process.start"};
/// Tags: pid, name, reason. Measurements: reductions, bytes, mailbox.
inline constexpr telemetry::event process_exit{"dialtone.process.exit"};
/// A process ended by a fault of its own. As process_exit.
inline constexpr telemetry::event process_crash{"dialtone.process.crash"};
/// A mailbox met its hard limit. Tags: pid. Measurements: length.
inline constexpr telemetry::event mailbox_overflow{"dialtone.mailbox.overflow"};
/// A sender that waited for a full mailbox was let go. Tags: pid, receiver, why.
inline constexpr telemetry::event debt_forgiven{"dialtone.mailbox.debt_forgiven"};
/// A process holds its scheduler. Tags: pid, name, place. Measurements: duration (ns), scheduler.
inline constexpr telemetry::event long_schedule{"dialtone.scheduler.long_schedule"};

}  // namespace dialtone::events
