// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/registry_lock.hpp>

#include <dialtone/otp/registry_index.hpp>
#include <dialtone/runtime/scheduler.hpp>

namespace dialtone {

namespace detail {

namespace {

// Tells a process of another scheduler, or of this one, that the lock is its own now.
struct grant_signal : signal {
  explicit grant_signal(std::shared_ptr<registry_lock_ticket> granted);
  static void handle(scheduler& home, process_block*, signal* taken) {
    waiter* waiting = static_cast<grant_signal*>(taken)->granted->waiting;
    // One that has stopped waiting has given the lock to the next.
    if (waiting != nullptr) home.make_ready(*waiting->process, *waiting);
    destroy(taken);
  }
  std::shared_ptr<registry_lock_ticket> granted;
};
constexpr signal_type grant_type{&grant_signal::handle, &destroy_signal<grant_signal>, sizeof(grant_signal),
                                 &type_name<grant_signal>};
grant_signal::grant_signal(std::shared_ptr<registry_lock_ticket> granted)
    : signal{&grant_type, granted->owner, {}}, granted{std::move(granted)} {}

}  // namespace

registry_lock_ticket::registry_lock_ticket(std::shared_ptr<registry_index> index, std::size_t hash, const void* key)
    : index{std::move(index)}, hash{hash}, key{this->index->types().make_key(key)} {}

registry_lock_ticket::~registry_lock_ticket() { index->types().destroy_key(key); }

bool registry_locks::request(const std::shared_ptr<registry_lock_ticket>& ticket) {
  const std::lock_guard lock(mutex_);
  registry_lock_queue* queue = nullptr;
  auto [first, last] = queues_.equal_range(ticket->hash);
  for (auto each = first; each != last; ++each)
    if (types_.equal(*each->second.front()->key, *ticket->key)) queue = &each->second;
  if (queue == nullptr) queue = &queues_.emplace(ticket->hash, registry_lock_queue{})->second;
  queue->push_back(ticket);
  ticket->queue = queue;
  ticket->place = std::prev(queue->end());
  return queue->size() == 1;
}

void registry_locks::give_up(registry_lock_ticket& ticket) {
  std::shared_ptr<registry_lock_ticket> next;
  {
    const std::lock_guard lock(mutex_);
    registry_lock_queue& queue = *ticket.queue;
    const bool held = ticket.place == queue.begin();
    queue.erase(ticket.place);
    if (!queue.empty()) {
      if (held) next = queue.front();
    } else {
      auto [each, last] = queues_.equal_range(ticket.hash);
      while (&each->second != &queue) ++each;
      queues_.erase(each);
    }
  }
  if (next != nullptr) this_core->route(make_signal<grant_signal>(std::move(next)));
}

bool registry_locks::empty() const {
  const std::lock_guard lock(mutex_);
  return queues_.empty();
}

registry_lock_wait::~registry_lock_wait() {
  if (ticket_ == nullptr || ticket_->queue == nullptr) return;
  ticket_->waiting = nullptr;
  ticket_->index->locks.give_up(*ticket_);
}

bool registry_lock_wait::await_ready() {
  scheduler& here = this_scheduler_of_process();
  ticket_->index->belong_to(here.state);
  ticket_->owner = here.current->self();
  held_ = ticket_->index->locks.request(ticket_);
  return held_ && here.may_continue();
}

void registry_lock_wait::await_suspend(std::coroutine_handle<> coroutine) {
  core& here = *this_core;
  here.suspend(*this, coroutine);
  ticket_->waiting = this;
  if (held_) here.make_ready(*process, *this);
}

registry_lock registry_lock_wait::await_resume() {
  process = nullptr;
  ticket_->waiting = nullptr;
  return registry_lock{std::move(ticket_)};
}

}  // namespace detail

void registry_lock::unlock() {
  if (held_ == nullptr) return;
  held_->index->locks.give_up(*held_);
  held_ = nullptr;
}

}  // namespace dialtone
