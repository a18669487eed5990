// SPDX-License-Identifier: Apache-2.0
// The locks of a registry's keys, which processes wait for without holding up their schedulers: see registry::lock.
// A lock is let go when the registry_lock is destroyed, and so by the death of its process, before that can be seen;
// only a process that is killed in blocking() holds on until its function has returned.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include <dialtone/runtime/timers.hpp>

namespace dialtone {

namespace detail {

class registry_index;
struct registry_key;
struct registry_types;
struct registry_lock_ticket;

using registry_lock_queue = std::list<std::shared_ptr<registry_lock_ticket>>;  // the first one holds the lock

/// A place in the queue for a lock.
struct registry_lock_ticket {
  registry_lock_ticket(std::shared_ptr<registry_index> index, std::size_t hash, const void* key);
  ~registry_lock_ticket();
  registry_lock_ticket(const registry_lock_ticket&) = delete;

  const std::shared_ptr<registry_index> index;
  const std::size_t hash;
  registry_key* const key;
  pid owner;
  waiter* waiting = nullptr;  // used by the scheduler of its process only
  // Under the lock of the table.
  registry_lock_queue* queue = nullptr;
  registry_lock_queue::iterator place;
};

/// The queues of one registry. Any thread.
class registry_locks {
 public:
  explicit registry_locks(const registry_types& types) : types_{types} {}
  /// Joins the queue; true when the lock is held by that.
  bool request(const std::shared_ptr<registry_lock_ticket>& ticket);
  /// Leaves the queue, as a holder or not; the next one is told when it has become the first.
  void give_up(registry_lock_ticket& ticket);
  bool empty() const;

 private:
  mutable std::mutex mutex_;
  std::unordered_multimap<std::size_t, registry_lock_queue> queues_;
  const registry_types& types_;
};

}  // namespace detail

/// Holds a lock while it lives. Stays in the process that has locked.
class [[nodiscard("a lock is held as long as this lives")]] registry_lock {
 public:
  explicit registry_lock(std::shared_ptr<detail::registry_lock_ticket> held) : held_{std::move(held)} {}
  registry_lock(registry_lock&& other) noexcept : held_{std::exchange(other.held_, nullptr)} {}
  registry_lock& operator=(registry_lock&&) = delete;
  ~registry_lock() { unlock(); }
  /// Lets go early. Twice is once.
  void unlock();

 private:
  std::shared_ptr<detail::registry_lock_ticket> held_;
};

namespace detail {

class registry_lock_wait : public plain_wait {
 public:
  registry_lock_wait(std::shared_ptr<registry_index> index, std::size_t hash, const void* key)
      : ticket_{std::make_shared<registry_lock_ticket>(std::move(index), hash, key)} {}
  ~registry_lock_wait();
  bool await_ready();
  void await_suspend(std::coroutine_handle<> coroutine);
  registry_lock await_resume();

 private:
  std::shared_ptr<registry_lock_ticket> ticket_;
  bool held_ = false;
};

}  // namespace detail

}  // namespace dialtone
