// SPDX-License-Identifier: Apache-2.0
// The telemetry events of async tasks, those of streams and of supervisors included. Attach to them by name, or to all
// with "dialtone.async.*".
#pragma once

#include <dialtone/runtime/telemetry_event.hpp>

namespace dialtone::events {

/// The function of an async task is about to run. Tags: pid, owner (not of one that runs for its effect).
inline constexpr telemetry::event async_begin{"dialtone.async.start"};
/// Its process has ended, before its links and monitors are told. Tags: as async_begin, and reason. Measurements:
/// duration (ns) since that event; one that began while nobody listened stays silent.
inline constexpr telemetry::event async_end{"dialtone.async.stop"};

}  // namespace dialtone::events
