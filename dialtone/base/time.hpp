// SPDX-License-Identifier: Apache-2.0
// The types of time, in nanoseconds, good for 292 years. A time_point is on the runtime's own clock (monotonic, or
// virtual in tests), never the wall clock. For everybody.
#pragma once

#include <chrono>

namespace dialtone {

using duration = std::chrono::nanoseconds;
using time_point = std::chrono::time_point<std::chrono::steady_clock, duration>;

/// Later than any deadline: "no time limit".
inline constexpr time_point never = time_point::max();

/// `start + delay`, or `never` where that would overflow. A negative delay counts as zero.
constexpr time_point after_delay(time_point start, duration delay) {
  if (delay <= duration::zero()) return start;
  return delay >= never - start ? never : start + delay;
}

/// From `start` to `deadline`: zero when that has passed, and duration::max(), no time limit, when it is `never`.
constexpr duration delay_until(time_point start, time_point deadline) {
  if (deadline == never) return duration::max();
  return deadline <= start ? duration::zero() : deadline - start;
}

}  // namespace dialtone
