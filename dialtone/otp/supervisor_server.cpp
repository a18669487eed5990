// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/supervisor_server.hpp>

#include <fmt/format.h>

#include <dialtone/otp/child_end.hpp>
#include <dialtone/otp/supervising.hpp>
#include <dialtone/otp/supervisor_events.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/process_block.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone::detail {

supervisor_server::supervisor_server(supervisor_spec spec)
    : spec_{std::move(spec)}, restarts_{spec_.intensity, spec_.period} {
  trap_exit();
  calling_process().flags |= never_owes;
  for (child_spec& child : spec_.children) children_.push_back({.spec = std::move(child)});
  spec_.children.clear();
  for (position child = children_.begin(); child != children_.end(); ++child) by_id_.emplace(child->spec->id, child);
}

task<> supervisor_server::init() {
  for (position child = children_.begin(); child != children_.end();) {
    const position starting = child++;
    auto started = co_await start(starting);
    if (started) continue;
    if (started.error().code() == start_error::ignored) {
      if (starting->spec->restart == restart_type::temporary) forget(starting);
      continue;
    }
    std::string why = fmt::format("failed to start child '{}': {}", starting->spec->id, to_string(started.error()));
    co_await end_backwards(children_.begin(), starting);
    throw exit_exception{exit_reason::shutdown_because(std::move(why))};
  }
}

task<> supervisor_server::terminate(exit_reason) { co_await end_backwards(children_.begin(), children_.end()); }

std::string supervisor_server::format_status() const {
  std::string text = fmt::format("{}, {} children", to_string(spec_.strategy), children_.size());
  for (const child_entry& child : children_)
    text += fmt::format("\n{}: {}", child.spec->id, child.process ? to_string(child.process) : "not running");
  return text;
}

// --- starts and ends ---

task<std::expected<pid, start_error>> supervisor_server::start(position child) {
  // The specification stays, whatever becomes of the entry meanwhile.
  const child_spec spec = child->spec;
  auto started = co_await try_start_child(spec, spec->spawn);
  if (!started) {
    child->state = child_state::stopped;
    if (started.error().code() != start_error::ignored) log_failed_start("supervisor", spec, started.error());
    co_return started;
  }
  child->process = *started;
  child->state = child_state::running;
  child->up_since = now();
  by_pid_.emplace(*started, child);
  co_return started;
}

void supervisor_server::ended(position child) {
  by_pid_.erase(child->process);
  child->process = {};
  child->state = child_state::stopped;
}

void supervisor_server::forget(position child) {
  by_id_.erase(child->spec->id);
  if (child->process) by_pid_.erase(child->process);
  children_.erase(child);
}

task<> supervisor_server::end(position child) {
  child->retry_serial = 0;
  child->state = child_state::stopped;
  if (!child->process) co_return;
  const pid process = child->process;
  ended(child);
  exit_reason reason = co_await end_child(process, child->spec->shutdown);
  const bool expected = reason.is_shutdown() || reason == exit_reason::noproc ||
                        (child->spec->shutdown == brutal_kill && reason == exit_reason::killed) ||
                        (reason == exit_reason::normal && child->spec->restart != restart_type::permanent);
  if (!expected)
    log(log_level::error, fmt::format("supervisor: child '{}' {} was told to shut down and ended with {}",
                                      child->spec->id, to_string(process), to_string(reason)));
}

// From right to left, as they were started from left to right. Temporary children are not kept.
task<> supervisor_server::end_backwards(position first, position last) {
  while (last != first) {
    const position child = std::prev(last);
    co_await end(child);
    if (child->spec->restart == restart_type::temporary) {
      const bool was_first = child == first;
      forget(child);
      if (was_first) co_return;
    } else {
      last = child;
    }
  }
}

// --- a child has ended ---

namespace {

task<> nothing_to_do() { co_return; }

}  // namespace

// Here and in restart no coroutine stands where a call will do: a crash costs two frames less.
task<> supervisor_server::handle_info(const exited& signal) {
  auto found = by_pid_.find(signal.pid);
  if (found == by_pid_.end()) return nothing_to_do();  // ended by us, or linked to us by somebody else
  const position child = found->second;
  ended(child);
  tell(events::supervisor_child_exit, child->spec, signal.pid, &signal.reason);
  const child_spec spec = child->spec;
  if (spec->backoff && now() - child->up_since >= spec->backoff->reset_after) child->ends = 0;
  if (starts_again(spec, signal.reason)) return restart(child);
  if (spec->restart == restart_type::temporary) forget(child);
  if (spec->significant) shut_down_after_significant();
  return nothing_to_do();
}

void supervisor_server::shut_down_after_significant() {
  if (spec_.auto_shutdown == auto_shutdown_type::never) return;
  if (spec_.auto_shutdown == auto_shutdown_type::all_significant)
    for (const child_entry& other : children_)
      if (other.spec->significant && other.state != child_state::stopped) return;
  stop(exit_reason::shutdown);
}

task<> supervisor_server::restart(position child) {
  if (!restarts_.note(now())) {
    tell(events::supervisor_intensity_reached, child->spec, {});
    log_intensity_reached("supervisor", child->spec, spec_.intensity, spec_.period);
    stop(exit_reason::shutdown);
    co_return;
  }
  child->state = child_state::restarting;
  if (spec_.strategy != supervisor_strategy::one_for_one) co_await end_others(child);
  if (duration delay = next_backoff(*child); delay > duration::zero())
    retry_later(child, delay, false);
  else
    co_await start_again(child);
}

// Those that are started again with it.
task<> supervisor_server::end_others(position child) {
  co_await end_backwards(std::next(child), children_.end());
  if (spec_.strategy == supervisor_strategy::one_for_all) co_await end_backwards(children_.begin(), child);
}

// The child, and with it those that were ended because of it.
task<> supervisor_server::start_again(position child) {
  const bool alone = spec_.strategy == supervisor_strategy::one_for_one;
  const position last = alone ? std::next(child) : children_.end();
  position next = spec_.strategy == supervisor_strategy::one_for_all ? children_.begin() : child;
  for (; next != last; ++next) {
    if (next->state == child_state::running) continue;
    auto started = co_await start(next);
    if (started)
      tell(events::supervisor_child_restart, next->spec, *started);
    else if (started.error().code() != start_error::ignored)
      co_return retry_later(next, duration::zero(), true);
  }
}

task<> supervisor_server::handle_info(retry due) {
  auto found = by_id_.find(due.id);
  if (found == by_id_.end() || found->second->retry_serial != due.serial) co_return;
  found->second->retry_serial = 0;
  const position child = found->second;
  if (due.counts) {
    co_await restart(child);
    co_return;
  }
  // Meanwhile somebody may have started one by restart_child.
  if (spec_.strategy != supervisor_strategy::one_for_one) co_await end_others(child);
  co_await start_again(child);
}

// By way of the mailbox also when it is due at once: what others ask for comes between the attempts.
void supervisor_server::retry_later(position child, duration delay, bool counts) {
  child->state = child_state::restarting;
  child->retry_serial = ++last_serial_;
  send_after(delay, self(), retry{child->spec->id, last_serial_, counts});
}

duration supervisor_server::next_backoff(child_entry& child) {
  if (!child.spec->backoff) return duration::zero();
  return backoff_delay(*child.spec->backoff, child.ends++, random());
}

// --- what others ask for ---

namespace {

child_error failed(const start_error& error) {
  if (error.code() == start_error::already_started) return {child_error::start_failed, error.pid(), to_string(error)};
  return {child_error::start_failed, {}, to_string(error)};
}

}  // namespace

std::expected<supervisor_server::position, child_error> supervisor_server::find(const std::string& id) {
  auto found = by_id_.find(id);
  if (found == by_id_.end()) return std::unexpected{child_error::not_found};
  return found->second;
}

task<supervisor_server::pid_or_child_error> supervisor_server::handle_call(start_request request) {
  const std::string id = request.spec->id;
  if (auto checked = check_child_of(spec_.auto_shutdown, request.spec); !checked)
    co_return std::unexpected{child_error{child_error::bad_spec, {}, checked.error()}};
  if (auto there = by_id_.find(id); there != by_id_.end()) co_return std::unexpected{presence_of(*there->second)};
  if (children_.size() >= supervisor_children_limit) co_return std::unexpected{child_error::limit_reached};
  const position added = children_.insert(children_.end(), {.spec = std::move(request.spec)});
  by_id_.emplace(id, added);
  auto started = co_await start(added);
  if (started) co_return *started;
  const bool ignored = started.error().code() == start_error::ignored;
  if (!ignored || added->spec->restart == restart_type::temporary) forget(added);
  if (ignored) co_return dialtone::pid{};
  co_return std::unexpected{failed(started.error())};
}

child_error supervisor_server::presence_of(const child_entry& child) {
  if (child.process) return {child_error::already_started, child.process};
  return child_error::already_present;
}

task<supervisor_server::done_or_child_error> supervisor_server::handle_call(terminate_request request) {
  auto child = find(request.id);
  if (!child) co_return std::unexpected{child.error()};
  co_await end(*child);
  (*child)->ends = 0;
  if ((*child)->spec->restart == restart_type::temporary) forget(*child);
  co_return done_or_child_error{};
}

task<supervisor_server::pid_or_child_error> supervisor_server::handle_call(restart_request request) {
  auto child = find(request.id);
  if (!child) co_return std::unexpected{child.error()};
  if ((*child)->state == child_state::running) co_return std::unexpected{child_error::running};
  if ((*child)->state == child_state::restarting) co_return std::unexpected{child_error::restarting};
  auto started = co_await start(*child);
  if (started) co_return *started;
  if (started.error().code() == start_error::ignored) co_return dialtone::pid{};
  co_return std::unexpected{failed(started.error())};
}

supervisor_server::done_or_child_error supervisor_server::handle_call(const delete_request& request) {
  auto child = find(request.id);
  if (!child) return std::unexpected{child.error()};
  if ((*child)->state == child_state::running) return std::unexpected{child_error::running};
  if ((*child)->state == child_state::restarting) return std::unexpected{child_error::restarting};
  forget(*child);
  return {};
}

std::vector<child_info> supervisor_server::handle_call(which_request) const {
  std::vector<child_info> result;
  for (const child_entry& child : children_)
    result.push_back({child.spec->id, child.spec->type, child.state, child.process});
  return result;
}

child_counts supervisor_server::handle_call(count_request) const {
  child_counts counts{.specs = children_.size(), .active = by_pid_.size()};
  for (const child_entry& child : children_)
    ++(child.spec->type == child_type::supervisor ? counts.supervisors : counts.workers);
  return counts;
}

std::expected<child_spec, child_error> supervisor_server::handle_call(const spec_request& request) {
  auto child = find(request.id);
  if (!child) return std::unexpected{child.error()};
  return (*child)->spec;
}

supervision_tree supervisor_server::handle_call(tree_request) const {
  supervision_tree top{.about = about(spec_), .pid = self(), .is_supervisor = true};
  for (const child_entry& child : children_) {
    top.children.push_back(tree_of(child.spec));
    top.children.back().pid = child.process;
  }
  return top;
}

}  // namespace dialtone::detail
