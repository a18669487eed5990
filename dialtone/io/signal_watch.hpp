// SPDX-License-Identifier: Apache-2.0
// SIGTERM and SIGINT as events on a thread of their own, which sleeps until one comes. Made before other threads are
// started, so that these inherit the blocked signals; the old mask comes back with the destructor. By signalfd(2).
#pragma once

#include <csignal>
#include <functional>
#include <thread>

#include <dialtone/base/time.hpp>

namespace dialtone::io {

class signal_watch {
 public:
  /// `handle` gets the number of the signal. When it returns a duration, it is called again with 0 after that time,
  /// unless another signal comes first. On the watch's own thread. Throws std::system_error when the system has no
  /// descriptors left.
  explicit signal_watch(std::function<duration(int)> handle);
  ~signal_watch();
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;

 private:
  void watch();
  void release();

  std::function<duration(int)> handle_;
  sigset_t before_;
  int signals_;
  int stop_;
  std::thread thread_;
};

}  // namespace dialtone::io
