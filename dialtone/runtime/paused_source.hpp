// SPDX-License-Identifier: Apache-2.0
// What tells a process something without being asked for each message (an active socket) is held back where the
// messages come from: none of them is dropped or counted by the mailbox's limits. For rooms above; on the process's
// scheduler.
#pragma once

#include <cstdint>

namespace dialtone::detail {

struct process_block;
struct signal;

/// Has stopped because the process has enough of its messages, and goes on when that has taken some.
struct paused_source {
  paused_source(bool (*is_teller)(const paused_source&, const signal&), void (*resume)(paused_source&))
      : is_teller{is_teller}, resume{resume} {}
  paused_source(const paused_source&) = delete;
  paused_source& operator=(const paused_source&) = delete;
  ~paused_source() { cancel(); }

  /// `resume` when the process has taken `count` messages of this source, one at least.
  void pause(process_block& process, std::uint32_t count);
  bool is_paused() const { return link != nullptr; }
  void cancel();

  bool (*is_teller)(const paused_source&, const signal&);
  /// Called while a message is being taken: what it does about the mailbox, it does later.
  void (*resume)(paused_source&);
  std::uint32_t left = 0;  // to be taken
  paused_source* next = nullptr;
  paused_source** link = nullptr;  // what points to this one, while it is paused
};

}  // namespace dialtone::detail
