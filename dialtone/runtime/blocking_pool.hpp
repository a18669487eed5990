// SPDX-License-Identifier: Apache-2.0
// The threads for work that blocks (files, the system's resolver, databases) and for writing the log. Started when
// needed, never more than the limit; idle ones sleep without waking. In a stepped runtime there are none: jobs run at
// once, inline.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <dialtone/runtime/runtime_options.hpp>

namespace dialtone::detail {

/// A piece of blocking work; owned by who made it.
struct blocking_job {
  blocking_job* next = nullptr;
  /// Called once, on a thread of the pool. `cancelled`: the runtime has stopped before the job began.
  void (*run)(blocking_job& job, bool cancelled) = nullptr;
};

class blocking_pool {
 public:
  blocking_pool(std::uint32_t thread_limit, std::size_t queue_limit, threading threads);
  ~blocking_pool();
  blocking_pool(const blocking_pool&) = delete;
  blocking_pool& operator=(const blocking_pool&) = delete;

  /// False when queue_limit jobs wait already. Throws std::system_error when there is no thread and none can be
  /// started. Any thread.
  bool submit(blocking_job& job);
  /// Runs `f` in the background whatever the queue's length: for the runtime's own few jobs. Any thread; the calling
  /// one if there is no other and none can be started.
  void run(std::function<void()> f);
  /// Keeps a job of a stepped runtime until run_held, which runs it inline, or until the end, which cancels it. False:
  /// the end has come.
  bool hold(blocking_job& job);
  void run_held(blocking_job& job);
  /// Ends the threads when the jobs that run now have returned; those that wait are run as cancelled. Not for jobs.
  void stop();
  /// Whether the calling thread is one of the pool's.
  bool is_worker() const;

 private:
  void work();
  bool add(blocking_job& job, std::size_t limit);
  void start_worker();

  const std::uint32_t thread_limit_;
  const std::size_t queue_limit_;
  const threading threads_;
  std::mutex guard_;
  std::condition_variable wake_;
  blocking_job* first_ = nullptr;
  blocking_job* last_ = nullptr;
  std::size_t waiting_ = 0;
  std::uint32_t idle_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> workers_;
  std::vector<blocking_job*> held_;  // in the order in which they came
};

}  // namespace dialtone::detail
