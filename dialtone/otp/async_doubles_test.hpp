// SPDX-License-Identifier: Apache-2.0
// Small functions that tests of async run. For test files only.
#pragma once

#include <stdexcept>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/send.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone::testing {

inline task<int> twice(int number) { co_return 2 * number; }

inline task<int> answer_after(duration time, int number) {
  co_await sleep_for(time);
  co_return number;
}

inline task<int> crash_after(duration time) {
  co_await sleep_for(time);
  exit(because("as planned"));
}

inline task<int> never_answer() {
  co_await receive<go>();
  co_return 0;
}

/// Answers `number` when it is told to shut down.
inline task<int> answer_at_shutdown(int number) {
  trap_exit();
  co_await receive<exited>();
  co_return number;
}

inline task<int> outlive_shutdown() {
  trap_exit();
  co_await receive<go>();
  co_return 0;
}

/// For the items of a stream: throws at multiples of 7, never answers at the other multiples of 11, and lets others run
/// at some.
inline task<int> answer_unevenly(int item) {
  if (item % 7 == 0) throw std::runtime_error{"as planned"};
  if (item % 11 == 0) co_await receive<go>();
  if (item % 3 == 0) co_await yield();
  co_return item;
}

inline task<std::uint64_t> mailbox_length() { co_return (co_await info_of(self()))->mailbox_length; }

}  // namespace dialtone::testing
