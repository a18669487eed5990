// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/blocking.hpp>

#include <dialtone/runtime/process_details.hpp>
#include <dialtone/runtime/runtime_state.hpp>

namespace dialtone {

blocking_overloaded::blocking_overloaded()
    : std::runtime_error{"too many functions wait for a thread of the blocking pool"} {}

namespace detail {

void blocking_wait::start(blocking_work& begun, std::coroutine_handle<> coroutine) {
  scheduler& here = this_scheduler();
  begun.home = &here;
  begun.process = here.current;
  begun.waiting = this;
  work = &begun;
  const auto& cost = here.state.options.blocking_cost;
  try {
    if (DIALTONE_FAULT_POINT(here, fault_points::blocking_refused)) throw blocking_overloaded{};
    auto delay = cost == nullptr ? nullptr : std::make_unique<blocking_delay>(begun);
    const time_point until = cost == nullptr ? never : after_delay(here.now(), cost());
    if (delay != nullptr && here.state.blocking.hold(begun)) {
      begun.delay = std::move(delay);
      here.wheel.add(*begun.delay, until);
    } else if (!here.state.blocking.submit(begun)) {
      throw blocking_overloaded{};
    }
  } catch (const std::runtime_error&) {  // or there is no thread
    begun.failure = std::current_exception();
    here.suspend(*this, coroutine);
    return here.make_ready(*process, *this);
  }
  running = true;
  ++details(*here.current).blocking;
  here.suspend(*this, coroutine);
}

blocking_wait::~blocking_wait() {
  if (process != nullptr) this_core->forget(*this);
  if (work == nullptr) return;
  if (running)
    work->waiting = nullptr;
  else
    destroy(work);
}

blocking_delay::~blocking_delay() {
  if (is_set()) work.home->wheel.remove(*this);
}

void blocking_delay::over(timer_node& node) noexcept {
  blocking_work& work = static_cast<blocking_delay&>(node).work;
  work.home->state.blocking.run_held(work);
}

void bring_home(blocking_work& work) {
  // Read first: once it is posted, the work may be gone.
  scheduler& home = *work.home;
  home.post(&work, &work);
}

void handle_returned(scheduler& home, process_block*, signal* taken) {
  auto& work = static_cast<blocking_work&>(*taken);
  process_block& process = *work.process;
  blocking_wait* waiting = work.waiting;
  if (waiting != nullptr)
    waiting->running = false;
  else
    destroy(taken);
  bool last = --process.details->blocking == 0;
  if (process.has(zombie)) {
    if (last) home.finish_zombie(process);
  } else if (waiting != nullptr) {
    home.make_ready(process, *waiting);
  }
}

}  // namespace detail

}  // namespace dialtone
