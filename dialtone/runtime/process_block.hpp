// SPDX-License-Identifier: Apache-2.0
// The control block of a process: one slot of its scheduler's table, 128 bytes, touched by its scheduler's thread only.
// The first cache line is what a message and a slice need; the second what the rest of a life needs. What most
// processes never have (links, names, limits of their own) is behind pointers that stay null.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <type_traits>

#include <dialtone/runtime/pid.hpp>
#include <dialtone/runtime/waiter.hpp>

namespace dialtone::detail {

struct relations;
struct process_details;
struct owned_resource;
class scheduler;

/// Something that a process owns and that is released when it dies, before its exit signals leave: timers, sockets.
struct owned_resource {
  owned_resource* next_owned = nullptr;
  owned_resource** link = nullptr;
  void (*release)(owned_resource&, scheduler&) = nullptr;

  void own(owned_resource*& head) {
    next_owned = head;
    link = &head;
    if (head != nullptr) head->link = &next_owned;
    head = this;
  }
  void disown() {
    if (link == nullptr) return;
    *link = next_owned;
    if (next_owned != nullptr) next_owned->link = link;
    link = nullptr;
  }
};

enum process_flag : std::uint32_t {
  fresh = 1u << 0,       ///< spawned, its function has not begun
  queued = 1u << 1,      ///< in the run queue
  owing = 1u << 2,       ///< does not run until a mailbox that it filled has drained
  doomed = 1u << 3,      ///< an exit signal has reached it: it will not run again
  finished = 1u << 4,    ///< its function has returned or thrown
  dying = 1u << 5,       ///< its destructors are running
  trapping = 1u << 6,    ///< exit signals come as messages
  embryo = 1u << 7,      ///< its pid is known, the signal that starts it is on its way
  named = 1u << 8,       ///< has registered names
  never_owes = 1u << 9,  ///< supervisors, registries: their sends are never held back
  zombie = 1u << 10,     ///< dead to everybody; its frame waits for blocking work to return
  refusing = 1u << 11,   ///< hard mailbox policy: refuse
  dropping = 1u << 12,   ///< hard mailbox policy: drop the oldest
  limited = 1u << 13,    ///< has a memory limit
  claiming = 1u << 14,   ///< somebody waits for its mailbox to drain: debtors, paused sources
  rooted = 1u << 15,     ///< started from outside the runtime
  asking = 1u << 17,     ///< its predicates are being asked about a message
  crashed = 1u << 16,    ///< ends by a fault of its own, not by somebody's wish: reported
  searching = 1u << 18,  ///< its predicates are being asked about messages that stay in its mailbox meanwhile
};

/// In place of a pid where a slot is free: no process can have it.
inline constexpr std::uint64_t no_process = outside_pid.value();

struct alignas(64) process_block {
  /// The pid's value while alive. Written by the owner, read by the watchdog's thread.
  std::atomic<std::uint64_t> id{no_process};
  receiver* receivers = nullptr;
  signal* mailbox_first = nullptr;
  signal** mailbox_last = &mailbox_first;
  waiter* ready_first = nullptr;
  process_block* next = nullptr;  // in the run queue, or in the list of free slots
  std::uint32_t mailbox_size = 0;
  std::uint32_t mailbox_limit = 0;
  std::uint32_t flags = 0;
  std::uint32_t messages_dropped = 0;  // by the policies refuse and drop_oldest

  std::coroutine_handle<> frame;
  /// What was suspended last. Only a guess at what goes on next: known sooner than what the waiter says.
  std::coroutine_handle<> suspended;
  /// Slices, and awaits that were ready at once. Written by the owner, read by the watchdog's thread.
  std::atomic<std::uint64_t> reductions{0};
  std::uint64_t bytes = 0;
  relations* related = nullptr;
  process_details* details = nullptr;
  owned_resource* owned = nullptr;
  /// Of a free slot: the pid that it has next; none while it was never used.
  pid parent;

  pid self() const { return pid::from_value(id.load(std::memory_order_relaxed)); }
  void count_reductions(std::int64_t more) {
    reductions.store(reductions.load(std::memory_order_relaxed) + static_cast<std::uint64_t>(more),
                     std::memory_order_relaxed);
  }
  bool has(std::uint32_t some) const { return (flags & some) != 0; }
};

static_assert(sizeof(process_block) == 128 && std::is_trivially_destructible_v<process_block>);

}  // namespace dialtone::detail
