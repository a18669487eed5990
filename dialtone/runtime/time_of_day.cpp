// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/time_of_day.hpp>

#include <dialtone/runtime/runtime_state.hpp>

namespace dialtone {

std::chrono::system_clock::time_point time_of_day() {
  return detail::this_scheduler_of_process().state.clock.wall_time();
}

}  // namespace dialtone
