// SPDX-License-Identifier: Apache-2.0
// The part of a scheduler that every send, receive and spawn touches, inline. `this_core` is the scheduler whose thread
// this is (null on other threads); the current process is a process block, or `idle` between slices, so it is never
// null.
#pragma once

#include <atomic>
#include <cstdint>

#include <dialtone/base/assert.hpp>
#include <dialtone/base/time.hpp>
#include <dialtone/runtime/run_queue.hpp>
#include <dialtone/runtime/slot_table.hpp>

namespace dialtone {

/// Thrown by `exit(reason)` to unwind the caller. Not an exception to be handled: the process has ended already, and
/// one that swallows it never gets past its next await.
struct exit_unwind {};

}  // namespace dialtone

namespace dialtone::detail {

class core {
 public:
  core(std::uint32_t index, process_quota& quota, std::uint32_t last_generation)
      : slots{index, quota, last_generation}, index{index} {}

  // Awaiting. Each await that could go on at once costs a reduction; at zero the process goes to the back of the queue.
  bool may_continue() { return --reductions > 0; }

  /// The running process goes no further than its next await.
  void end_slice() {
    if (reductions <= 0) return;
    whose_slice()->count_reductions(-reductions);
    reductions = 0;
  }

  /// Suspends `coroutine` of the current process until somebody makes `waiting` ready.
  void suspend(waiter& waiting, std::coroutine_handle<> coroutine) {
    waiting.process = current;
    waiting.continuation = coroutine;
    current->suspended = coroutine;
  }
  void make_ready(process_block& process, waiter& waiting) {
    waiting.next_ready = nullptr;
    if (process.ready_first == nullptr) [[likely]]
      process.ready_first = &waiting;
    else
      append_ready(process, waiting);
    wake(process);
  }
  /// As make_ready, but before all that is ready: nothing else of the process runs first.
  void make_ready_next(process_block& process, waiter& waiting) {
    waiting.next_ready = process.ready_first;
    process.ready_first = &waiting;
    wake(process);
  }
  /// Takes a waiter that is destroyed before it was resumed out of the list of ready ones.
  void forget(waiter& waiting);

  void enqueue(process_block& process) {
    process.flags |= queued;
    ready.push(process);
  }

  /// Hands a message to a live process of this scheduler.
  [[gnu::always_inline]] void deliver(process_block& process, signal& arrived) {
    receiver* first = process.receivers;
    if (first == nullptr || (first->only != arrived.type && first->only != &every_message))
      return deliver_unexpected(process, arrived);
    process.receivers = first->next_receiver;
    first->taken = &arrived;
    make_ready(process, *first);
  }
  void append(process_block& process, signal& arrived) {
    arrived.next = nullptr;
    *process.mailbox_last = &arrived;
    process.mailbox_last = &arrived.next;
    count_bytes(process, arrived.type->size);
    if (process.has(limited)) [[unlikely]]
      check_memory(process);
  }

  /// Takes the message at `link` out of the current process's mailbox.
  signal* take(process_block& process, signal** link) {
    signal* taken = *link;
    *link = taken->next;
    if (taken->next == nullptr) process.mailbox_last = link;
    count_bytes(process, -std::int64_t{taken->type->size});
    if (taken->from) --process.mailbox_size;
    if (process.has(claiming)) [[unlikely]]
      has_taken(process, *taken);
    return taken;
  }

  /// The opposite of take: `untaken` is the first message again, unless another receive waits for it.
  void put_back(process_block& process, signal& untaken) {
    if (offer(process, untaken)) return deliver_deferred();
    untaken.next = process.mailbox_first;
    process.mailbox_first = &untaken;
    if (untaken.next == nullptr) process.mailbox_last = &untaken.next;
    count_bytes(process, untaken.type->size);
    if (untaken.from) ++process.mailbox_size;
    deliver_deferred();
  }

  /// Sends to another scheduler of the runtime.
  void send_remote(signal& sent);
  /// Sends wherever the receiver is, and takes the signal.
  void route(signal* sent);

  /// Adds to what a process holds, in frames and queued messages.
  void count_bytes(process_block& process, std::int64_t change) {
    process.bytes += static_cast<std::uint64_t>(change);
    bytes += change;
  }
  /// Ends a process that holds more than its limit.
  void check_memory(process_block& process);
  std::int64_t bytes_unpublished() const { return bytes - bytes_published; }

  /// What follows happens in the name of `process`; of `idle`, in nobody's.
  void act_as(process_block& process) {
    current = &process;
    running_block.store(&process, std::memory_order_release);
  }
  bool in_process() const { return current != &idle; }
  process_block* whose_slice() const { return running_block.load(std::memory_order_relaxed); }

  /// Whose functions are called now; a predicate runs as its own process while another one runs.
  process_block* current = &idle;
  /// Whose slice it is; written by this thread, read by the watchdog's.
  std::atomic<process_block*> running_block = &idle;
  std::int32_t reductions = 0;
  std::uint32_t mailbox_limit = 0;  // where a spawn asks for none
  bool memory_limited = false;
  std::int64_t bytes = 0;            // of all processes here
  std::int64_t bytes_published = 0;  // as far as the runtime's total knows
  run_queue ready;
  slot_table slots;
  const std::uint32_t index;
  process_block idle;

  /// Awaits that are ready at once, before another process has its turn; about 20 µs of messages.
  static constexpr std::int32_t slice_reductions = 2'000;

 protected:
  ~core() = default;

 private:
  /// A message that the first receive does not wait for by its type alone.
  void deliver_unexpected(process_block& process, signal& arrived) {
    if (process.receivers != nullptr) {
      if (!offer(process, arrived)) keep(process, arrived);
      if (deferred_ != nullptr) [[unlikely]]
        deliver_deferred();
    } else if (process.has(asking)) [[unlikely]] {
      defer(process, arrived);
    } else {
      keep(process, arrived);
    }
  }
  void keep(process_block& process, signal& arrived) {
    if (arrived.from) {
      if (process.mailbox_size >= process.mailbox_limit) [[unlikely]]
        return deliver_over_limit(process, arrived);
      ++process.mailbox_size;
    }
    append(process, arrived);
  }
  void wake(process_block& process) {
    if (!process.has(queued | owing | embryo | dying)) enqueue(process);
  }
  static void append_ready(process_block& process, waiter& waiting);
  bool offer(process_block& process, signal& arrived);
  void defer(process_block& process, signal& arrived);
  void deliver_deferred();
  void deliver_over_limit(process_block& process, signal& arrived);
  void has_taken(process_block& process, const signal& taken);

  signal* deferred_ = nullptr;  // for processes whose predicates are being asked
};

/// Emits dialtone.process.start.
void announce(core& home, process_block& process);

constinit inline thread_local core* this_core = nullptr;

/// The scheduler of the calling process; asserts that there is one.
inline core& calling_core() {
  core* found = this_core;
  DIALTONE_ASSERT(found != nullptr && found->in_process(),
                  "this function may be called only inside a process: start one with dialtone::run or runtime::spawn");
  return *found;
}

inline process_block& calling_process() { return *calling_core().current; }

}  // namespace dialtone::detail
