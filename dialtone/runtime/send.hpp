// SPDX-License-Identifier: Apache-2.0
// send: a message to a process, from a process. Never fails, never waits, and is cheap: to a process of the same
// scheduler it is a push on a list. A message for a dead process is destroyed.
//
// Messages between two processes arrive in the order in which they were sent. A mailbox over its limit makes its
// senders owe: they are held at their next await until it has drained to half (see spawn_options).
#pragma once

#include <utility>

#include <dialtone/base/sendable.hpp>
#include <dialtone/runtime/core.hpp>

namespace dialtone {

/// Sends `value` to `receiver`. `Type` must be sendable: it cannot share memory with the sender.
template <class Type>
void send(pid receiver, Type value) {
  detail::check_sendable<Type>();
  detail::core& here = detail::calling_core();
  if (receiver.scheduler() == here.index) [[likely]] {
    detail::process_block* process = here.slots.find(receiver);
    if (process == nullptr) return;
    auto* sent = detail::make_signal<detail::message<Type>>(here.current->self(), std::move(value));
    return here.deliver(*process, *sent);
  }
  auto* sent = detail::make_signal<detail::message<Type>>(here.current->self(), std::move(value));
  sent->to = receiver;
  here.send_remote(*sent);
}

/// The calling process.
inline pid self() { return detail::calling_process().self(); }

}  // namespace dialtone
