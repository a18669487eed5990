// SPDX-License-Identifier: Apache-2.0
// The application of `dialtone serve`: its tree, the lines on standard output when all listen, and the drain.
//
//   listening = "listening" service url LF        with the real port
//   ready = "ready" LF                            behind all of them
#pragma once

#include <string>

#include <apps/serve_options.hpp>
#include <dialtone/otp/application.hpp>
#include <dialtone/runtime/telemetry.hpp>

namespace dialtone::apps {

/// Its settings are `services` (a line for each: "echo tcp://127.0.0.1:5555") and `drain` (seconds), as
/// which_applications shows them.
application serve_application(const serve_options& options);

/// When the lines are out.
inline constexpr telemetry::event serve_ready{"dialtone.serve.ready"};

/// Why the start has failed, in one sentence: which endpoint cannot be served, and what the system says.
std::string start_failure(const serve_options& options, const exit_reason& reason);

}  // namespace dialtone::apps
