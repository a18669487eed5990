// SPDX-License-Identifier: Apache-2.0
// That a running supervision tree is the one that was specified:
//
//   EXPECT_EQ(testing::tree_difference(rt, top, tree()), "");
//   EXPECT_EQ(rt.call(testing::processes_down, top), std::vector<std::string>{});
//
// On the runtime of the test, from its thread; the two tasks also within a process.
#pragma once

#include <string>
#include <vector>

#include <dialtone/otp/supervisor.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone::testing {

/// Empty when both are the same tree; otherwise a text with the sketches of both, for the failure.
std::string tree_difference(const supervision_tree& running, const supervision_tree& specified);
std::string tree_difference(runtime& where, supervisor_ref top, const supervisor_spec& specified);
/// Lets happen first what is left to do at the present time.
std::string tree_difference(stepped_runtime& where, supervisor_ref top, const supervisor_spec& specified);

/// As a task: for a process that has the supervisor.
task<std::string> difference_from(supervisor_ref top, supervisor_spec specified);

/// The paths ("top/readers/first") of the children that do not run, or whose process has died unseen.
task<std::vector<std::string>> processes_down(supervisor_ref top);

}  // namespace dialtone::testing
