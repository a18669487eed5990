// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/crash_report.hpp>

#include <fmt/format.h>

#include <dialtone/runtime/process_details.hpp>
#include <dialtone/runtime/runtime_events.hpp>
#include <dialtone/runtime/runtime_state.hpp>

namespace dialtone::detail {

namespace {

std::string name_of(const process_block& process) {
  if (process.details == nullptr) return {};
  if (!process.details->names.empty()) return process.details->names.front();
  return process.details->label;
}

}  // namespace

void describe(telemetry::record& record, process_block& process, const exit_reason& reason, const holdings& held) {
  record.tag("pid", to_string(process.self()));
  record.tag("parent", to_string(process.parent));
  if (std::string name = name_of(process); !name.empty()) record.tag("name", std::move(name));
  record.tag("reason", to_string(reason));
  record.measure("reductions", process.reductions.load(std::memory_order_relaxed));
  record.measure("bytes", held.bytes);
  record.measure("mailbox", held.messages);
}

void report_crash(scheduler& home, process_block& process, const exit_reason& reason) {
  runtime_state& state = home.state;
  state.telemetry.emit(events::process_crash, [&](telemetry::record& record) {
    describe(record, process, reason, {process.bytes, process.mailbox_size});
  });
  std::optional<std::uint64_t> silent;
  {
    std::lock_guard lock{state.crash_guard};
    silent = state.crash_reports.take(home.now());
  }
  if (!silent || !state.log.enabled(log_level::error)) return;
  std::string pid_text = to_string(process.self());
  std::string name = name_of(process);
  // Without the trace, which has lines of its own below.
  const bool thrown = reason.code() == exit_reason::exception;
  const exit_reason why =
      thrown ? exit_reason::of_exception(std::string{reason.type()}, std::string{reason.text()}, {}) : reason;
  std::string text =
      fmt::format("process {}{}{} crashed\n    reason: {}", pid_text, name.empty() ? "" : " ", name, to_string(why));
  if (process.details != nullptr && !process.details->activity.empty())
    text += fmt::format("\n    while {}", process.details->activity);
  text += home.parts.holdings_of(process);
  for (const source_place& place : reason.trace()) text += fmt::format("\n    at {}", to_string(place));
  text += fmt::format("\n    parent {}, {} messages waiting, {} reductions, {} bytes", to_string(process.parent),
                      process.mailbox_size, process.reductions.load(std::memory_order_relaxed), process.bytes);
  if (*silent != 0) text += fmt::format("\n    ({} crash reports before this one were left out)", *silent);
  state.log.write(log_level::error, {pid_text, name}, std::move(text));
}

void note_activity(std::string what) { details(calling_process()).activity = std::move(what); }

void log_debt(scheduler& home, pid debtor, pid creditor, const char* why) {
  home.state.telemetry.emit(events::debt_forgiven, [&](telemetry::record& record) {
    record.tag("pid", to_string(debtor));
    record.tag("receiver", to_string(creditor));
    record.tag("why", why);
  });
  std::string pid_text = to_string(debtor);
  home.state.log.write(
      log_level::warning, {pid_text, {}},
      fmt::format("process {} goes on although the mailbox of {}, which it has filled, has not drained: {}", pid_text,
                  to_string(creditor), why));
}

}  // namespace dialtone::detail
