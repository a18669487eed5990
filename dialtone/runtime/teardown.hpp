// SPDX-License-Identifier: Apache-2.0
// The end of a runtime, after its threads have ended: every process is destroyed, on the calling thread.
#pragma once

#include <dialtone/runtime/runtime_state.hpp>

namespace dialtone::detail {

inline bool threading_is_real(const runtime_state& state) { return state.options.threads == threading::real; }

/// Kills what lives, waits for blocking work that runs, and delivers what that sends, until nothing lives.
void tear_down(runtime_state& state);

}  // namespace dialtone::detail
