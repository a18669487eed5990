// SPDX-License-Identifier: Apache-2.0
// How a process ends. The order is fixed: its destructors run (self() is valid, sends are allowed); then what it owns
// and its names are released; then exit and down signals leave; then its slot is free.
#include <dialtone/runtime/crash_report.hpp>
#include <dialtone/runtime/process_details.hpp>
#include <dialtone/runtime/runtime_events.hpp>
#include <dialtone/runtime/runtime_state.hpp>
#include <dialtone/runtime/system_signals.hpp>

namespace dialtone::detail {

void scheduler::doom(process_block& process, exit_reason reason) {
  if (process.has(doomed | dying | finished)) return;
  details(process).doom = std::move(reason);
  process.flags |= doomed;
  if (&process == whose_slice()) {
    end_slice();  // its next await goes no further
  } else if (!process.has(queued | embryo)) {
    enqueue(process);
  }
}

// Most processes die as they have lived: alone, and with nothing left to say.
void scheduler::end(process_block& process) {
  if (ready_chooser* told = state.options.chooser; told != nullptr) [[unlikely]]
    told->exits(process.self(), process.has(doomed) ? details(process).doom : exit_reason{});
  bool lonely = !process.has(~std::uint32_t{finished | fresh | queued}) && process.related == nullptr &&
                process.details == nullptr;
  if (!lonely) return end_with_company(process);
  const holdings held{process.bytes, process.mailbox_size};
  process.flags |= dying;
  process.frame.destroy();
  process.frame = nullptr;
  if (process.mailbox_first != nullptr) clear_mailbox(process);
  // Its destructors may have made links, sent to it, or started timers.
  if (process.owned != nullptr || process.related != nullptr || process.details != nullptr) [[unlikely]]
    return end_with_company(process);
  if (state.telemetry.may_want(events::process_exit)) [[unlikely]]
    return end_before_listeners(process, held);
  process.ready_first = nullptr;
  process.receivers = nullptr;
  slots.release(process);
}

// A handler may make links as well, send to the process, or start timers.
void scheduler::end_before_listeners(process_block& process, const holdings& held) {
  state.telemetry.emit(events::process_exit, [&](telemetry::record& record) { describe(record, process, {}, held); });
  clear_mailbox(process);
  release_owned(process);
  leave_relations(process, {});
  free_block(process);
}

void scheduler::end_with_company(process_block& process) {
  const exit_reason reason = process.has(doomed) ? details(process).doom : exit_reason{};
  if (process.has(crashed)) report_crash(*this, process, reason);
  const holdings held{process.bytes, process.mailbox_size};
  process.flags |= dying;
  bool haunted = process.details != nullptr && process.details->blocking != 0;
  // A function in the pool may refer to the frame: that stays until it returns, though the process is dead to all
  // others.
  if (!haunted) destroy_what_it_holds(process);
  state.telemetry.emit(events::process_exit,
                       [&](telemetry::record& record) { describe(record, process, reason, held); });
  release_owned(process);
  if (process.details != nullptr && process.details->at_end) process.details->at_end(reason);
  leave_relations(process, reason);
  if (!haunted) return free_block(process);
  process.details->zombie_pid = process.self();
  process.flags |= zombie;
  process.id.store(no_process, std::memory_order_relaxed);
}

// Destructors of messages are its own too: what they link or watch has to be there when its signals leave.
void scheduler::destroy_what_it_holds(process_block& process) {
  if (process.frame) std::exchange(process.frame, nullptr).destroy();
  clear_mailbox(process);
}

void scheduler::finish_zombie(process_block& process) {
  process.id.store(process.details->zombie_pid.value(), std::memory_order_relaxed);
  act_as(process);
  destroy_what_it_holds(process);
  release_owned(process);
  leave_relations(process, exit_reason::killed);
  free_block(process);
  act_as(idle);
}

void scheduler::release_owned(process_block& process) {
  while (process.owned != nullptr) {
    owned_resource& last = *process.owned;
    last.disown();
    last.release(last, *this);
  }
  if (process.has(named)) {
    for (const std::string& name : process.details->names) state.registered.erase(name, process.self().value());
    process.details->names.clear();
  }
}

void scheduler::leave_relations(process_block& process, const exit_reason& reason) {
  release_debtors(process);
  if (process.related == nullptr) return;
  std::unique_ptr<relations> left{std::exchange(process.related, nullptr)};
  pid self = process.self();
  left->links.drain([&](pid other, link_end end) {
    if (other.scheduler() != index) {
      if (end.unlink_id == 0) signal_to<exit_signal>(other, self, reason, true);
    } else if (process_block* found = slots.find(other)) {
      exit_signal_arrived(*found, self, reason, true);
    }
  });
  left->watchers.drain([&](reference name, pid watcher) {
    if (watcher.scheduler() != index)
      signal_to<down_signal>(watcher, self, name, reason);
    else if (process_block* found = slots.find(watcher))
      down_arrived(*found, name, self, reason);
  });
  fail_callers(*this, *left, reason);
  left->monitors.drain([&](reference name, pid target) {
    if (target.scheduler() != index)
      signal_to<demonitor_signal>(target, name);
    else if (process_block* found = slots.find(target); found != nullptr && found->related != nullptr)
      found->related->watchers.erase(name);
  });
}

void scheduler::clear_mailbox(process_block& process) {
  while (signal* left = process.mailbox_first) {
    process.mailbox_first = left->next;
    if (left->next == nullptr) process.mailbox_last = &process.mailbox_first;  // it may send to its own process
    count_bytes(process, -std::int64_t{left->type->size});
    if (left->from) --process.mailbox_size;
    destroy(left);
  }
}

void scheduler::free_block(process_block& process) {
  clear(process);
  slots.release(process);
}

void scheduler::clear(process_block& process) {
  // Who was told of its death may have sent to it since, or set a timer for it: a predicate runs when it is told.
  if (process.owned != nullptr) release_owned(process);
  clear_mailbox(process);
  process.ready_first = nullptr;
  process.receivers = nullptr;
  delete std::exchange(process.related, nullptr);
  if (process.details != nullptr) {
    if (process.details->patience != nullptr) wheel.remove(*process.details->patience);
    delete std::exchange(process.details, nullptr);
  }
}

void scheduler::end_all() {
  // A pid that is reserved stays so: a start on its way, perhaps from a destructor elsewhere, is to find it.
  slots.each([&](process_block& process) {
    if (!process.has(embryo)) doom(process, exit_reason::killed);
  });
  // What their destructors start has to wait for the next round, as it may start others without an end.
  std::vector<process_block*> ending;
  while (process_block* next = ready.pop()) ending.push_back(next);
  for (process_block* each : ending) {
    doom(*each, exit_reason::killed);  // what other destructors have started does not begin
    run_slice(*each);
  }
  act_as(idle);
}

}  // namespace dialtone::detail
