// SPDX-License-Identifier: Apache-2.0
// What a suspended coroutine waits with: awaitables of the runtime derive from these. They live in coroutine frames,
// are touched by the thread of their scheduler only, and take themselves out of every list when they are destroyed, so
// that a killed process, or the loser of a race, leaves nothing behind.
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
  waiter* next_ready;                    // while ready
  std::coroutine_handle<> continuation;  // while suspended
};

/// Stands for every type of message in a receiver.
inline constexpr signal_type every_message{nullptr, nullptr, 0, nullptr};

/// Waits for a message: of one type, of every type, or whatever `accept` says yes to. Asked when the message arrives.
struct receiver : waiter {
  using accept_function = bool (*)(receiver&, const signal&);
  explicit receiver(const signal_type* wanted) : only{wanted} {}
  explicit receiver(accept_function wanted) : accept{wanted} {}

  bool wants(const signal& arrived) {
    return arrived.type == only || only == &every_message || (only == nullptr && accept(*this, arrived));
  }

  const signal_type* only = nullptr;
  accept_function accept = nullptr;
  receiver* next_receiver;  // while waiting
  signal* taken = nullptr;
};

}  // namespace dialtone::detail
