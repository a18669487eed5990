// SPDX-License-Identifier: Apache-2.0
// The lock of what schedulers share, names and registries: many look, one changes, and neither for longer than a few
// lines. To look costs one atomic addition and one subtraction; std::shared_mutex made half of a lookup. Waits in the
// kernel when it has to wait, for the holder's thread may have been pushed off its core. While a change waits nobody
// else begins to look, so it waits only for those that look already. Who comes to look meanwhile takes a turn among
// those that change: nobody is preferred. Not for users.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

namespace dialtone::detail {

/// Fits std::unique_lock and std::shared_lock. Not recursive, neither to look nor to change: who looks and wants to
/// look again may meet a change that waits for the first look. At most 2^31 - 1 look at once.
class light_shared_mutex {
 public:
  light_shared_mutex() = default;
  light_shared_mutex(const light_shared_mutex&) = delete;
  light_shared_mutex& operator=(const light_shared_mutex&) = delete;

  void lock_shared() {
    if ((looking_.fetch_add(1, std::memory_order_acquire) & changing) != 0) [[unlikely]]
      wait_to_look();
  }
  void unlock_shared() {
    if (looking_.fetch_sub(1, std::memory_order_release) == changing + 1) [[unlikely]]
      looking_.notify_one();  // only who changes waits for this
  }
  void lock();
  void unlock();

 private:
  static constexpr std::uint32_t changing = 1u << 31;

  void wait_to_look();

  std::atomic<std::uint32_t> looking_ = 0;  // how many look, and the bit of who changes
  std::mutex one_;                          // held by who changes, from before the bit is set until it is clear
};

}  // namespace dialtone::detail
