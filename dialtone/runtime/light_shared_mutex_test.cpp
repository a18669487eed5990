// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/light_shared_mutex.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <shared_mutex>
#include <thread>
#include <vector>

namespace dialtone::detail {
namespace {

constexpr int rounds = 20'000;

struct two_numbers {
  light_shared_mutex mutex;
  long first = 0;
  long second = 0;
};

TEST(light_shared_mutex, lets_many_look_at_once) {
  light_shared_mutex mutex;
  const std::shared_lock one(mutex);
  std::thread([&] { const std::shared_lock other(mutex); }).join();
}

TEST(light_shared_mutex, lets_nobody_change_while_one_looks) {
  two_numbers shared;
  std::shared_lock looking(shared.mutex);
  std::thread other([&] {
    const std::unique_lock lock(shared.mutex);
    shared.first = 1;
  });
  for (int i = 0; i < rounds; ++i) ASSERT_EQ(shared.first, 0);
  looking.unlock();
  other.join();
  EXPECT_EQ(shared.first, 1);
}

TEST(light_shared_mutex, lets_nobody_look_while_one_changes) {
  two_numbers shared;
  std::unique_lock changing(shared.mutex);
  long seen = -1;
  std::thread other([&] {
    const std::shared_lock lock(shared.mutex);
    seen = shared.first;
  });
  for (int i = 0; i < rounds; ++i) shared.first = i + 1;
  changing.unlock();
  other.join();
  EXPECT_EQ(seen, rounds);
}

// Whoever finds the lock taken waits for it in the same line, in whatever order they come.
TEST(light_shared_mutex, lets_those_look_that_have_come_during_a_change) {
  two_numbers shared;
  std::unique_lock changing(shared.mutex);
  std::atomic<int> have_come = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      ++have_come;
      const std::shared_lock lock(shared.mutex);
      EXPECT_GE(shared.first, 1);
    });
  threads.emplace_back([&] {
    ++have_come;
    const std::unique_lock lock(shared.mutex);
    ++shared.first;
  });
  while (have_come != 5) std::this_thread::yield();
  shared.first = 1;
  changing.unlock();
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(shared.first, 2);
}

// Under TSan this shows as well that each change is seen by whoever comes after it.
TEST(light_shared_mutex, shows_no_half_of_a_change_and_loses_none) {
  two_numbers shared;
  auto change = [&] {
    for (int i = 0; i < rounds; ++i) {
      const std::unique_lock lock(shared.mutex);
      ++shared.first;
      ++shared.second;
    }
  };
  auto look = [&] {
    for (int i = 0; i < rounds; ++i) {
      const std::shared_lock lock(shared.mutex);
      ASSERT_EQ(shared.first, shared.second);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back(change);
    threads.emplace_back(look);
  }
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(shared.first, 2 * rounds);
  EXPECT_EQ(shared.second, 2 * rounds);
}

}  // namespace
}  // namespace dialtone::detail
