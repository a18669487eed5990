// SPDX-License-Identifier: Apache-2.0
// Where a runtime takes the time from: the system's clocks, or a virtual one in tests and simulation. Any thread. Times
// are in nanoseconds (base/time.hpp).
#pragma once

#include <dialtone/base/time.hpp>

namespace dialtone::io {

class clock {
 public:
  virtual ~clock() = default;
  /// Monotonic time: clock_gettime(CLOCK_MONOTONIC) on the real one.
  virtual time_point now() = 0;
  /// The time of day, for logs only.
  virtual std::chrono::system_clock::time_point wall_time() = 0;
  /// Moves a virtual clock on; false for a real one, which goes by itself.
  virtual bool advance_to(time_point) { return false; }
};

/// The system's clocks, which live for ever.
clock& system_clocks();

}  // namespace dialtone::io
