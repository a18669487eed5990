// SPDX-License-Identifier: Apache-2.0
// The parts of a process that most processes never need; allocated when first used, by its scheduler's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <dialtone/runtime/exit_reason.hpp>
#include <dialtone/runtime/indexed_table.hpp>
#include <dialtone/runtime/paused_source.hpp>
#include <dialtone/runtime/pid.hpp>
#include <dialtone/runtime/process_block.hpp>
#include <dialtone/runtime/timer_wheel.hpp>

namespace dialtone::detail {

/// One end of a link. While `unlink_id` is not 0 the other scheduler has yet to confirm that it has let go.
struct link_end {
  std::uint64_t unlink_id = 0;
};

struct value_hash {
  template <class Key>
  std::uint64_t operator()(Key key) const noexcept {
    return key.value();
  }
};

struct pending_reply_base;

struct relations {
  indexed_table<pid, link_end, value_hash> links;
  indexed_table<reference, pid, value_hash> monitors;  // whom this process watches
  indexed_table<reference, pid, value_hash> watchers;  // who watches this process
  pending_reply_base* callers = nullptr;               // of this scheduler, who wait for its replies
};

struct debt {
  time_point since = {};  // of a debtor on another scheduler
};

/// Ends the wait of a process whose debt has grown too old.
struct debt_timer : timer_node {
  explicit debt_timer(pid debtor) : timer_node{&fire}, debtor{debtor} {}
  static void fire(timer_node& node) noexcept;
  pid debtor;
};

struct process_details {
  std::vector<std::string> names;  // registered
  std::string label;
  std::string activity;  // what it did when it crashed, if its behaviour knows
  std::uint64_t memory_limit = 0;
  exit_reason doom;                                // why it must end, once `doomed` is set
  indexed_table<pid, debt, value_hash> creditors;  // whose mailboxes it has filled
  indexed_table<pid, debt, value_hash> debtors;    // who waits for its mailbox to drain
  std::unique_ptr<debt_timer> patience;            // when its debts are forgiven
  paused_source* paused = nullptr;                 // have told it enough for now
  std::uint32_t blocking = 0;                      // functions of its in the pool of blocking threads
  pid zombie_pid;
  /// Told of the death, before its signals leave; for who waits outside the runtime. Called on the scheduler's thread.
  std::function<void(const exit_reason&)> at_end;
};

inline relations& related(process_block& process) {
  if (process.related == nullptr) process.related = new relations;
  return *process.related;
}

inline process_details& details(process_block& process) {
  if (process.details == nullptr) process.details = new process_details;
  return *process.details;
}

}  // namespace dialtone::detail
