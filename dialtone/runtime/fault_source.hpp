// SPDX-License-Identifier: Apache-2.0
// Places in the library where something rare and legal may happen at will: a timer that is late, a start that is
// refused. A simulation hands in a fault_source (runtime_options::faults), which says at each such place, by its name,
// whether it happens now; so what seldom happens is met, and one seed always gives the same run. Without one a place
// costs a comparison, and none is on the way of a message.
//
//   if (DIALTONE_FAULT_POINT(home, fault_points::timers_late)) return true;
//
// What a network does is the simulated driver's (segments that are cut, late or lost).
#pragma once

#include <array>
#include <string_view>

namespace dialtone {

/// Decides whether a fault happens. Called on the thread that steps the runtime.
class fault_source {
 public:
  virtual ~fault_source() = default;
  /// `point` is one of fault_points. Not true for ever, or nothing goes on.
  virtual bool happens(std::string_view point) = 0;
};

/// All that there are.
namespace fault_points {

inline constexpr std::string_view timers_late = "timers.late";            ///< what is due fires in the next turn
inline constexpr std::string_view turn_short = "turn.short";              ///< a turn ends after one process
inline constexpr std::string_view poll_late = "poll.late";                ///< the driver is polled in the next turn
inline constexpr std::string_view spawn_refused = "spawn.refused";        ///< spawn_error::memory_limit
inline constexpr std::string_view blocking_refused = "blocking.refused";  ///< blocking_overloaded
inline constexpr std::string_view send_late = "send.late";                ///< an answer leaves at the end of the turn

/// Those that only change when something happens, which no program may notice.
inline constexpr std::array timing = {timers_late, turn_short, poll_late, send_late};
/// Those that a program is told of, and has to live with.
inline constexpr std::array refusals = {spawn_refused, blocking_refused};

}  // namespace fault_points

}  // namespace dialtone

/// Whether the fault happens here and now, by the source that the scheduler has; false without one.
#define DIALTONE_FAULT_POINT(scheduler, point) ((scheduler).faults != nullptr && (scheduler).faults->happens(point))
