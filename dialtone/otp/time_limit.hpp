// SPDX-License-Identifier: Apache-2.0
// OTP's words for time limits that are no times. Either is a duration, for who takes it and says so.
#pragma once

#include <dialtone/base/time.hpp>

namespace dialtone {

/// No time limit.
inline constexpr duration infinity = duration::max();
/// In place of a time to shut down: an exit signal `kill` at once.
inline constexpr duration brutal_kill = duration{-1};

}  // namespace dialtone
