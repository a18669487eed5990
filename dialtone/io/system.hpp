// SPDX-License-Identifier: Apache-2.0
// What a runtime asks of the operating system once, at its start. Any thread.
#pragma once

#include <cstdint>

#include <dialtone/base/time.hpp>

namespace dialtone::io {

/// Processors that this process may use: its affinity, and no more than its cgroup's quota allows; at least 1.
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
  duration spent() const;

 private:
  int clock_ = 0;
  bool known_ = false;
};

/// 64 bits from the system's entropy.
std::uint64_t entropy();

}  // namespace dialtone::io
