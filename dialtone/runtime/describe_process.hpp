// SPDX-License-Identifier: Apache-2.0
// How a scheduler describes its own processes; on its thread, between slices or from the process itself.
#pragma once

#include <vector>

#include <dialtone/runtime/process_info.hpp>
#include <dialtone/runtime/scheduler.hpp>

namespace dialtone::detail {

/// Where a process and the tasks that it awaits are suspended, innermost first.
std::vector<source_place> places_of(const process_block& process);
process_info describe_process(scheduler& here, const process_block& process);

}  // namespace dialtone::detail
