// SPDX-License-Identifier: Apache-2.0
// A scheduler: one thread's processes, with their run queue, timers, driver and the signals that arrive for them. It
// shares nothing with the others but its inbox. This class is the loop; what a signal does is in delivery, links, death
// and spawn.
//
// A turn: take what has arrived, run ready processes (at most 64 slices or 200 µs), fire timers, send on what is for
// other schedulers, poll the driver. With nothing to do it sleeps in the driver until the next timer or until it is
// woken.
#pragma once

#include <atomic>
#include <memory>
#include <source_location>
#include <vector>

#include <dialtone/io/driver.hpp>
#include <dialtone/io/system.hpp>
#include <dialtone/runtime/core.hpp>
#include <dialtone/runtime/exit_reason.hpp>
#include <dialtone/runtime/fault_source.hpp>
#include <dialtone/runtime/handle_table.hpp>
#include <dialtone/runtime/inbox.hpp>
#include <dialtone/runtime/random_bits.hpp>
#include <dialtone/runtime/scheduler_part.hpp>
#include <dialtone/runtime/timer_wheel.hpp>

namespace dialtone::detail {

struct runtime_state;
struct pending_reply_base;
struct message_timer;
struct holdings;
class watchdog;

class scheduler final : public core {
 public:
  scheduler(runtime_state& state, std::uint32_t index, std::unique_ptr<io::driver> driver, std::uint64_t seed,
            std::uint64_t last_generation = 0xffffffff);
  ~scheduler();

  /// Runs turns on the calling thread until `stop`.
  void run();
  /// One turn; true when there was anything to do. Sleeps for at most `longest` when there was not.
  bool turn(duration longest);
  /// A turn would do nothing at the present time.
  bool is_idle() const;
  /// Ends run(). Any thread.
  void stop();
  /// No process runs from now on, but to be destroyed by end_all. Any thread.
  void halt() { halted_.store(true, std::memory_order_relaxed); }
  /// Adds signals to the inbox, and wakes the scheduler if it sleeps. Any thread.
  void post(signal* first, signal* last);
  /// Makes this the scheduler of the calling thread until the object is destroyed.
  struct presence {
    explicit presence(scheduler& here) : before{this_core} { this_core = &here; }
    ~presence() { this_core = before; }
    core* before;
  };

  time_point now() const;

  // Signals.
  void dispatch(signal* arrived);
  void flush_outboxes();
  /// Arrives before all that waits here to be sent there, and before anything that is sent anywhere from now on.
  void send_ahead(signal* sent);
  /// What is sent there leaves when the turn ends, and no part of it before.
  void hold_back(std::uint32_t destination);

  // Life and death.
  void doom(process_block& process, exit_reason reason);
  void exit_signal_arrived(process_block& process, pid from, const exit_reason& reason, bool from_link);
  /// The last function that a process had in the pool of blocking threads has returned after its death.
  void finish_zombie(process_block& process);

  // Debts: senders that have filled a mailbox wait until it has drained.
  void owe(pid debtor, process_block& creditor);
  void add_debt(process_block& debtor, pid creditor);
  void settle_debt(process_block& debtor, pid creditor);
  void forgive_debts(process_block& debtor);
  void release_debtors(process_block& creditor);
  /// It has taken a message: sources that have waited for that go on.
  void resume_sources(process_block& process, const signal& taken);
  reference new_monitor_reference() { return make_reference(index, reference_kind::monitor, ++last_monitor_); }
  void down_arrived(process_block& watcher, reference name, pid who, const exit_reason& reason);
  /// Sends a signal of the runtime's own: acts at once when the receiver is here.
  template <class Signal, class... Arguments>
  void signal_to(pid receiver, Arguments&&... arguments) {
    auto* made = make_signal<Signal>(std::forward<Arguments>(arguments)...);
    made->to = receiver;
    route(made);
  }

  /// Destroys every process, as a kill would. Used when the runtime ends, on the scheduler's thread.
  void end_all();

  runtime_state& state;
  std::unique_ptr<io::driver> driver;
  timer_wheel wheel;
  random_bits random;
  handle_table<pending_reply_base> replies;
  handle_table<message_timer> timers;
  scheduler_parts parts;
  late_works slice_end;
  late_works turn_end;
  late_works next_turn;                    // which begins at once
  std::uint64_t turns = 0;                 // so far
  std::vector<std::vector<pid>> reserved;  // pids at each other scheduler, for processes to be started there
  std::uint32_t next_spread = 0;
  watchdog* watch = nullptr;
  fault_source* const faults;

  // For the watchdog and for statistics: written by this thread, read by any.
  std::atomic<std::source_location> running_place{};  // where that was suspended
  std::atomic<bool> asleep{false};
  std::atomic<io::thread_time> time_spent{};  // of the thread that runs it

 private:
  friend class core;
  struct outbox {
    signal* first = nullptr;
    signal* last = nullptr;
    std::uint32_t count = 0;
    bool held = false;
  };

  void flush(std::uint32_t destination);
  bool delays_arrivals();
  bool accept_arrivals();
  bool run_slices();
  void run_slice(process_block& process);
  bool is_late(time_point start_of_turn);
  bool fire_timers();
  void publish_bytes();
  void poll(duration longest);
  bool sleep(duration longest);
  bool spin();
  void end(process_block& process);
  void end_before_listeners(process_block& process, const holdings& held);
  void end_with_company(process_block& process);
  void clear_mailbox(process_block& process);
  void destroy_what_it_holds(process_block& process);
  void release_owned(process_block& process);
  void leave_relations(process_block& process, const exit_reason& reason);
  void free_block(process_block& process);
  void clear(process_block& process);

  inbox arrivals_;
  std::vector<outbox> outboxes_;
  std::vector<std::uint32_t> destinations_;  // outboxes that are not empty
  std::uint64_t last_monitor_ = 0;
  bool heard_ = false;  // signals have come from other schedulers lately
  std::uint32_t turns_unpolled_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> halted_{false};
};

/// No process's pid: signals to it reach the scheduler itself.
constexpr pid anybody_at(std::uint32_t scheduler) { return {scheduler, 0, 0}; }

/// Tells the processor that the thread spins.
inline void cpu_relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// The scheduler of the calling thread; only where `this_core` is known to be set.
inline scheduler& this_scheduler() { return static_cast<scheduler&>(*this_core); }
/// As above; asserts that the caller is a process.
scheduler& this_scheduler_of_process();

}  // namespace dialtone::detail
