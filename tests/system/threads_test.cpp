// SPDX-License-Identifier: Apache-2.0
// A system that starts no more threads. A program of its own: it stands in for pthread_create.
#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <future>
#include <system_error>

#include <gtest/gtest.h>

#include <dialtone/dialtone.hpp>

namespace {
using create_function = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
std::atomic<int> threads_left = 1 << 30;
}  // namespace

// The sanitizers' own, where there is one, has to see each thread.
extern "C" int __interceptor_pthread_create(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)
    __attribute__((weak));

extern "C" int pthread_create(pthread_t* made, const pthread_attr_t* attributes, void* (*function)(void*),
                              void* argument) {
  static auto system = reinterpret_cast<create_function>(dlsym(RTLD_NEXT, "pthread_create"));
  if (threads_left-- <= 0) return EAGAIN;
  return (__interceptor_pthread_create != nullptr ? __interceptor_pthread_create : system)(made, attributes, function,
                                                                                           argument);
}

namespace dialtone {
namespace {

using namespace std::chrono_literals;

class threads : public ::testing::Test {
 protected:
  static void allow(int more) { threads_left = more; }
  static void allow_all() { threads_left = 1 << 30; }
  ~threads() override { allow_all(); }
};

// A signal watch, a watchdog, four schedulers.
TEST_F(threads, that_cannot_be_started_are_an_exception_of_the_runtime_s_constructor) {
  for (int count = 0; count < 6; ++count) {
    allow(count);
    EXPECT_THROW((runtime{{.schedulers = 4, .handle_signals = true}}), std::system_error) << count;
  }
  allow(6);
  runtime rt{{.schedulers = 4, .handle_signals = true}};
  EXPECT_EQ(rt.call([]() -> task<int> { co_return 1; }), 1);
}

TEST_F(threads, that_the_blocking_pool_cannot_start_are_an_exception_of_the_await) {
  runtime rt{{.schedulers = 1, .level = log_level::off}};
  allow(0);
  auto ask = []() -> task<int> { co_return co_await blocking([] { return 1; }); };
  for (int tries = 0; tries < 3; ++tries) {
    EXPECT_TRUE(rt.call([]() -> task<bool> {
      try {
        co_await blocking([] { ADD_FAILURE(); });
      } catch (const std::system_error&) {
        co_return true;
      }
      co_return false;
    }));
  }
  allow_all();
  EXPECT_EQ(rt.call(ask), 1);
}

TEST_F(threads, that_the_blocking_pool_cannot_start_leave_the_work_to_the_others) {
  runtime rt{{.schedulers = 1, .level = log_level::off}};
  allow(1);
  EXPECT_EQ(rt.call([]() -> task<int> {
    auto add_one = [](int to) -> task<int> { co_return co_await blocking([to] { return to + 1; }); };
    auto [one, two, three] = co_await all(add_one(0), add_one(1), add_one(2));
    co_return one + two + three;
  }),
            6);
}

TEST_F(threads, that_the_log_needs_are_not_missed) {
  std::vector<std::string> lines;
  {
    runtime rt{
        {.schedulers = 1, .log_sink = make_log_sink([&](const log_line& line) { lines.emplace_back(line.text); })}};
    allow(0);
    rt.call([]() -> task<> {
      for (int i = 0; i < 10; ++i) log(log_level::info, std::to_string(i));
      co_return;
    });
  }
  EXPECT_EQ(lines.size(), 11u);  // the first says which driver it is
}

}  // namespace
}  // namespace dialtone
