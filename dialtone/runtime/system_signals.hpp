// SPDX-License-Identifier: Apache-2.0
// The signals that the runtime sends between schedulers for exits, links and monitors, and what they have in common
// with their direct forms. Handlers run on the receiver's scheduler and take the signal.
#pragma once

#include <dialtone/runtime/exit_reason.hpp>
#include <dialtone/runtime/scheduler.hpp>
#include <dialtone/runtime/signal.hpp>

namespace dialtone::detail {

struct exit_signal : signal {
  exit_signal(pid sender, exit_reason reason, bool from_link);
  static void handle(scheduler& home, process_block* receiver, signal* taken);
  pid sender;
  exit_reason reason;
  bool from_link;
};

struct link_signal : signal {
  explicit link_signal(pid sender);
  static void handle(scheduler& home, process_block* receiver, signal* taken);
  pid sender;
};

struct unlink_signal : signal {
  unlink_signal(pid sender, std::uint64_t id);
  static void handle(scheduler& home, process_block* receiver, signal* taken);
  pid sender;
  std::uint64_t id;
};

struct unlinked_signal : signal {
  unlinked_signal(pid sender, std::uint64_t id);
  static void handle(scheduler& home, process_block* receiver, signal* taken);
  pid sender;
  std::uint64_t id;
};

struct monitor_signal : signal {
  monitor_signal(pid watcher, reference name);
  static void handle(scheduler& home, process_block* receiver, signal* taken);
  pid watcher;
  reference name;
};

struct demonitor_signal : signal {
  explicit demonitor_signal(reference name);
  static void handle(scheduler& home, process_block* receiver, signal* taken);
  reference name;
};

struct down_signal : signal {
  down_signal(pid who, reference name, exit_reason reason);
  static void handle(scheduler& home, process_block* receiver, signal* taken);
  pid who;
  reference name;
  exit_reason reason;
};

/// Makes `watcher`, a process of `here`, watch `other` under `name`.
void watch(scheduler& here, process_block& watcher, pid other, reference name);
/// Ends that; false when there was no such monitor.
bool unwatch(scheduler& here, process_block& watcher, reference name);
/// Completes a pending reply with a failure.
void fail_reply(scheduler& here, reference name, const exit_reason& reason);
/// The same for all that wait for replies of a process that has died.
void fail_callers(scheduler& here, relations& left, const exit_reason& reason);

}  // namespace dialtone::detail
