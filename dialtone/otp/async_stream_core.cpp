// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/async_stream_core.hpp>

#include <dialtone/runtime/runtime_state.hpp>
#include <dialtone/runtime/scheduler.hpp>

// Items are not linked to the owner: their normal ends would fill the mailbox of one that traps exits. What a link
// would do is done here: the crash of an item ends the owner, and the stream is something that the owner owns, so that
// its death ends the items at once, also where the owner's frame has to stay for a while.

namespace dialtone::detail {

stream_item::stream_item(stream_core& stream, std::uint64_t index)
    : timer_node{&time_is_up}, stream{stream}, index{index} {
  completed = &stream_core::completed;
}

stream_item::~stream_item() { stop_timer(); }

void stream_item::begin_timer(duration limit) {
  if (limit != duration::max()) this_scheduler().wheel.add_loosely(*this, limit);
}

void stream_item::stop_timer() {
  if (is_set()) this_scheduler().wheel.remove(*this);
}

void stream_item::time_is_up(timer_node& timer) noexcept {
  auto& self = static_cast<stream_item&>(timer);
  if (self.complete()) return;
  self.failure = exit_reason::timeout;
  kill_for(self.stream.owner_, self.process);
  if (self.stream.options_.on_timeout == stream_timeout::exit) self.stream.overdue_ = true;
  self.stream.item_completed(self);
}

namespace {

std::size_t concurrency_of(const async_stream_options& options) {
  if (options.max_concurrency != runtime_default) return options.max_concurrency;
  return this_scheduler_of_process().state.schedulers.size();
}

}  // namespace

stream_core::stream_core(async_stream_options options, bool linked)
    : options_{std::move(options)},
      owner_{calling_process().self()},
      max_concurrency_{concurrency_of(options_)},
      linked_{linked} {
  release = &owner_died;
  own(calling_process().owned);
}

stream_core::~stream_core() {
  disown();
  kill_running();
}

void stream_core::owner_died(owned_resource& stream, scheduler&) { static_cast<stream_core&>(stream).kill_running(); }

void stream_core::kill_running() {
  for (const stream_item& each : items_)
    if (!each.complete()) kill_for(owner_, each.process);
}

void stream_core::check_owner() const {
  DIALTONE_ASSERT(calling_process().self() == owner_, "a stream of async tasks belongs to who has made it");
  DIALTONE_ASSERT(waiting == nullptr, "a stream of async tasks is awaited by one at a time");
}

bool stream_core::advance() {
  while (!exhausted_ && !overdue_ && items_.size() < max_concurrency_)
    if (!start_one()) exhausted_ = true;
  return has_news();
}

bool stream_core::start_one() {
  stream_item& item = items_.emplace_back(*this, pulled_);
  item.place = std::prev(items_.end());
  try {
    item.process = start_next(item.name);
  } catch (...) {
    items_.pop_back();
    throw;
  }
  if (!item.process) {
    items_.pop_back();
    return false;
  }
  item.watch(item.process);
  if (item.complete())
    completed(item);
  else
    item.begin_timer(options_.timeout);
  return true;
}

stream_item* stream_core::first() const {
  if (!options_.ordered) return first_done_;
  return !items_.empty() && items_.front().complete() ? &items_.front() : nullptr;
}

stream_item* stream_core::take_first() {
  if (overdue_) throw await_failed{exit_reason::timeout};
  stream_item* taken = first();
  if (taken != nullptr) index_ = taken->index;
  return taken;
}

void stream_core::remove(stream_item& taken) {
  if (!options_.ordered) {
    first_done_ = taken.next_done;
    if (first_done_ == nullptr) last_done_ = &first_done_;
  }
  items_.erase(taken.place);
}

void stream_core::completed(pending_reply_base& pending) {
  auto& item = static_cast<stream_item&>(pending);
  if (item.arrived == nullptr) item.stream.item_failed(item);
  item.stream.item_completed(item);
}

void stream_core::item_completed(stream_item& item) {
  item.stop_timer();
  if (!options_.ordered) {
    *last_done_ = &item;
    last_done_ = &item.next_done;
  }
  if (has_news()) wake_owner();
}

void stream_core::item_failed(const stream_item& item) {
  scheduler& here = this_scheduler();
  process_block* owner = linked_ ? here.slots.find(owner_) : nullptr;
  if (owner == nullptr || owner->has(trapping) || item.failure->code() == exit_reason::normal) return;
  here.doom(*owner, *item.failure);
}

void stream_core::wake_owner() {
  if (waiter* woken = std::exchange(waiting, nullptr)) this_core->make_ready(*woken->process, *woken);
}

bool stream_wait::await_ready() {
  stream_.check_owner();
  return stream_.advance() && this_core->may_continue();
}

void stream_wait::await_suspend(std::coroutine_handle<> coroutine) {
  this_core->suspend(*this, coroutine);
  if (stream_.has_news()) return this_core->make_ready(*process, *this);
  stream_.waiting = this;
}

}  // namespace dialtone::detail
