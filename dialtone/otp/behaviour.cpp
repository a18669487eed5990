// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/behaviour.hpp>

#include <fmt/format.h>

#include <dialtone/runtime/coroutine.hpp>
#include <dialtone/runtime/crash_report.hpp>
#include <dialtone/runtime/logging.hpp>

namespace dialtone::detail {

behaviour::~behaviour() {
  while (signal* left = take_next()) destroy(left);
}

void behaviour::begun(const start_ticket& ticket) {
  if (ticket.linked) parent_ = ticket.starter;
  ticket.started();
}

bool behaviour::is_end_of_parent(const signal& arrived) {
  if (!is_exit_of_parent(arrived)) return false;
  stop(static_cast<const message<exited>&>(arrived).value.reason);
  return true;
}

bool behaviour::is_exit_of_parent(const signal& arrived) const {
  return arrived.type == &message_type<exited> && parent_ &&
         static_cast<const message<exited>&>(arrived).value.pid == parent_;
}

void behaviour::unexpected(const signal& arrived) {
  std::string from = arrived.from ? " from " + to_string(arrived.from) : std::string{};
  log(log_level::warning, fmt::format("{} has no handler for a message {}{}", type_.name, arrived.type->name(), from));
}

bool behaviour::serves(const behaviour_type& asked, const signal& request) {
  if (&asked == &type_) return true;
  unexpected(request);
  return false;
}

void behaviour::stop(exit_reason reason) {
  stopping_ = true;
  reason_ = std::move(reason);
}

void behaviour::end() {
  if (crashed_) throw exit_exception{reason_};
  if (reason_ != exit_reason::normal) exit(reason_);
}

void behaviour::fail() {
  const bool was_ended = calling_process().has(doomed);
  stop(reason_of_current_exception());
  if (was_ended && !take_back_exit()) throw;
  crashed_ = !was_ended;
  if (crashed_)
    note_activity(fmt::format("{} handled {}", type_.name, handling_ == nullptr ? "its timeout" : handling_->name()));
}

void behaviour::handle_next(signal* next) {
  next->next = nullptr;
  *last_ = next;
  last_ = &next->next;
}

signal* behaviour::take_next() {
  signal* taken = first_;
  if (taken == nullptr) return nullptr;
  first_ = taken->next;
  if (first_ == nullptr) last_ = &first_;
  return taken;
}

behaviour_debug& behaviour::debug() {
  if (debug_ == nullptr) debug_ = std::make_unique<behaviour_debug>();
  return *debug_;
}

void behaviour::forget_debug_if_idle() {
  if (debug_ != nullptr && debug_->is_idle()) debug_.reset();
}

void next_message::wait_while_suspended() {
  only = nullptr;
  accept = &is_for_suspended;
}

// A supervisor that ends its child need not know that this is suspended.
bool next_message::is_for_suspended(receiver& waiting, const signal& arrived) {
  return arrived.type->system || static_cast<next_message&>(waiting).server_.is_exit_of_parent(arrived);
}

bool next_message::await_ready() {
  core& here = *this_core;
  if (server_.first_ != nullptr && !server_.suspended_) [[unlikely]] {
    taken = server_.take_next();
    is_continue_ = true;
    return here.may_continue();
  }
  if (mailbox_wait::await_ready()) return true;
  return taken == nullptr && server_.timeout_ <= duration::zero() && !server_.suspended_ && here.may_continue();
}

void next_message::await_suspend(std::coroutine_handle<> coroutine) {
  mailbox_wait::await_suspend(coroutine);
  if (taken != nullptr || server_.timeout_ == duration::max() || server_.suspended_) return;
  timer_ = std::make_unique<wait_timer>(server_.timeout_);
  timer_->start(*this, &time_is_up);
}

taken_signal next_message::await_resume() {
  process = nullptr;
  // As in OTP a time limit is for the next message only, whatever that is; what the server has told itself to do and
  // operations of sys.hpp do not count.
  if (taken == nullptr || !(is_continue_ || taken->type->system)) server_.timeout_ = duration::max();
  return taken_signal{std::exchange(taken, nullptr)};
}

void next_message::time_is_up(waiter& waiting) {
  auto& self = static_cast<next_message&>(waiting);
  if (self.taken != nullptr) return;
  self.stop_waiting();
  this_core->make_ready(*self.process, self);
}

}  // namespace dialtone::detail
