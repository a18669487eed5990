// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/system.hpp>

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <random>

namespace dialtone::io {

namespace {

cpu_set_t affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) CPU_SET(0, &set);
  return set;
}

// The processors that the cgroup's quota amounts to, rounded up; 0 where there is none (cgroup v2, cpu.max: "200000
// 100000").
std::uint32_t quota_of_cgroup() {
  std::FILE* file = std::fopen("/sys/fs/cgroup/cpu.max", "re");
  if (file == nullptr) return 0;
  unsigned long quota = 0;
  unsigned long period = 0;
  int read = std::fscanf(file, "%lu %lu", &quota, &period);
  std::fclose(file);
  if (read != 2 || period == 0) return 0;
  return static_cast<std::uint32_t>(std::max(1UL, (quota + period - 1) / period));
}

}  // namespace

std::uint32_t usable_processors() {
  cpu_set_t set = affinity();
  auto count = static_cast<std::uint32_t>(std::max(1, CPU_COUNT(&set)));
  std::uint32_t quota = quota_of_cgroup();
  return quota == 0 ? count : std::min(count, quota);
}

void pin_this_thread(std::uint32_t index) {
  cpu_set_t set = affinity();
  std::uint32_t left = index % static_cast<std::uint32_t>(std::max(1, CPU_COUNT(&set)));
  for (std::uint32_t processor = 0; processor < CPU_SETSIZE; ++processor) {
    if (!CPU_ISSET(processor, &set) || left-- != 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    ::sched_setaffinity(0, sizeof one, &one);
    return;
  }
}

void name_this_thread(const char* name) {
  char shortened[16] = {};
  std::strncpy(shortened, name, sizeof shortened - 1);
  ::pthread_setname_np(::pthread_self(), shortened);
}

void prepare_process() {
  std::signal(SIGPIPE, SIG_IGN);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

thread_time thread_time::of_this_thread() {
  thread_time result;
  result.known_ = ::pthread_getcpuclockid(::pthread_self(), &result.clock_) == 0;
  return result;
}

duration thread_time::spent() const {
  timespec time{};
  if (!known_ || ::clock_gettime(clock_, &time) != 0) return duration::zero();
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

std::uint64_t entropy() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

}  // namespace dialtone::io
