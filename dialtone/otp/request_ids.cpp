// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/request_ids.hpp>

#include <dialtone/base/assert.hpp>

namespace dialtone::detail {

void answer_queue::push(collected_request& answered) {
  *last_ = &answered;
  last_ = &answered.next_answered;
  if (answer_wait* woken = std::exchange(waiting, nullptr)) this_core->make_ready(*woken->process, *woken);
}

collected_request* answer_queue::pop() {
  collected_request* answered = first_;
  if (answered == nullptr) return nullptr;
  first_ = answered->next_answered;
  if (first_ == nullptr) last_ = &first_;
  return answered;
}

void collected_request::answer_arrived(pending_reply_base& pending) {
  auto& self = static_cast<collected_request&>(pending);
  self.is_queued = true;
  self.queue.push(self);
}

void answer_wait::await_suspend(std::coroutine_handle<> coroutine) {
  DIALTONE_ASSERT(queue_.waiting == nullptr, "one wait at a time for the answers of a collection");
  this_core->suspend(*this, coroutine);
  if (ends_at_once()) return this_core->make_ready(*process, *this);
  queue_.waiting = this;
  if (timer_.limit != duration::max()) timer_.start_loosely(*this, &time_is_up);
}

void answer_wait::time_is_up(waiter& waiting) {
  auto& self = static_cast<answer_wait&>(waiting);
  if (self.queue_.waiting != &self) return;
  self.queue_.waiting = nullptr;
  this_core->make_ready(*self.process, self);
}

}  // namespace dialtone::detail
