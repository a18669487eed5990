// SPDX-License-Identifier: Apache-2.0
// For tests of mailboxes at their limits: a process that reads only when it is told to, and what can be seen of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include <dialtone/runtime/receive.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone::testing {

/// Of the mailboxes of these tests.
inline constexpr std::size_t limit = 4;

struct number {
  int value;
};
/// Makes a sluggish process take one number.
struct take_one {};

inline process<> sluggish() {
  for (;;) {
    co_await receive<take_one>();
    co_await receive<number>();
  }
}

inline std::uint64_t length_of(stepped_runtime& rt, pid process) { return rt->info(process)->mailbox_length; }
inline bool lives(stepped_runtime& rt, pid process) { return rt->info(process).has_value(); }

}  // namespace dialtone::testing
