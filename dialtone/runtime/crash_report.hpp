// SPDX-License-Identifier: Apache-2.0
// What the runtime says about processes, in the log and in events. On the process's scheduler.
#pragma once

#include <dialtone/runtime/exit_reason.hpp>
#include <dialtone/runtime/scheduler.hpp>
#include <dialtone/runtime/telemetry_record.hpp>

namespace dialtone::detail {

/// What the calling process was doing, for the report should it crash: "counter handled counter::add".
void note_activity(std::string what);

/// One readable block in the log for a process that ended by a fault of its own; at most ten a second, the rest
/// counted.
void report_crash(scheduler& home, process_block& process, const exit_reason& reason);

/// What a process held before its destructors ran.
struct holdings {
  std::uint64_t bytes;
  std::uint32_t messages;
};

/// Pid, name, parent, reason and counters of a process that has ended.
void describe(telemetry::record& record, process_block& process, const exit_reason& reason, const holdings& held);

/// A sender was let go although the mailbox that it filled has not drained.
void log_debt(scheduler& home, pid debtor, pid creditor, const char* why);

}  // namespace dialtone::detail
