// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/restart_intensity.hpp>

namespace dialtone::detail {

bool restart_intensity::note(time_point now) {
  while (!times_.empty() && now - times_.front() > period_) times_.pop_front();
  // The window never holds more than it takes to say no.
  if (times_.size() >= intensity_) return false;
  times_.push_back(now);
  return true;
}

}  // namespace dialtone::detail
