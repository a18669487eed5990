// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/async_state.hpp>

#include <dialtone/otp/child_end.hpp>
#include <dialtone/otp/time_limit.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/scheduler.hpp>
#include <dialtone/runtime/system_signals.hpp>

namespace dialtone::detail {

async_state::async_state() : owner{calling_process().self()} {}

void async_state::began(pid started) {
  process = started;
  watch(started);
}

void async_state::check_owner() const {
  DIALTONE_ASSERT(calling_process().self() == owner, "an async task belongs to the process that has made it");
}

void async_state::give_up() {
  settle();
  taken = true;
  if (!complete()) failure = exit_reason::noproc;
}

void async_state::let_go() {
  if (process) unlink(process);
  if (!complete()) give_up();
}

void async_state::kill() {
  unlink(process);
  kill_for(owner, process);
}

namespace {

void assert_nobody_waits(const pending_reply_base& pending) {
  DIALTONE_ASSERT(pending.waiting == nullptr, "an async task is awaited by one at a time");
  DIALTONE_ASSERT(pending.completed == nullptr, "an async task is awaited by one at a time");
}

}  // namespace

async_wait::async_wait(pending_reply_base& pending, duration limit) : pending_{pending}, timer_{limit} {
  assert_nobody_waits(pending);
}

async_wait::~async_wait() { pending_.waiting = nullptr; }

void async_wait::await_suspend(std::coroutine_handle<> coroutine) {
  this_core->suspend(*this, coroutine);
  if (needs_no_wait()) return this_core->make_ready(*process, *this);
  pending_.waiting = this;
  if (timer_.limit != duration::max()) timer_.start_loosely(*this, &time_is_up);
}

void async_wait::time_is_up(waiter& waiting) {
  auto& self = static_cast<async_wait&>(waiting);
  if (self.pending_.complete()) return;
  self.pending_.waiting = nullptr;
  this_core->make_ready(*self.process, self);
}

async_group::async_group(std::vector<async_state*> members, duration limit, failures what)
    : members_{std::move(members)}, left_{members_.size()}, what_{what}, timer_{limit} {
  for (async_state* member : members_) {
    assert_nobody_waits(*member);
    member->group = this;
    member->pending_reply_base::completed = &completed;
    if (member->complete()) count(*member);
  }
}

async_group::~async_group() {
  for (async_state* member : members_) {
    member->group = nullptr;
    member->pending_reply_base::completed = nullptr;
  }
}

void async_group::await_suspend(std::coroutine_handle<> coroutine) {
  this_core->suspend(*this, coroutine);
  if (over() || timer_.limit <= duration::zero()) return this_core->make_ready(*process, *this);
  waiting_ = true;
  if (timer_.limit != duration::max()) timer_.start_loosely(*this, &time_is_up);
}

void async_group::count(async_state& member) {
  --left_;
  const bool has_failed = member.taken || member.arrived == nullptr;
  if (has_failed && what_ == failures::end_the_wait && failed_ == nullptr) failed_ = &member;
}

void async_group::completed(pending_reply_base& pending) {
  auto& member = static_cast<async_state&>(pending);
  async_group& self = *member.group;
  self.count(member);
  if (self.over() && std::exchange(self.waiting_, false)) this_core->make_ready(*self.process, self);
}

void async_group::time_is_up(waiter& waiting) {
  auto& self = static_cast<async_group&>(waiting);
  if (std::exchange(self.waiting_, false)) this_core->make_ready(*self.process, self);
}

void kill_for(pid by, pid process) {
  scheduler& here = this_scheduler();
  if (process.scheduler() != here.index)
    return here.signal_to<exit_signal>(process, by, exit_reason{exit_reason::kill}, false);
  process_block* found = here.slots.find(process);
  if (found != nullptr) here.exit_signal_arrived(*found, by, exit_reason::kill, false);
}

task<std::optional<exit_reason>> end_process(async_state* state, duration limit) {
  exit_reason end = exit_reason::noproc;
  if (state->process) end = co_await end_child(state->process, limit);
  if (state->taken) co_return end;
  if (state->arrived != nullptr) co_return std::nullopt;
  // Of a process that was dead before, this alone knows the reason.
  co_return state->failure.value_or(std::move(end));
}

bool stopped_as_told(const exit_reason& reason, duration limit) {
  return reason == exit_reason::shutdown || (limit == brutal_kill && reason == exit_reason::killed);
}

}  // namespace dialtone::detail
