// SPDX-License-Identifier: Apache-2.0
// The time of day of the runtime's clock, UTC: for what people read, as in the log, and for protocols that tell it. It
// may jump; what is waited for is measured with now() (timers.hpp). Inside a process only.
#pragma once

#include <chrono>

namespace dialtone {

std::chrono::system_clock::time_point time_of_day();

}  // namespace dialtone
