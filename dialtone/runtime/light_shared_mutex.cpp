// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/light_shared_mutex.hpp>

namespace dialtone::detail {

void light_shared_mutex::lock() {
  one_.lock();
  std::uint32_t seen = looking_.fetch_or(changing, std::memory_order_acquire) | changing;
  for (; seen != changing; seen = looking_.load(std::memory_order_acquire)) looking_.wait(seen);
}

void light_shared_mutex::unlock() {
  looking_.fetch_and(~changing, std::memory_order_release);
  looking_.notify_all();
  one_.unlock();
}

// Has counted itself in while somebody changes: takes that back, and comes again when the change is done.
void light_shared_mutex::wait_to_look() {
  std::uint32_t seen;
  do {
    unlock_shared();
    while (((seen = looking_.load(std::memory_order_relaxed)) & changing) != 0) looking_.wait(seen);
    seen = looking_.fetch_add(1, std::memory_order_acquire);
  } while ((seen & changing) != 0);
}

}  // namespace dialtone::detail
