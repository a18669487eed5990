// SPDX-License-Identifier: Apache-2.0
// Streams of async tasks at their limits: time, processes, schedulers, and sources that fail.
#include <gtest/gtest.h>

#include <dialtone/otp/async_doubles_test.hpp>
#include <dialtone/otp/async_stream.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

task<int> answer_in(int milliseconds) { return answer_after(std::chrono::milliseconds{milliseconds}, milliseconds); }

class async_stream_limits : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, async_stream_limits, beside_and_elsewhere, name_of_place);

TEST_P(async_stream_limits, an_item_in_time_is_ready_and_one_past_it_is_killed_and_its_outcome_a_timeout) {
  run([](std::uint32_t where) -> process<> {
    for (bool ordered : {true, false}) {
      auto stream = async_stream(std::vector{48, 1'000, 1}, answer_in,
                                 {.max_concurrency = 3,
                                  .ordered = ordered,
                                  .timeout = 50ms,
                                  .on_timeout = stream_timeout::kill_task,
                                  .process = on(where)});
      time_point start = now();
      while (auto next = co_await stream.next()) {
        if (stream.index() != 1) {
          EXPECT_TRUE(next->has_value());
        } else {
          EXPECT_EQ(next->error(), exit_reason::timeout);
          EXPECT_GE(now() - start, 50ms);
        }
      }
      EXPECT_LE(now() - start, 52ms);
      co_await sleep_for(1ms);
      EXPECT_EQ(process_count(), 1u);
    }
  });
}

TEST_P(async_stream_limits, the_time_of_an_item_counts_from_its_own_start) {
  run([](std::uint32_t where) -> process<> {
    auto stream =
        async_stream(std::vector{40, 40, 40}, answer_in, {.max_concurrency = 1, .timeout = 50ms, .process = on(where)});
    int count = 0;
    while (auto next = co_await stream.next()) count += next->has_value() ? 1 : 0;
    EXPECT_EQ(count, 3);
  });
}

TEST_P(async_stream_limits, an_item_past_its_time_ends_the_owner) {
  run([](std::uint32_t where) -> process<> {
    auto [owner, watched] = spawn_monitor(
        [](std::uint32_t place) -> process<> {
          // The second is late while the first, which is next in order, still has time.
          auto stream = async_stream(std::vector{10, 1'000, 1'000}, answer_in,
                                     {.max_concurrency = 2, .timeout = 50ms, .process = on(place)});
          EXPECT_EQ(**(co_await stream.next()), 10);
          co_await stream.next();
        },
        where);
    time_point start = now();
    EXPECT_EQ(co_await end_of(watched), exit_reason::timeout);
    EXPECT_GE(now() - start, 50ms);
    EXPECT_LE(now() - start, 52ms);
    co_await sleep_for(1ms);
    EXPECT_EQ(process_count(), 1u);
  });
}

TEST_P(async_stream_limits, an_item_past_its_time_is_told_before_those_that_are_ready_and_no_other_begins) {
  run([](std::uint32_t where) -> process<> {
    for (bool ordered : {true, false}) {
      static int pulled;
      pulled = 0;
      auto stream = async_stream([]() -> std::optional<int> { return ++pulled == 2 ? 1'000 : 1; }, answer_in,
                                 {.max_concurrency = 3, .ordered = ordered, .timeout = 50ms, .process = on(where)});
      EXPECT_TRUE((co_await stream.next()).has_value());
      co_await sleep_for(60ms);
      for (int again = 0; again < 2; ++again) {
        try {
          co_await stream.next();
          ADD_FAILURE() << "it has an outcome";
        } catch (const await_failed& failure) {
          EXPECT_EQ(failure.why(), exit_reason::timeout);
        }
      }
      EXPECT_EQ(pulled, 3);
    }
  });
}

TEST_P(async_stream_limits, a_slow_consumer_gives_nobody_more_time) {
  run([](std::uint32_t where) -> process<> {
    auto stream = async_stream(
        std::vector{1, 100, 100}, answer_in,
        {.max_concurrency = 3, .timeout = 50ms, .on_timeout = stream_timeout::kill_task, .process = on(where)});
    EXPECT_EQ(**(co_await stream.next()), 1);
    co_await sleep_for(200ms);
    EXPECT_EQ((co_await stream.next())->error(), exit_reason::timeout);
    EXPECT_EQ((co_await stream.next())->error(), exit_reason::timeout);
  });
}

TEST_P(async_stream_limits, an_item_without_a_limit_takes_its_time) {
  run([](std::uint32_t where) -> process<> {
    auto stream = async_stream(std::vector<duration>{48h}, [](duration time) { return answer_after(time, 1); },
                               {.timeout = duration::max(), .process = on(where)});
    EXPECT_EQ(**(co_await stream.next()), 1);
  });
}

TEST(an_async_stream, has_as_many_items_at_once_as_there_are_schedulers_and_spreads_them) {
  stepped_runtime rt{{.schedulers = 3}};
  EXPECT_EQ(rt.run([]() -> process<> {
    auto stream = async_stream(std::views::iota(0), [](int) -> task<std::uint32_t> {
      co_await sleep_for(1ms);
      co_return self().scheduler();
    });
    std::vector<std::uint32_t> seen;
    EXPECT_TRUE((co_await stream.next()).has_value());
    co_await sleep_for(10ms);
    for (int taken = 0; taken < 3; ++taken) seen.push_back(**(co_await stream.next()));
    std::ranges::sort(seen);
    EXPECT_EQ(seen, (std::vector<std::uint32_t>{0, 1, 2}));
  }),
            exit_reason::normal);
}

TEST(an_async_stream, past_the_limit_of_processes_says_so) {
  stepped_runtime rt{{.runtime = {.process_limit = 3}}};
  EXPECT_EQ(rt.run([]() -> process<> {
    auto fitting = async_stream(std::vector{1, 2, 3, 4}, twice, {.max_concurrency = 2});
    int count = 0;
    while (auto next = co_await fitting.next()) count += next->has_value() ? 1 : 0;
    EXPECT_EQ(count, 4);
    auto too_many = async_stream(std::vector{1, 2, 3, 4}, twice, {.max_concurrency = 3});
    bool refused = false;
    try {
      co_await too_many.next();
    } catch (const system_limit_reached&) {
      refused = true;
    }
    EXPECT_TRUE(refused);
    co_await sleep_for(1ms);
    for (int there : {1, 2, 4}) {
      EXPECT_EQ(**(co_await too_many.next()), 2 * there) << "the one that was refused is lost, and no other";
      EXPECT_EQ(too_many.index(), static_cast<std::uint64_t>(there - 1));
    }
    EXPECT_FALSE((co_await too_many.next()).has_value());
  }),
            exit_reason::normal);
}

TEST(an_async_stream, passes_on_what_its_source_throws) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto source = [count = 0]() mutable -> std::optional<int> {
      if (++count == 3) throw std::runtime_error{"as planned"};
      return count;
    };
    auto stream = async_stream(source, twice);
    EXPECT_EQ(**(co_await stream.next()), 2);
    EXPECT_EQ(**(co_await stream.next()), 4);
    bool thrown = false;
    try {
      co_await stream.next();
    } catch (const std::runtime_error&) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
  }),
            exit_reason::normal);
}

async_results<int>* shared = nullptr;

TEST(an_async_stream, is_awaited_by_its_owner_only) {
  EXPECT_DEATH(
      {
        stepped_runtime rt;
        rt.run([]() -> process<> {
          auto mine = async_stream(std::vector{1}, twice);
          shared = &mine;
          spawn_link([]() -> process<> { co_await shared->next(); });
          co_await receive<go>();
        });
      },
      "belongs to who has made it");
}

TEST(an_async_stream, may_be_moved_and_is_then_not_awaited_where_it_was) {
  EXPECT_DEATH(
      {
        stepped_runtime rt;
        rt.run([]() -> process<> {
          auto stream = async_stream(std::vector{1, 2, 3}, twice);
          EXPECT_TRUE((co_await stream.next()).has_value());
          auto moved = std::move(stream);
          EXPECT_EQ(**(co_await moved.next()), 4);
          co_await stream.next();
        });
      },
      "moved away");
}

TEST(an_async_stream, is_the_same_in_any_order_of_schedulers) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(seed);
    stepped_runtime rt{{.schedulers = 2, .seed = seed, .shuffle = true}};
    EXPECT_EQ(rt.run([]() -> process<> {
      for (bool ordered : {true, false}) {
        auto stream = async_stream_nolink(
            std::views::iota(0, 200), answer_unevenly,
            {.max_concurrency = 8, .ordered = ordered, .timeout = 10ms, .on_timeout = stream_timeout::kill_task});
        std::uint64_t sum = 0;
        for (int expected = 0; auto next = co_await stream.next(); ++expected) {
          const std::uint64_t item = stream.index();
          sum += item;
          if (ordered) EXPECT_EQ(item, static_cast<std::uint64_t>(expected));
          EXPECT_EQ(next->has_value(), item % 7 != 0 && item % 11 != 0);
          if (item % 7 != 0 && item % 11 == 0) EXPECT_EQ(next->error(), exit_reason::timeout);
        }
        EXPECT_EQ(sum, 199u * 200 / 2);
      }
      co_await sleep_for(10ms);
      EXPECT_EQ(process_count(), 1u);
      EXPECT_EQ(co_await mailbox_length(), 0u);
    }),
              exit_reason::normal);
  }
}

TEST(an_async_stream, that_is_destroyed_at_any_moment_leaves_nothing) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(seed);
    stepped_runtime rt{{.schedulers = 2, .seed = seed, .shuffle = true}};
    EXPECT_EQ(rt.run([]() -> process<> {
      for (int taken = 0; taken < 10; ++taken) {
        auto stream = async_stream(std::views::iota(0), twice, {.max_concurrency = 6, .ordered = taken % 2 == 0});
        for (int count = 0; count < taken; ++count) EXPECT_TRUE((co_await stream.next())->has_value());
      }
      co_await sleep_for(10ms);
      EXPECT_EQ(process_count(), 1u);
      EXPECT_EQ(co_await mailbox_length(), 0u);
    }),
              exit_reason::normal);
  }
}

}  // namespace
}  // namespace dialtone
