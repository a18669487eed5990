// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/reply.hpp>

#include <dialtone/runtime/process_details.hpp>
#include <dialtone/runtime/scheduler.hpp>
#include <dialtone/runtime/system_signals.hpp>

namespace dialtone::detail {

pending_reply_base::pending_reply_base() : name{this_scheduler_of_process().replies.insert(*this)} {}

void pending_reply_base::watch(pid server) { watch_for(this_scheduler().current->self(), server); }

void pending_reply_base::watch_for(pid caller, pid server) {
  scheduler& here = this_scheduler();
  if (complete()) return;
  if (server.scheduler() != here.index) {
    remote_server = server;
    here.signal_to<monitor_signal>(server, caller, name);
    return;
  }
  process_block* found = here.slots.find(server);
  if (found == nullptr) {
    failure = exit_reason::noproc;
    return;
  }
  pending_reply_base*& first = related(*found).callers;
  next_caller = first;
  if (first != nullptr) first->caller_link = &next_caller;
  caller_link = &first;
  first = this;
}

pending_reply_base::~pending_reply_base() {
  settle();
  if (arrived != nullptr) destroy(arrived);
}

void pending_reply_base::close() {
  open = false;
  scheduler& here = this_scheduler();
  here.replies.erase(name);
  if (remote_server) here.signal_to<demonitor_signal>(remote_server, name);
  stop_watching();
}

void pending_reply_base::stop_watching() {
  if (caller_link == nullptr) return;
  *caller_link = next_caller;
  if (next_caller != nullptr) next_caller->caller_link = caller_link;
  caller_link = nullptr;
}

void reply_wait::await_suspend(std::coroutine_handle<> coroutine) {
  this_core->suspend(*this, coroutine);
  if (pending_.complete()) return this_core->make_ready(*process, *this);
  pending_.waiting = this;
  if (timer_.limit != duration::max()) timer_.start_loosely(*this, &time_is_up);
}

void reply_wait::time_is_up(waiter& waiting) {
  auto& self = static_cast<reply_wait&>(waiting);
  if (self.pending_.complete()) return;
  self.pending_.failure = exit_reason::timeout;
  self.pending_.waiting = nullptr;
  this_core->make_ready(*self.process, self);
}

namespace {

void wake_waiting(scheduler& here, pending_reply_base& pending) {
  if (pending.completed != nullptr) return pending.completed(pending);
  if (waiter* waiting = std::exchange(pending.waiting, nullptr)) here.make_ready(*waiting->process, *waiting);
}

struct refusal : signal {
  explicit refusal(reference name);
  static void handle(scheduler& home, process_block*, signal* taken) {
    fail_reply(home, static_cast<refusal*>(taken)->name, exit_reason::overloaded);
    destroy(taken);
  }
  reference name;
};
constexpr signal_type refusal_type{&refusal::handle, &destroy_signal<refusal>, sizeof(refusal), &type_name<refusal>};
refusal::refusal(reference name) : signal{&refusal_type, {}, {}}, name{name} {}

}  // namespace

void handle_reply(scheduler& home, process_block*, signal* taken, reference name) {
  pending_reply_base* pending = home.replies.find(name);
  if (pending == nullptr || pending->complete()) return destroy(taken);
  pending->arrived = taken;
  wake_waiting(home, *pending);
}

void fail_reply(scheduler& here, reference name, const exit_reason& reason) {
  pending_reply_base* pending = here.replies.find(name);
  if (pending == nullptr || pending->complete()) return;
  pending->failure = reason;
  wake_waiting(here, *pending);
}

void fail_callers(scheduler& here, relations& left, const exit_reason& reason) {
  while (pending_reply_base* caller = left.callers) {
    caller->stop_watching();
    fail_reply(here, caller->name, reason);
  }
}

void send_reply(pid caller, signal& sent, reference name) {
  if (caller.scheduler() == this_core->index) return handle_reply(this_scheduler(), nullptr, &sent, name);
  sent.to = caller;
  this_core->send_remote(sent);
}

void refuse_reply(core& home, pid caller, reference name) {
  static_cast<scheduler&>(home).signal_to<refusal>(caller, name);
}

}  // namespace dialtone::detail
