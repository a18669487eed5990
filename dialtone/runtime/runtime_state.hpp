// SPDX-License-Identifier: Apache-2.0
// What the schedulers of one runtime have in common. Everything here is safe from any thread, or constant after the
// start.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <dialtone/runtime/blocking_pool.hpp>
#include <dialtone/runtime/log.hpp>
#include <dialtone/runtime/names.hpp>
#include <dialtone/runtime/rate_limiter.hpp>
#include <dialtone/runtime/runtime_options.hpp>
#include <dialtone/runtime/scheduler.hpp>
#include <dialtone/runtime/telemetry.hpp>

namespace dialtone::detail {

struct runtime_state {
  explicit runtime_state(runtime_options given);

  const runtime_options options;
  io::clock& clock;
  process_quota quota;
  names registered;
  blocking_pool blocking;
  log_queue log;
  telemetry_hub telemetry;
  std::mutex crash_guard;
  rate_limiter crash_reports;          // under crash_guard
  std::atomic<std::int64_t> bytes{0};  // of all processes, within 64 KiB a scheduler
  std::vector<std::unique_ptr<scheduler>> schedulers;
  std::once_flag names_made;
  std::shared_ptr<resolver_source>
      names;                       // of the options, or made by net when it is first asked for, under names_made
  std::string driver_description;  // of the one that was chosen; empty: it was given
};

inline scheduler* home_of(runtime_state& state, pid process) {
  return process.scheduler() < state.schedulers.size() ? state.schedulers[process.scheduler()].get() : nullptr;
}

}  // namespace dialtone::detail
