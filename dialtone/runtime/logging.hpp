// SPDX-License-Identifier: Apache-2.0
// The log and the telemetry of the runtime that the caller runs in. Inside a process only; from outside,
// runtime::telemetry.
#pragma once

#include <concepts>
#include <expected>
#include <string>
#include <string_view>

#include <dialtone/runtime/log.hpp>
#include <dialtone/runtime/telemetry.hpp>

namespace dialtone {

/// Writes one line, with the caller's pid and name, to the runtime's bounded queue; never waits. What is longer than
/// 64 KiB is cut, what finds the queue full (8,192 lines) is dropped and counted (see log.hpp).
void log(log_level level, std::string text);
/// Whether a line of this level is written, to be asked before a costly text is made.
bool logs(log_level level);

namespace telemetry {

/// The hub of the caller's runtime.
telemetry_hub& hub();

/// Calls `handle` for each event that `pattern` names ("dialtone.process.exit", "dialtone.process.*", "*"), on the
/// thread that emits it, until it is detached or throws; the end of the caller does not detach it. The error says what
/// is wrong with the name or the pattern. At most 64 handlers.
inline std::expected<void, std::string> attach(std::string name, std::string_view pattern, handler handle) {
  return hub().attach(std::move(name), pattern, std::move(handle));
}
/// False if no handler has that name.
inline bool detach(std::string_view name) { return hub().detach(name); }

/// Tells whoever listens to `what`. `build` adds measurements and tags, and runs only if somebody does.
template <std::invocable<record&> Build = no_details>
void emit(const event& what, Build&& build = {}) {
  hub().emit(what, std::forward<Build>(build));
}

/// Begins a span, which is ended by its stop() or its destructor; see telemetry::span. `what` is a constant at
/// namespace scope: the span refers to it.
template <std::invocable<record&> Build = no_details>
span start(const event_span& what, Build&& build = {}) {
  return hub().start(what, std::forward<Build>(build));
}

}  // namespace telemetry

}  // namespace dialtone
