// SPDX-License-Identifier: Apache-2.0
// Async tasks and streams on real schedulers, and owners that die while their frames must stay.
#include <latch>
#include <memory>

#include <gtest/gtest.h>

#include <dialtone/otp/async_doubles_test.hpp>
#include <dialtone/otp/async_many.hpp>
#include <dialtone/otp/async_stream_supervised.hpp>
#include <dialtone/runtime/blocking.hpp>
#include <dialtone/runtime/runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

spawn_options spread_out() { return {.scheduler = placement::spread()}; }

task<int> round_trips(int rounds) {
  int sum = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<async_task<int>> some;
    for (int i = 0; i < 8; ++i) some.push_back(async(spread_out(), twice, i));
    for (int value : co_await await_many(some)) sum += value;
    auto dropped = async(spread_out(), twice, 1);
    auto ended = async(spread_out(), never_answer);
    EXPECT_FALSE((co_await ended.shutdown()).has_value());
  }
  co_return sum;
}

TEST(async_on_threads, answers_between_schedulers) {
  runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    auto here = async(round_trips, 100);
    auto there = async(on(1), round_trips, 100);
    EXPECT_EQ(co_await here.await(60s) + co_await there.await(60s), 2 * 100 * 56);
    EXPECT_EQ(co_await mailbox_length(), 0u);
  }),
            exit_reason::normal);
}

TEST(async_on_threads, streams_between_schedulers) {
  runtime rt{{.schedulers = 2, .level = log_level::off}};
  EXPECT_EQ(rt.run([]() -> process<> {
    for (bool ordered : {true, false}) {
      auto stream = async_stream_nolink(std::views::iota(0, 2'000),
                                        [](int item) -> task<std::unique_ptr<int>> {
                                          if (item % 100 == 7) throw std::runtime_error{"as planned"};
                                          co_await yield();
                                          co_return std::make_unique<int>(item);
                                        },
                                        {.max_concurrency = 16, .ordered = ordered, .timeout = 60s});
      std::uint64_t sum = 0;
      while (auto next = co_await stream.next()) {
        EXPECT_EQ(next->has_value(), stream.index() % 100 != 7);
        if (next->has_value()) EXPECT_EQ(static_cast<std::uint64_t>(***next), stream.index());
        sum += stream.index();
      }
      EXPECT_EQ(sum, 1'999u * 2'000 / 2);
    }
  }),
            exit_reason::normal);
}

TEST(async_on_threads, streams_are_cut_off_anywhere) {
  runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    for (int taken = 0; taken < 100; ++taken) {
      auto stream = async_stream(std::views::iota(0), twice, {.max_concurrency = 6, .ordered = taken % 2 == 0});
      for (int count = 0; count < taken; ++count) EXPECT_TRUE((co_await stream.next())->has_value());
    }
    EXPECT_EQ(co_await mailbox_length(), 0u);
  }),
            exit_reason::normal);
}

task<int> supervised_round_trips(dynamic_supervisor_ref workers, int rounds) {
  int sum = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<async_task<int>> some;
    for (int i = 0; i < 8; ++i) some.push_back(co_await async(workers, twice, i));
    for (int value : co_await await_many(some, 60s)) sum += value;
    auto ended = co_await async(workers, never_answer);
    EXPECT_FALSE((co_await ended.shutdown()).has_value());
    auto crashed = co_await async_nolink(workers, crash_after, 0s);
    EXPECT_FALSE((co_await crashed.yield(60s))->has_value());
  }
  co_return sum;
}

TEST(async_on_threads, answers_between_schedulers_under_a_supervisor) {
  runtime rt{{.schedulers = 2, .level = log_level::off}};
  EXPECT_EQ(rt.run([]() -> process<> {
    auto workers = co_await start_link(dynamic_supervisor_spec{});
    auto here = async(supervised_round_trips, workers, 100);
    auto there = async(on(1), supervised_round_trips, workers, 100);
    EXPECT_EQ(co_await here.await(60s) + co_await there.await(60s), 2 * 100 * 56);
    EXPECT_EQ(co_await mailbox_length(), 0u);
    co_await workers.stop();
  }),
            exit_reason::normal);
}

TEST(async_on_threads, streams_between_schedulers_under_a_supervisor) {
  runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    auto workers = co_await start_link(dynamic_supervisor_spec{});
    for (bool ordered : {true, false}) {
      auto stream = async_stream(workers, std::views::iota(0, 1'000), twice,
                                 {.max_concurrency = 16, .ordered = ordered, .timeout = 60s});
      int sum = 0;
      while (auto next = co_await stream.next()) sum += **next;
      EXPECT_EQ(sum, 999 * 1'000);
    }
    for (int taken = 0; taken < 100; ++taken) {
      auto stream = async_stream(workers, std::views::iota(0), twice, {.max_concurrency = 6});
      for (int count = 0; count < taken % 10; ++count) EXPECT_TRUE((co_await stream.next())->has_value());
    }
    co_await workers.stop();
  }),
            exit_reason::normal);
}

// Holds a function in the pool of blocking threads until the test opens it.
std::unique_ptr<std::latch> gate;

task<> wait_in_the_pool(pid told) {
  send(told, go{});
  co_await blocking([] { gate->wait(); });
}

TEST(async_on_threads, streams_end_with_an_owner_whose_frame_must_stay) {
  gate = std::make_unique<std::latch>(1);
  runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    pid owner = spawn(
        [](pid told) -> process<> {
          auto stream = async_stream(
              std::views::iota(0, 4),
              [](int item, pid observer) -> task<int> {
                send(observer, self());
                if (item > 0) co_await receive<go>();
                co_return item;
              },
              {.max_concurrency = 4, .timeout = duration::max()}, told);
          co_await stream.next();
          co_await wait_in_the_pool(told);
        },
        self());
    std::vector<pid> items;
    for (int i = 0; i < 4; ++i) items.push_back(co_await receive<pid>());
    co_await receive<go>();
    exit(owner, exit_reason::kill);
    for (pid each : items) co_await await_death(each);
    gate->count_down();
  }),
            exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
