// SPDX-License-Identifier: Apache-2.0
// The log and the telemetry of the runtime that the caller runs in. Inside a process only; from outside, runtime::log
// and runtime::telemetry.
#pragma once

#include <concepts>
#include <expected>
#include <string>
#include <string_view>

#include <dialtone/runtime/log.hpp>
#include <dialtone/runtime/telemetry.hpp>

namespace dialtone {

/// Writes one line, with the caller's pid and name, to the runtime's bounded queue; never waits.
void log(log_level level, std::string text);

namespace telemetry {

/// The hub of the caller's runtime.
telemetry_hub& hub();

/// Calls `handle` for each event that `pattern` names ("dialtone.process.exit", "dialtone.process.*", "*"), on the
/// thread that emits it, until it is detached or throws. The error says what is wrong with the name or the pattern.
inline std::expected<void, std::string> attach(std::string name, std::string_view pattern, handler handle) {
  return hub().attach(std::move(name), pattern, std::move(handle));
}
inline bool detach(std::string_view name) { return hub().detach(name); }

template <std::invocable<record&> Build = no_details>
void emit(const event& what, Build&& build = {}) {
  hub().emit(what, std::forward<Build>(build));
}

/// Begins a span; see telemetry::span. `what` is a constant at namespace scope: the span refers to it.
template <std::invocable<record&> Build = no_details>
span start(const event_span& what, Build&& build = {}) {
  return hub().start(what, std::forward<Build>(build));
}

}  // namespace telemetry

}  // namespace dialtone
