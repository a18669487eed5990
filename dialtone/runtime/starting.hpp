// SPDX-License-Identifier: Apache-2.0
// What the starts of processes have in common, wherever they come from: spawn, another scheduler, outside the runtime.
#pragma once

#include <expected>
#include <string>

#include <dialtone/runtime/scheduler.hpp>
#include <dialtone/runtime/spawn_options.hpp>

namespace dialtone::detail {

/// Gives a new process its limits, flags and names (these are registered by the caller).
void prepare(scheduler& home, process_block& process, pid parent, const spawn_options* options);
/// Whether a process can have the name and the key that it is to have.
std::expected<void, spawn_error> check_name(runtime_state& state, const spawn_options& options);
/// Registers the name of a new process, if it has one.
std::expected<void, spawn_error> take_name(runtime_state& state, const std::string& name, pid owner);
/// The bytes from which on spawns fail.
std::int64_t memory_limit_of(const runtime_state& state);

}  // namespace dialtone::detail
