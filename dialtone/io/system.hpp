// SPDX-License-Identifier: Apache-2.0
// What a runtime asks of the operating system once, at its start. Any thread. Linux; nothing here throws but entropy:
// what the system refuses (binding, naming, raising a limit) is left as it was.
#pragma once

#include <cstdint>

#include <dialtone/base/time.hpp>

namespace dialtone::io {

/// Processors that this process may use: its affinity (sched_getaffinity(2)), and no more than its cgroup's quota
/// allows (cgroup v2, /sys/fs/cgroup/cpu.max, rounded up); at least 1.
std::uint32_t usable_processors();

/// Binds the calling thread to the `index`-th of the processors that the process may use (modulo their number).
void pin_this_thread(std::uint32_t index);

/// Names the calling thread, for debuggers and top; at most 15 bytes count.
void name_this_thread(const char* name);

/// Ignores SIGPIPE (a closed peer is an error value), and raises the soft limit of descriptors to the hard one.
void prepare_process();

/// A clock of the time that the calling thread spends on a processor; to be read by any thread while that one lives.
class thread_time {
 public:
  thread_time() = default;
  static thread_time of_this_thread();
  /// Zero when it cannot be read.
  duration spent() const;

 private:
  int clock_ = 0;
  bool known_ = false;
};

/// 64 bits from std::random_device, which throws when it has none.
std::uint64_t entropy();

}  // namespace dialtone::io
