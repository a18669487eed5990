// SPDX-License-Identifier: Apache-2.0
// Places in the library where something rare and legal may happen at will: a timer that is late, a start that is
// refused. A simulation hands in a fault_source (runtime_options::faults), which says at each such place, by its name,
// whether it happens now; so what seldom happens is met, and one seed always gives the same run. Without one a place
// costs a comparison, and none is on the way of a message.
//
//   if (DIALTONE_FAULT_POINT(home, fault_points::timers_late)) return true;
//
// What a network does (segments that are cut, late or lost) is the simulated network's, without a point of its own;
// what a kernel does to the calls of a driver is the simulated driver's, at the points `driver.*`.
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
inline constexpr std::string_view driver_waits = "driver.waits";          ///< what could be done at once is done later
inline constexpr std::string_view driver_spurious = "driver.spurious";    ///< a wake-up with nothing to be had
inline constexpr std::string_view driver_late = "driver.late";            ///< a completion comes a poll later
inline constexpr std::string_view driver_sends_part = "driver.sends_part";  ///< half of a send at once, the rest later
inline constexpr std::string_view open_no_descriptor = "driver.open.EMFILE";
inline constexpr std::string_view open_no_file = "driver.open.ENFILE";
inline constexpr std::string_view open_no_memory = "driver.open.ENOBUFS";
inline constexpr std::string_view accept_no_descriptor = "driver.accept.EMFILE";  ///< the connection waits on
inline constexpr std::string_view accept_no_file = "driver.accept.ENFILE";
inline constexpr std::string_view accept_no_memory = "driver.accept.ENOMEM";
inline constexpr std::string_view connect_no_port = "driver.connect.EADDRNOTAVAIL";
inline constexpr std::string_view datagram_no_memory = "driver.send_datagram.ENOBUFS";  ///< nothing is sent

/// Those that only change when something happens, which no program may notice.
inline constexpr std::array timing = {timers_late,  turn_short,      poll_late,   send_late,
                                      driver_waits, driver_spurious, driver_late, driver_sends_part};
/// Those that a program is told of, and has to live with.
inline constexpr std::array refusals = {spawn_refused,        blocking_refused,  open_no_descriptor, open_no_file,
                                        open_no_memory,       accept_no_file,    accept_no_memory,   connect_no_port,
                                        accept_no_descriptor, datagram_no_memory};

}  // namespace fault_points

}  // namespace dialtone

/// Whether the fault happens here and now, by the source that the scheduler has; false without one.
#define DIALTONE_FAULT_POINT(scheduler, point) ((scheduler).faults != nullptr && (scheduler).faults->happens(point))
