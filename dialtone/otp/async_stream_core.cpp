// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/async_stream_core.hpp>

#include <dialtone/runtime/runtime_state.hpp>
#include <dialtone/runtime/scheduler.hpp>

// Items are not linked to the owner: their normal ends would fill the mailbox of one that traps exits. What a link
// would do is done here: the crash of an item ends the owner, and the stream is something that the owner owns, so that
// its death ends the items at once, also where the owner's frame has to stay for a while.

namespace dialtone::detail {

// The start of an item by a supervisor. Its owner may do something else meanwhile, so it goes on by itself.
class stream_item::start_under : public supervised_start {
 public:
  start_under(stream_item& item, dynamic_supervisor_ref supervisor, async_work work)
      : supervised_start{supervisor, item, std::move(work)}, item_{item} {}

  static void progress(supervised_start& start) {
    auto& self = static_cast<start_under&>(start);
    if (self.is_answered() && !std::exchange(self.was_answered_, true)) self.item_.started_under(self.answer());
    if (!self.item_.process || self.item_.complete() || !self.is_greeted() || !self.has_job_left()) return;
    self.give_job();
    self.item_.begin_timer();
  }

 private:
  stream_item& item_;
  bool was_answered_ = false;
};

stream_item::stream_item(stream_core& stream, std::uint64_t index)
    : timer_node{&time_is_up}, stream{stream}, index{index} {
  completed = &stream_core::completed;
}

stream_item::~stream_item() { stop_timer(); }

void stream_item::began(std::expected<pid, spawn_error> started) {
  const async_stream_options& options = stream.options_;
  if (started) {
    process = *started;
    watch(process);
    if (!complete()) return begin_timer();
    return stream_core::completed(*this);
  }
  if (options.on_refusal == stream_refusal::exit) refuse_spawn(started.error(), &options.process);
  stream.item_refused(*this, system_limit_reached{started.error(), options.process.name}.reason());
}

void stream_item::begin_under(dynamic_supervisor_ref supervisor, async_work work) {
  const async_stream_options& options = stream.options_;
  start = std::make_unique<start_under>(*this, supervisor, std::move(work));
  start->ask({.shutdown = options.shutdown, .process = options.process}, &start_under::progress);
  if (start->is_answered()) start_under::progress(*start);
}

void stream_item::started_under(std::expected<pid, async_refused> answer) {
  if (!answer) {
    if (stream.options_.on_refusal == stream_refusal::exit) refused = answer.error();
    return stream.item_refused(*this, answer.error().reason());
  }
  process = *answer;
  watch_for(stream.owner_, process);
  if (complete()) stream_core::completed(*this);
}

void stream_item::begin_timer() {
  if (stream.options_.timeout != duration::max()) this_scheduler().wheel.add_loosely(*this, stream.options_.timeout);
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
  for (stream_item& each : items_) {
    if (!each.complete() && each.process) kill_for(owner_, each.process);
    each.start.reset();
  }
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
    if (start_next(item)) return true;
  } catch (...) {
    items_.pop_back();
    throw;
  }
  items_.pop_back();
  return false;
}

stream_item* stream_core::first() const {
  if (!options_.ordered) return first_done_;
  return !items_.empty() && items_.front().complete() ? &items_.front() : nullptr;
}

stream_item* stream_core::take_first() {
  if (overdue_) throw await_failed{exit_reason::timeout};
  stream_item* taken = first();
  if (taken == nullptr) return nullptr;
  index_ = taken->index;
  if (!taken->refused) return taken;
  async_refused refused = std::move(*taken->refused);
  remove(*taken);
  throw refused;
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

void stream_core::item_refused(stream_item& item, exit_reason reason) {
  item.failure = std::move(reason);
  item_completed(item);
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
