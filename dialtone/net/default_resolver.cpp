// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/resolver.hpp>
#include <dialtone/net/system_resolver.hpp>
#include <dialtone/runtime/runtime_state.hpp>
#include <dialtone/runtime/scheduler.hpp>

namespace dialtone {

resolver default_resolver() {
  detail::runtime_state& state = detail::this_scheduler_of_process().state;
  std::call_once(state.names_made, [&] {
    state.names = state.options.names != nullptr ? state.options.names : system_resolver().source();
  });
  return resolver{state.names};
}

}  // namespace dialtone
