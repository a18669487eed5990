// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/timers.hpp>

#include <dialtone/runtime/message_timer.hpp>
#include <dialtone/runtime/scheduler.hpp>

namespace dialtone {

time_point now() { return detail::this_scheduler_of_process().now(); }

std::uint64_t random() { return detail::this_scheduler_of_process().random.next(); }

namespace detail {

scheduler& this_scheduler_of_process() { return static_cast<scheduler&>(calling_core()); }

void wait_timer::start(waiter& who, void (*when)(waiter&)) {
  start_at(after_delay(this_scheduler().now(), limit), who, when);
}

void wait_timer::start_loosely(waiter& who, void (*when)(waiter&)) {
  waiting = &who;
  expired = when;
  this_scheduler().wheel.add_loosely(*this, limit);
}

void wait_timer::start_at(time_point until, waiter& who, void (*when)(waiter&)) {
  waiting = &who;
  expired = when;
  this_scheduler().wheel.add(*this, until);
}

void wait_timer::stop() { this_scheduler().wheel.remove(*this); }

void wait_timer::fire(timer_node& node) noexcept {
  auto& self = static_cast<wait_timer&>(node);
  self.expired(*self.waiting);
}

void wake(waiter& waiting) { this_core->make_ready(*waiting.process, waiting); }

void sleep_awaiter::await_suspend(std::coroutine_handle<> coroutine) {
  this_core->suspend(*this, coroutine);
  if (timer.limit <= duration::zero()) return this_core->make_ready(*process, *this);
  timer.start(*this, &wake);
}

message_timer::message_timer(signal& sent) : timer_node{&fire}, sent{&sent} { release = &die; }

message_timer::~message_timer() {
  if (is_set()) this_scheduler().wheel.remove(*this);
  disown();
  if (sent != nullptr) destroy(sent);
}

void message_timer::fire(timer_node& node) noexcept {
  auto& self = static_cast<message_timer&>(node);
  scheduler& here = this_scheduler();
  here.timers.erase(self.name);
  here.route(std::exchange(self.sent, nullptr));
  delete &self;
}

void message_timer::die(owned_resource& owned, scheduler& home) {
  auto& self = static_cast<message_timer&>(owned);
  home.timers.erase(self.name);
  delete &self;
}

reference start_timer(time_point deadline, signal& sent) {
  scheduler& here = this_scheduler();
  auto* timer = new message_timer{sent};
  timer->name = here.timers.insert(*timer);
  // A timer for a process of this scheduler goes with that process; one for another finds it dead when it fires.
  if (sent.to.scheduler() == here.index) {
    process_block* receiver = here.slots.find(sent.to);
    if (receiver == nullptr) {
      reference gone = timer->name;
      message_timer::die(*timer, here);
      return gone;
    }
    timer->own(receiver->owned);
  }
  here.wheel.add(*timer, deadline);
  return timer->name;
}

namespace {

struct cancel_request : signal {
  explicit cancel_request(reference timer);
  static void handle(scheduler& home, process_block*, signal* taken) {
    if (message_timer* found = home.timers.find(static_cast<cancel_request*>(taken)->timer))
      message_timer::die(*found, home);
    destroy(taken);
  }
  reference timer;
};
constexpr signal_type cancel_type{&cancel_request::handle, &destroy_signal<cancel_request>, sizeof(cancel_request),
                                  &type_name<cancel_request>};
cancel_request::cancel_request(reference timer) : signal{&cancel_type, {}, {}}, timer{timer} {}

}  // namespace

}  // namespace detail

std::optional<duration> cancel_timer(reference timer) {
  detail::scheduler& here = detail::this_scheduler_of_process();
  if (detail::scheduler_of(timer) != here.index) {
    here.signal_to<detail::cancel_request>(detail::anybody_at(detail::scheduler_of(timer)), timer);
    return std::nullopt;
  }
  detail::message_timer* found = here.timers.find(timer);
  if (found == nullptr) return std::nullopt;
  duration left = found->deadline - here.now();
  detail::message_timer::die(*found, here);
  return left < duration::zero() ? duration::zero() : left;
}

}  // namespace dialtone
