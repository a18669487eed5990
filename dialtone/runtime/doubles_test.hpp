// SPDX-License-Identifier: Apache-2.0
// Small processes that tests of the runtime share. For test files only.
#pragma once

#include <cstdint>

#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/process.hpp>
#include <dialtone/runtime/process_info.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/testing/print.hpp>

namespace dialtone {

namespace testing {

struct go {};

/// Ends when it is told to go.
inline process<> wait_for_go() { co_await receive<go>(); }

inline process<> end_at_once() { co_return; }

inline process<> end_with(exit_reason reason) {
  exit(std::move(reason));
  co_return;
}

/// Ends with the reason when it is told to go.
inline process<> end_later_with(exit_reason reason) {
  co_await receive<go>();
  exit(std::move(reason));
}

inline spawn_options on(std::uint32_t scheduler) { return {.scheduler = placement::on(scheduler)}; }

/// The reason of the process that `watched` watches, when that has ended.
inline task<exit_reason> end_of(reference watched) {
  down ended = co_await receive<down>([watched](const down& one) { return one.reference == watched; });
  co_return ended.reason;
}

/// Waits until `process` has ended.
inline task<> await_death(pid process) {
  reference watched = monitor(process);
  co_await end_of(watched);
}

/// How many links a living process has.
inline task<std::uint64_t> links_of(pid process) {
  auto info = co_await info_of(process);
  co_return info ? info->links : 0;
}

inline exit_reason because(const char* text) { return exit_reason::custom_text(text); }

}  // namespace testing

}  // namespace dialtone
