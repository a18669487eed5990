// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/signal_watch.hpp>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <system_error>

namespace dialtone::io {

signal_watch::signal_watch(std::function<duration(int)> handle) : handle_{std::move(handle)} {
  sigset_t watched;
  sigemptyset(&watched);
  sigaddset(&watched, SIGTERM);
  sigaddset(&watched, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &watched, &before_);
  signals_ = ::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
  stop_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  try {
    if (signals_ < 0 || stop_ < 0) throw std::system_error{errno, std::generic_category(), "signalfd"};
    thread_ = std::thread{[this] { watch(); }};
  } catch (...) {
    release();
    throw;
  }
}

void signal_watch::release() {
  if (signals_ >= 0) ::close(signals_);
  if (stop_ >= 0) ::close(stop_);
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

signal_watch::~signal_watch() {
  std::uint64_t one = 1;
  [[maybe_unused]] ssize_t ignored = ::write(stop_, &one, sizeof one);
  thread_.join();
  release();
}

void signal_watch::watch() {
  using std::chrono::milliseconds;
  int limit = -1;
  for (;;) {
    std::array<pollfd, 2> watched{pollfd{signals_, POLLIN, 0}, pollfd{stop_, POLLIN, 0}};
    int count = ::poll(watched.data(), watched.size(), limit);
    if (count < 0 && errno == EINTR) continue;
    if ((watched[1].revents & POLLIN) != 0) return;
    signalfd_siginfo info{};
    if (count > 0 && ::read(signals_, &info, sizeof info) != sizeof info) continue;
    duration again = handle_(count > 0 ? static_cast<int>(info.ssi_signo) : 0);
    limit = again > duration::zero() ? static_cast<int>(std::chrono::ceil<milliseconds>(again).count()) : -1;
  }
}

}  // namespace dialtone::io
