// SPDX-License-Identifier: Apache-2.0
// What can be known of a process: asked for by anybody, on any scheduler, answered by its own between two slices.
// Inside a process only; from outside, runtime::info and runtime::processes. Sizes are in bytes, the rest are counts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <dialtone/runtime/exit_reason.hpp>
#include <dialtone/runtime/pid.hpp>
#include <dialtone/runtime/task.hpp>

namespace dialtone {

enum class process_state : std::uint8_t {
  ready,    ///< may run, and waits for its turn
  running,  ///< asks for itself
  waiting,  ///< suspended in an await
  owing,    ///< held until a mailbox that it has filled drains
  exiting,  ///< an exit signal has reached it
};
std::string to_string(process_state state);

struct process_info {
  dialtone::pid pid;
  dialtone::pid parent;
  std::vector<std::string> names;
  std::string label;
  process_state state = process_state::ready;
  /// Where it and the tasks it awaits are suspended, innermost first.
  std::vector<source_place> suspended_at;
  /// All that wait, also those that do not count towards the limit.
  std::uint64_t mailbox_length = 0;
  std::uint64_t mailbox_limit = 0;
  /// By mailbox_policy::refuse and drop_oldest.
  std::uint64_t messages_dropped = 0;
  std::uint64_t reductions = 0;
  /// Of frames and queued messages, beside the 128 bytes of its control block.
  std::uint64_t bytes = 0;
  std::uint64_t links = 0;
  std::uint64_t monitors = 0;
  std::uint64_t monitored_by = 0;
  bool traps_exits = false;
};

/// One line: pid, name, state, mailbox, reductions, bytes, place.
std::string to_string(const process_info& info);

/// Empty when the process is dead or its start is still on its way, or its scheduler does not answer within five
/// seconds. Resumed by the caller's scheduler.
task<std::optional<process_info>> info_of(pid process);

/// All processes of the runtime, each scheduler's in the order of its slots, as of the time when that one answers; none
/// of a scheduler that does not within five seconds. Resumed by the caller's scheduler.
task<std::vector<pid>> all_processes();

/// How many schedulers the runtime has. A plain call.
std::uint32_t scheduler_count();

/// How many processes the runtime has now. A plain call, exact for the caller's scheduler.
std::size_t process_count();

template <>
inline constexpr bool enable_sendable<process_info> = true;

}  // namespace dialtone
