// SPDX-License-Identifier: Apache-2.0
// Watches for processes that hold their scheduler too long, and reports them while they do: the log and the event
// dialtone.scheduler.long_schedule, with pid, name and the place where the process was resumed. One thread for a
// runtime, which sleeps for good while all schedulers do.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include <dialtone/base/time.hpp>

namespace dialtone::detail {

struct runtime_state;
class scheduler;

class watchdog {
 public:
  watchdog(runtime_state& state, duration limit);
  ~watchdog();
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;

  /// Whether the calling thread is the watchdog of that runtime.
  static bool is_this_thread(const runtime_state& state);

  /// A scheduler has woken up, and no longer says that it is asleep. Any thread; one load when the watchdog is awake.
  void notice() {
    if (parked_.load(std::memory_order_seq_cst)) wake();
  }

 private:
  struct seen {
    std::uint64_t process = 0;     // its pid; no_process between slices
    std::uint64_t reductions = 0;  // more after each slice
    time_point since;
    duration spent{};  // by the scheduler's thread, at that time
    bool reported = false;
  };

  void wake();
  void watch();
  bool all_sleep() const;
  bool look(time_point now);
  bool is_long(scheduler& watched, const seen& what, time_point now) const;
  void report(scheduler& held, const seen& what, duration for_how_long);

  runtime_state& state_;
  duration limit_;
  std::vector<seen> seen_;
  std::mutex guard_;
  std::condition_variable changed_;
  std::atomic<bool> parked_{false};
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace dialtone::detail
