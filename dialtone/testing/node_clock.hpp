// SPDX-License-Identifier: Apache-2.0
// The clock of one node of a simulation: the virtual clock of all, but wrong. Its time of day is off by an offset and
// jumps when that is set, as by settimeofday(2); its monotonic time, by which timers go, only drifts. For one thread.
#pragma once

#include <dialtone/io/clock.hpp>

namespace dialtone::testing {

/// How a node's clock differs from the simulation's.
struct clock_skew {
  /// Of the time of day: ahead by so much; behind, if negative. At most a hundred years.
  duration offset{};
  /// Gains so many millionths; loses, if negative. From -500,000 (half as fast) to 1,000,000 (twice). Real clocks: 100.
  std::int32_t drift_ppm = 0;
};

class node_clock final : public io::clock {
 public:
  /// `truth` outlives it.
  node_clock(io::clock& truth, clock_skew skew);

  time_point now() override;
  std::chrono::system_clock::time_point wall_time() override;

  /// From now on; what has come together by a drift stays. Throws std::invalid_argument for what no clock has.
  void set(clock_skew skew);
  const clock_skew& skew() const { return skew_; }
  /// When the truth is that, this clock says `local`, or later.
  time_point truth_at(time_point local) const;

 private:
  io::clock& truth_;
  clock_skew skew_;
  time_point set_at_;  // by the truth
  time_point shown_then_;
};

}  // namespace dialtone::testing
