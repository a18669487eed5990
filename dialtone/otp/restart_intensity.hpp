// SPDX-License-Identifier: Apache-2.0
// How often a supervisor may restart: at most `intensity` times within any `period`. A sliding window over the times of
// the last restarts; reads no clock.
#pragma once

#include <cstddef>
#include <deque>

#include <dialtone/base/time.hpp>

namespace dialtone::detail {

class restart_intensity {
 public:
  restart_intensity(std::size_t intensity, duration period) : intensity_{intensity}, period_{period} {}

  /// Notes a restart at `now`; false when that is one too many.
  bool note(time_point now);

 private:
  std::size_t intensity_;
  duration period_;
  std::deque<time_point> times_;
};

}  // namespace dialtone::detail
