// SPDX-License-Identifier: Apache-2.0
// What a suspended coroutine waits with: awaitables of the runtime derive from these. They live in coroutine frames, are
// touched by the thread of their scheduler only, and take themselves out of every list when they are destroyed, so that a
// killed process, or the loser of a race, leaves nothing behind.
#pragma once

#include <coroutine>

#include <dialtone/runtime/signal.hpp>

namespace dialtone::detail {

/// Marks what `co_await` accepts inside a process.
struct awaitable_base {};

struct waiter : awaitable_base {
  waiter() = default;
  waiter(const waiter&) = delete;
  waiter& operator=(const waiter&) = delete;

  /// Set while the waiter is suspended (waiting or ready), null otherwise.
  process_block* process = nullptr;
  waiter* next_ready = nullptr;
  std::coroutine_handle<> continuation;
};

/// Waits for a message. `accept` says whether a message is wanted; it runs when the message arrives.
struct receiver : waiter {
  explicit receiver(bool (*wanted)(receiver&, const signal&)) : accept{wanted} {}

  receiver* next_receiver = nullptr;
  bool (*accept)(receiver&, const signal&);
  signal* taken = nullptr;
};

}  // namespace dialtone::detail
