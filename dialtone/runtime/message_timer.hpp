// SPDX-License-Identifier: Apache-2.0
// A message that is sent later: what send_after makes. Belongs to its receiver when that lives on the same scheduler.
#pragma once

#include <dialtone/runtime/process_block.hpp>
#include <dialtone/runtime/timer_wheel.hpp>

namespace dialtone::detail {

struct message_timer : timer_node, owned_resource {
  explicit message_timer(signal& sent);
  ~message_timer();
  static void fire(timer_node& node) noexcept;
  /// Ends a timer that has not fired.
  static void die(owned_resource& owned, scheduler& home);

  static void* operator new(std::size_t size) { return allocate(size); }
  static void operator delete(void* block, std::size_t size) noexcept { dialtone::detail::release(block, size); }

  signal* sent;
  reference name;
};

}  // namespace dialtone::detail
