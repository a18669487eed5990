// SPDX-License-Identifier: Apache-2.0
// The command that shows a failure of a seed again. For the room testing only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dialtone::testing::detail {

/// With ctest in the build that this program is of, a sanitizer's or another; without a name of a test, or outside of
/// such a build, by the command that has run it.
std::string replay_command(std::uint64_t seed, std::string_view test);

}  // namespace dialtone::testing::detail
