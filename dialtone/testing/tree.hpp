// SPDX-License-Identifier: Apache-2.0
// To start a supervision tree from a test, and that the one that runs is the one that was specified:
//
//   dt::supervisor_ref top = testing::start_tree(rt, tree());
//   EXPECT_EQ(testing::tree_difference(rt, top, tree()), "");
//   EXPECT_EQ(rt.call(testing::processes_down, top), std::vector<std::string>{});
//
// On the runtime of the test, from its thread; the two tasks at the end also within a process.
#pragma once

#include <string>
#include <vector>

#include <dialtone/otp/supervisor.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone::testing {

/// Starts a tree below a process that keeps it: it runs until it ends by itself, is stopped, or its runtime ends.
/// Throws start_failed.
supervisor_ref start_tree(runtime& where, supervisor_spec spec);
supervisor_ref start_tree(stepped_runtime& where, supervisor_spec spec);

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
