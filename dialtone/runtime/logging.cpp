// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/logging.hpp>

#include <dialtone/runtime/process_details.hpp>
#include <dialtone/runtime/runtime_state.hpp>

namespace dialtone {

void log(log_level level, std::string text) {
  detail::scheduler& here = detail::this_scheduler_of_process();
  if (!here.state.log.enabled(level)) return;
  const detail::process_block& caller = *here.current;
  std::string pid_text = to_string(caller.self());
  std::string_view name;
  if (caller.details != nullptr)
    name = caller.details->names.empty() ? caller.details->label : caller.details->names.front();
  here.state.log.write(level, {pid_text, name}, std::move(text));
}

bool logs(log_level level) { return detail::this_scheduler_of_process().state.log.enabled(level); }

telemetry_hub& telemetry::hub() { return detail::this_scheduler_of_process().state.telemetry; }

}  // namespace dialtone
