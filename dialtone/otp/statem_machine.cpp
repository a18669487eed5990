// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/statem_machine.hpp>

#include <fmt/format.h>
#include <algorithm>
#include <iterator>
#include <ranges>
#include <stdexcept>

namespace dialtone::detail {

namespace {

struct tick : signal {
  explicit tick(std::uint64_t serial, statem_machine& machine);
  static void serve(behaviour&, signal& arrived) {
    auto& self = static_cast<tick&>(arrived);
    self.machine.expired(self.serial);
  }
  static constexpr std::string_view name() { return "timeout"; }
  std::uint64_t serial;
  statem_machine& machine;  // of the process that the timer was set by, and for
};
constexpr signal_type tick_type{nullptr, &destroy_signal<tick>, sizeof(tick), &tick::name, nullptr, &tick::serve};
tick::tick(std::uint64_t serial, statem_machine& machine)
    : signal{&tick_type, {}, {}}, serial{serial}, machine{machine} {}

}  // namespace

// --- one event after the other ---

void statem_machine::accept(event_owner event) {
  queue_.push_back(std::move(event));
  run();
}

void statem_machine::begin() {
  // As after a handler that has changed the state.
  repeats_ = true;
  phase_ = phase::handled;
  run();
}

void statem_machine::run() {
  if (auto work = advance()) loop_.begin(go_on(std::move(*work)));
}

task<> statem_machine::go_on(task<> work) {
  co_await work;
  while (auto more = advance()) co_await *more;
}

namespace {

task<> let_others_run() { co_await yield(); }

}  // namespace

// Until there is nothing left to do (empty), or something to be awaited first. An event costs a reduction: a machine
// that never comes to rest by itself must not hold its scheduler, and can be killed.
std::optional<task<>> statem_machine::advance() {
  while (loop_.goes_on() && (phase_ != phase::idle || !queue_.empty() || due_count_ != 0)) {
    if (phase_ == phase::idle && !this_core->may_continue()) return let_others_run();
    if (std::optional<task<>> work = step()) return work;
  }
  return std::nullopt;
}

std::optional<task<>> statem_machine::step() {
  switch (phase_) {
    case phase::idle:
      return deliver_next();
    case phase::handled:
      return settle();
    case phase::entered:
      break;
  }
  finish();
  return std::nullopt;
}

std::optional<task<>> statem_machine::deliver_next() {
  if (queue_.empty()) {
    current_ = take_due();
  } else {
    current_ = std::move(queue_.front());
    queue_.pop_front();
  }
  stop(statem_timer::event, {});
  phase_ = phase::handled;
  return current_->deliver(self_);
}

std::optional<task<>> statem_machine::settle() {
  if (postpones_) {
    postponed_.push_back(std::move(current_));
    check_limit(postponed_.size());
  }
  current_.reset();
  postpones_ = false;
  const bool changed = hooks_.change(self_);
  changed_ |= changed;
  if (changed) stop(statem_timer::state, {});
  const bool enters = changed || repeats_;
  repeats_ = false;
  phase_ = phase::entered;
  return enters ? hooks_.enter(self_) : std::nullopt;
}

void statem_machine::finish() {
  // handle_enter may ask to be called again, as after any other event.
  if (repeats_) {
    phase_ = phase::handled;
    return;
  }
  if (std::exchange(changed_, false)) {
    std::ranges::move(postponed_ | std::views::reverse, std::front_inserter(queue_));
    postponed_.clear();
  }
  std::ranges::move(inserted_ | std::views::reverse, std::front_inserter(queue_));
  inserted_.clear();
  check_limit(queue_.size());
  std::vector<timer_request> requests = std::move(requests_);
  requests_.clear();
  for (timer_request& request : requests) apply(request);
  phase_ = phase::idle;
}

// --- for handlers ---

void statem_machine::refuse_in_enter(std::string_view what) const {
  if (is_entering()) throw std::logic_error{fmt::format("handle_enter may not {}", what)};
}

void statem_machine::check_limit(std::size_t count) {
  if (count > limit) throw exit_exception{exit_reason::mailbox_overflow};
}

void statem_machine::postpone() {
  refuse_in_enter("postpone an event");
  postpones_ = current_ != nullptr;
}

void statem_machine::insert(event_owner event) {
  refuse_in_enter("insert an event");
  inserted_.push_back(std::move(event));
  check_limit(inserted_.size());
}

void statem_machine::set_timer(statem_timer kind, std::string name, time_point deadline, event_owner event) {
  requests_.push_back({timer_request::what::set, kind, std::move(name), deadline, std::move(event)});
  check_limit(requests_.size());
}

void statem_machine::update_timer(statem_timer kind, std::string name, event_owner event) {
  requests_.push_back({timer_request::what::update, kind, std::move(name), {}, std::move(event)});
  check_limit(requests_.size());
}

void statem_machine::cancel_timer(statem_timer kind, std::string name) {
  requests_.push_back({timer_request::what::cancel, kind, std::move(name), {}, nullptr});
  check_limit(requests_.size());
}

// --- timers ---

void statem_machine::apply(timer_request& request) {
  auto running = find(request.kind, request.name);
  if (request.wanted == timer_request::what::update && running != timers_.end()) {
    running->event = std::move(request.event);
    return;
  }
  stop(request.kind, request.name);
  if (request.wanted == timer_request::what::cancel || request.deadline == never) return;
  // An update of a timer that does not run is a time-out of zero, as in OTP.
  check_limit(timers_.size() + 1);
  timer& added = timers_.emplace_back(request.kind, std::move(request.name), ++last_serial_, reference{},
                                      std::move(request.event));
  if (request.wanted == timer_request::what::update || request.deadline <= now()) {
    ++due_count_;
    return;
  }
  auto* made = make_signal<tick>(last_serial_, *this);
  made->to = calling_process().self();
  added.running = start_timer(request.deadline, *made);
}

// The time-out of zero that was set first.
event_owner statem_machine::take_due() {
  auto first = std::ranges::find(timers_, reference{}, &timer::running);
  event_owner event = std::move(first->event);
  timers_.erase(first);
  --due_count_;
  return event;
}

void statem_machine::stop(statem_timer kind, const std::string& name) {
  auto found = find(kind, name);
  if (found == timers_.end()) return;
  if (found->running)
    dialtone::cancel_timer(found->running);
  else
    --due_count_;
  timers_.erase(found);
}

std::vector<statem_machine::timer>::iterator statem_machine::find(statem_timer kind, const std::string& name) {
  return std::ranges::find_if(timers_, [&](const timer& one) { return one.kind == kind && one.name == name; });
}

// A timer that was cancelled when its message was there already is not known any more.
void statem_machine::expired(std::uint64_t serial) {
  auto found = std::ranges::find(timers_, serial, &timer::serial);
  if (found == timers_.end()) return;
  event_owner event = std::move(found->event);
  timers_.erase(found);
  accept(std::move(event));
}

}  // namespace dialtone::detail
