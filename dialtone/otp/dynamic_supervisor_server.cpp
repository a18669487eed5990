// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/dynamic_supervisor_server.hpp>

#include <fmt/format.h>

#include <dialtone/otp/child_end.hpp>
#include <dialtone/otp/supervising.hpp>
#include <dialtone/otp/supervisor_events.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone::detail {

dynamic_supervisor_server::dynamic_supervisor_server(dynamic_supervisor_spec spec)
    : spec_{std::move(spec)}, restarts_{spec_.intensity, spec_.period} {
  trap_exit();
  calling_process().flags |= never_owes;
}

task<> dynamic_supervisor_server::terminate(exit_reason) {
  std::vector<ending> all;
  all.reserve(running_.size());
  for (const auto& [process, child] : running_) all.push_back({process, child.spec->shutdown});
  running_.clear();
  restarting_.clear();
  const std::size_t killed = co_await end_children(std::move(all));
  if (killed != 0) log(log_level::error, fmt::format("dynamic supervisor: {} children had to be killed", killed));
}

std::string dynamic_supervisor_server::format_status() const {
  return fmt::format("{} children run, {} are restarting", running_.size(), restarting_.size());
}

task<std::expected<pid, start_error>> dynamic_supervisor_server::start(child_entry entry) {
  const child_spec spec = entry.spec;
  spawn_options options = spec->spawn;
  if (options.scheduler.is_local()) options.scheduler = spec_.children;
  auto started = co_await try_start_child(spec, options);
  if (started) {
    entry.up_since = now();
    running_.insert(*started, std::move(entry));
  } else if (started.error().code() != start_error::ignored) {
    log_failed_start("dynamic supervisor", spec, started.error());
  }
  co_return started;
}

task<> dynamic_supervisor_server::handle_info(exited signal) {
  child_entry* found = running_.find(signal.pid);
  if (found == nullptr) co_return;
  child_entry entry = std::move(*found);
  running_.erase(signal.pid);
  tell(events::supervisor_child_exit, entry.spec, signal.pid, &signal.reason);
  const child_spec spec = entry.spec;
  if (spec->backoff && now() - entry.up_since >= spec->backoff->reset_after) entry.ends = 0;
  if (starts_again(spec, signal.reason)) co_await restart(std::move(entry));
}

task<> dynamic_supervisor_server::restart(child_entry entry) {
  if (!restarts_.note(now())) {
    tell(events::supervisor_intensity_reached, entry.spec, {});
    log_intensity_reached("dynamic supervisor", entry.spec, spec_.intensity, spec_.period);
    stop(exit_reason::shutdown);
    co_return;
  }
  const child_spec spec = entry.spec;
  if (spec->backoff) {
    const duration delay = backoff_delay(*spec->backoff, entry.ends++, random());
    co_return retry_later(std::move(entry), delay, false);
  }
  co_await start_again(std::move(entry));
}

task<> dynamic_supervisor_server::start_again(child_entry entry) {
  auto started = co_await start(entry);
  if (started)
    tell(events::supervisor_child_restart, entry.spec, *started);
  else if (started.error().code() != start_error::ignored)
    retry_later(std::move(entry), duration::zero(), true);
}

void dynamic_supervisor_server::retry_later(child_entry entry, duration delay, bool counts) {
  restarting_.insert(++last_serial_, std::move(entry));
  send_after(delay, self(), retry{last_serial_, counts});
}

task<> dynamic_supervisor_server::handle_info(retry due) {
  child_entry* found = restarting_.find(due.serial);
  if (found == nullptr) co_return;
  child_entry entry = std::move(*found);
  restarting_.erase(due.serial);
  if (due.counts) {
    co_await restart(std::move(entry));
    co_return;
  }
  co_await start_again(std::move(entry));
}

// --- what others ask for ---

task<dynamic_supervisor_server::start_request::reply> dynamic_supervisor_server::handle_call(start_request request) {
  if (request.spec->significant)
    co_return std::unexpected{
        child_error{child_error::bad_spec, {}, "a dynamic supervisor has no significant children"}};
  if (auto checked = check_child_spec(request.spec); !checked)
    co_return std::unexpected{child_error{child_error::bad_spec, {}, checked.error()}};
  if (size() >= spec_.max_children) co_return std::unexpected{child_error::limit_reached};
  auto started = co_await start({.spec = std::move(request.spec)});
  if (started) co_return *started;
  if (started.error().code() == start_error::ignored) co_return dialtone::pid{};
  co_return std::unexpected{child_error{child_error::start_failed, started.error().pid(), to_string(started.error())}};
}

task<dynamic_supervisor_server::terminate_request::reply> dynamic_supervisor_server::handle_call(
    terminate_request request) {
  const child_entry* found = running_.find(request.child);
  if (found == nullptr) co_return std::unexpected{child_error::not_found};
  const duration limit = found->spec->shutdown;
  running_.erase(request.child);
  co_await end_child(request.child, limit);
  co_return terminate_request::reply{};
}

std::vector<child_info> dynamic_supervisor_server::handle_call(which_request) const {
  std::vector<child_info> result;
  result.reserve(size());
  for (const auto& [process, child] : running_)
    result.push_back({child.spec->id, child.spec->type, child_state::running, process});
  for (const auto& [serial, child] : restarting_)
    result.push_back({child.spec->id, child.spec->type, child_state::restarting, {}});
  return result;
}

child_counts dynamic_supervisor_server::handle_call(count_request) const {
  child_counts counts{.specs = size(), .active = running_.size()};
  auto count = [&](const child_entry& child) {
    ++(child.spec->type == child_type::supervisor ? counts.supervisors : counts.workers);
  };
  for (const auto& [process, child] : running_) count(child);
  for (const auto& [serial, child] : restarting_) count(child);
  return counts;
}

}  // namespace dialtone::detail
