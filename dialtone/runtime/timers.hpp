// SPDX-License-Identifier: Apache-2.0
// Time inside a process: now, sleep_for, yield, and messages sent later. Times are on the runtime's clock (monotonic,
// or virtual in tests); a timer is never early, and at most a tick (1 ms) late on an idle scheduler. Inside a process
// only; its own scheduler resumes it. A scheduler has at most 16,777,216 pending messages of timers: one more throws
// std::length_error.
#pragma once

#include <optional>

#include <dialtone/base/sendable.hpp>
#include <dialtone/base/time.hpp>
#include <dialtone/runtime/core.hpp>
#include <dialtone/runtime/timer_wheel.hpp>

namespace dialtone {

/// The time of the runtime's clock. In a process only.
time_point now();
/// 64 random bits from the scheduler's generator (seeded by runtime_options::seed; not for secrets). In a process only.
std::uint64_t random();

namespace detail {

/// A timer that wakes a waiter; lives in an awaiter and takes itself off the wheel with it.
struct wait_timer : timer_node {
  explicit wait_timer(duration limit) : timer_node{&fire}, limit{limit} {}
  ~wait_timer() {
    if (is_set()) stop();
  }
  void start(waiter& who, void (*when)(waiter&));
  /// Counts the limit from when the scheduler next looks at the clock (after at most 16 slices), and so does without a
  /// look of its own: for limits that are seldom reached.
  void start_loosely(waiter& who, void (*when)(waiter&));
  void start_at(time_point until, waiter& who, void (*when)(waiter&));
  void stop();
  static void fire(timer_node& node) noexcept;

  duration limit;
  waiter* waiting = nullptr;
  void (*expired)(waiter&) = nullptr;
};

/// Wakes `waiting`: what most timers do.
void wake(waiter& waiting);

struct plain_wait : waiter {
  ~plain_wait() {
    if (process != nullptr) this_core->forget(*this);
  }
  void await_resume() { process = nullptr; }
};

struct sleep_awaiter : plain_wait {
  explicit sleep_awaiter(duration limit) : timer{limit} {}
  bool await_ready() { return !calling_core().in_process(); }
  void await_suspend(std::coroutine_handle<> coroutine);
  wait_timer timer;
};

struct yield_awaiter : plain_wait {
  bool await_ready() { return !calling_core().in_process(); }
  void await_suspend(std::coroutine_handle<> coroutine) {
    this_core->suspend(*this, coroutine);
    this_core->make_ready(*process, *this);
  }
};

reference start_timer(time_point deadline, signal& sent);

}  // namespace detail

/// Suspends the caller for at least `time`; zero or less yields.
[[nodiscard("a sleep must be awaited")]] inline detail::sleep_awaiter sleep_for(duration time) {
  return detail::sleep_awaiter{time};
}

/// Lets every other ready process of the scheduler run first.
[[nodiscard("a yield must be awaited")]] inline detail::yield_awaiter yield() { return {}; }

/// Sends `value` to `receiver` at `deadline`, unless it is cancelled or the receiver has died by then. The timer is not
/// the caller's: it fires after the caller's death. Messages of timers are never refused by a mailbox. Returns what
/// cancel_timer takes.
template <class Type>
reference send_at(time_point deadline, pid receiver, Type value) {
  detail::check_sendable<Type>();
  detail::calling_core();
  auto* sent = detail::make_signal<detail::message<Type>>(pid{}, std::move(value));
  sent->to = receiver;
  return detail::start_timer(deadline, *sent);
}

/// As send_at, `delay` from now.
template <class Type>
reference send_after(duration delay, pid receiver, Type value) {
  return send_at(after_delay(now(), delay), receiver, std::move(value));
}

/// Cancels a timer. The time that was left; empty when it has fired, was cancelled, or was set on another scheduler:
/// then it is cancelled there when the request arrives, and its message may come first.
std::optional<duration> cancel_timer(reference timer);

}  // namespace dialtone
