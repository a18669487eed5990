// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/supervising.hpp>

#include <fmt/format.h>

#include <dialtone/runtime/coroutine.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/telemetry.hpp>

namespace dialtone::detail {

bool starts_again(const child_spec& child, const exit_reason& reason) {
  return child->restart == restart_type::permanent ||
         (child->restart == restart_type::transient && !reason.is_orderly());
}

namespace {

using started_child = std::expected<pid, start_error>;

started_child failed_start() { return std::unexpected{start_error::because(reason_of_current_exception())}; }

task<started_child> at_once(started_child outcome) { co_return outcome; }

task<started_child> guarded(task<started_child> start) {
  try {
    co_return co_await start;
  } catch (...) {
    co_return failed_start();
  }
}

}  // namespace

task<started_child> try_start_child(const child_spec& child, const spawn_options& options) {
  try {
    return guarded(child->start->start(options));
  } catch (...) {
    return at_once(failed_start());
  }
}

void tell(const telemetry::event& what, const child_spec& child, pid process, const exit_reason* reason) {
  telemetry::emit(what, [&](telemetry::record& record) {
    record.tag("supervisor", to_string(self()));
    record.tag("child", child->id);
    if (process) record.tag("pid", to_string(process));
    if (reason != nullptr) record.tag("reason", to_string(*reason));
  });
}

void log_intensity_reached(std::string_view who, const child_spec& child, std::size_t intensity, duration period) {
  log(log_level::error,
      fmt::format("{}: child '{}' would be restart {} within {} ms: all children are ended", who, child->id,
                  intensity + 1, std::chrono::duration_cast<std::chrono::milliseconds>(period).count()));
}

void log_failed_start(std::string_view who, const child_spec& child, const start_error& error) {
  log(log_level::error, fmt::format("{}: child '{}' did not start: {}", who, child->id, to_string(error)));
}

}  // namespace dialtone::detail
