// SPDX-License-Identifier: Apache-2.0
// The events of async tasks (async_events.hpp), as their processes tell them. For the headers of async only.
#pragma once

#include <dialtone/runtime/pid.hpp>

namespace dialtone::detail {

/// The calling process is about to run the function of an async task. Costs a load and a branch where nobody listens.
void tell_async_begins(pid owner = {});

}  // namespace dialtone::detail
