// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/light_shared_mutex.hpp>

namespace dialtone::detail {

// Acquires what each of those that looked has released: all of them change the one counter, so that its last value
// stands in the release sequence of every one. What is waited for cannot be missed: who takes the counter to the bit
// alone notifies, and who comes to look meanwhile leaves again and then does so itself.
void light_shared_mutex::lock() {
  one_.lock();
  std::uint32_t seen = looking_.fetch_or(changing, std::memory_order_acquire) | changing;
  for (; seen != changing; seen = looking_.load(std::memory_order_acquire)) looking_.wait(seen);
}

void light_shared_mutex::unlock() {
  looking_.fetch_and(~changing, std::memory_order_release);
  one_.unlock();
}

// Has counted itself in while somebody changes: takes that back, for the change may wait for it.
void light_shared_mutex::wait_to_look() {
  unlock_shared();
  const std::lock_guard nobody_changes(one_);
  looking_.fetch_add(1, std::memory_order_acquire);
}

}  // namespace dialtone::detail
