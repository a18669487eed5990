// SPDX-License-Identifier: Apache-2.0
// Async tasks that are ended, let go, or completed from the beginning.
#include <gtest/gtest.h>

#include <dialtone/otp/async.hpp>
#include <dialtone/otp/async_doubles_test.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using outcome = std::expected<int, exit_reason>;

outcome failed(exit_reason why) { return std::unexpected{std::move(why)}; }

// It ends, and nothing of that is seen: neither a message nor an exit.
task<> expect_no_trace(pid ended) {
  EXPECT_FALSE((co_await info_of(ended)).has_value());
  EXPECT_EQ(co_await links_of(self()), 0u);
  EXPECT_EQ(co_await mailbox_length(), 0u);
}

class async_shutdown : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, async_shutdown, beside_and_elsewhere, name_of_place);

TEST_P(async_shutdown, ends_a_task_that_runs) {
  run([](std::uint32_t where) -> process<> {
    auto running = async(on(where), never_answer);
    EXPECT_FALSE((co_await running.shutdown()).has_value());
    co_await expect_no_trace(running.pid());
    EXPECT_EQ(co_await running.shutdown(), failed(exit_reason::noproc)) << "as Elixir has it, the second time";
  });
}

TEST_P(async_shutdown, of_an_owner_that_traps_exits_brings_no_message) {
  run([](std::uint32_t where) -> process<> {
    trap_exit();
    auto running = async(on(where), never_answer);
    co_await sleep_for(1ms);
    EXPECT_FALSE((co_await running.shutdown()).has_value());
    co_await expect_no_trace(running.pid());
  });
}

TEST_P(async_shutdown, kills_brutally) {
  run([](std::uint32_t where) -> process<> {
    auto trapping = async(on(where), outlive_shutdown);
    co_await sleep_for(1ms);
    time_point start = now();
    EXPECT_FALSE((co_await trapping.shutdown(brutal_kill)).has_value());
    EXPECT_EQ(now(), start);
    co_await expect_no_trace(trapping.pid());
  });
}

TEST_P(async_shutdown, kills_a_task_that_does_not_end_in_time) {
  run([](std::uint32_t where) -> process<> {
    auto trapping = async(on(where), outlive_shutdown);
    co_await sleep_for(1ms);
    time_point start = now();
    EXPECT_EQ(co_await trapping.shutdown(50ms), failed(exit_reason::killed));
    EXPECT_GE(now() - start, 50ms);
    EXPECT_LE(now() - start, 52ms);
    co_await expect_no_trace(trapping.pid());
  });
}

TEST_P(async_shutdown, waits_for_a_task_that_ends_just_in_time) {
  run([](std::uint32_t where) -> process<> {
    auto last = async(on(where), []() -> task<int> {
      trap_exit();
      co_await receive<exited>();
      co_await sleep_for(48ms);
      co_return 4;
    });
    co_await sleep_for(1ms);
    EXPECT_EQ(co_await last.shutdown(50ms), outcome{4});
    co_await expect_no_trace(last.pid());
  });
}

TEST_P(async_shutdown, brings_what_the_task_answers_to_it) {
  run([](std::uint32_t where) -> process<> {
    auto answering = async(on(where), answer_at_shutdown, 9);
    co_await sleep_for(1ms);
    EXPECT_EQ(co_await answering.shutdown(duration::max()), outcome{9});
    co_await expect_no_trace(answering.pid());
  });
}

TEST_P(async_shutdown, brings_a_result_that_was_there) {
  run([](std::uint32_t where) -> process<> {
    auto quick = async(on(where), twice, 4);
    co_await sleep_for(1ms);
    EXPECT_EQ(co_await quick.shutdown(), outcome{8});
    EXPECT_EQ(co_await quick.shutdown(), failed(exit_reason::noproc)) << "it was taken";
  });
}

TEST_P(async_shutdown, tells_why_the_task_ended_before) {
  run([](std::uint32_t where) -> process<> {
    auto crashed = async_nolink(on(where), crash_after, 0s);
    auto shut = async_nolink(on(where), []() -> task<int> { exit(exit_reason::shutdown); });
    auto explained = async_nolink(on(where), []() -> task<int> { exit(exit_reason::shutdown_because("noon")); });
    auto left = async_nolink(on(where), []() -> task<int> { exit(exit_reason::normal); });
    co_await sleep_for(5ms);
    EXPECT_EQ(co_await crashed.shutdown(), failed(because("as planned")));
    EXPECT_FALSE((co_await shut.shutdown()).has_value());
    EXPECT_EQ(co_await explained.shutdown(), failed(exit_reason::shutdown_because("noon")));
    EXPECT_EQ(co_await left.shutdown(), failed(exit_reason::normal));
  });
}

TEST_P(async_shutdown, tells_why_else_the_task_ended) {
  run([](std::uint32_t where) -> process<> {
    auto refusing = async(on(where), []() -> task<int> {
      trap_exit();
      co_await receive<exited>();
      exit(because("not yet"));
    });
    co_await sleep_for(1ms);
    EXPECT_EQ(co_await refusing.shutdown(), failed(because("not yet")));
    co_await expect_no_trace(refusing.pid());
  });
}

TEST_P(async_shutdown, ends_a_task_that_was_awaited_for_too_short_a_time) {
  run([](std::uint32_t where) -> process<> {
    auto slow = async(on(where), never_answer);
    bool failed = false;
    try {
      co_await slow.await(1ms);
    } catch (const await_failed&) {
      failed = true;
    }
    EXPECT_TRUE(failed);
    EXPECT_FALSE((co_await slow.shutdown()).has_value());
    co_await expect_no_trace(slow.pid());
  });
}

TEST_P(async_shutdown, leaves_nothing_behind_when_its_caller_is_killed_meanwhile) {
  run([](std::uint32_t where) -> process<> {
    pid owner = spawn(
        [](std::uint32_t place, pid told) -> process<> {
          auto trapping = async(on(place), outlive_shutdown);
          co_await sleep_for(1ms);
          send(told, trapping.pid());
          co_await trapping.shutdown(1h);
        },
        where, self());
    pid trapping = co_await receive<pid>();
    reference watched = monitor(trapping);
    co_await sleep_for(1ms);
    exit(owner, exit_reason::kill);
    EXPECT_EQ(co_await end_of(watched), exit_reason::killed);
  });
}

TEST_P(async_shutdown, is_not_needed_for_a_task_that_is_ignored) {
  run([](std::uint32_t where) -> process<> {
    auto crashing = async(on(where), crash_after, 20ms);
    reference watched = monitor(crashing.pid());
    EXPECT_FALSE((crashing.ignore()).has_value());
    EXPECT_EQ((co_await crashing.yield())->error(), exit_reason::noproc);
    EXPECT_EQ(co_await end_of(watched), because("as planned")) << "it has gone on, alone";
    co_await expect_no_trace(crashing.pid());
  });
}

TEST_P(async_shutdown, or_ignoring_gives_what_has_come) {
  run([](std::uint32_t where) -> process<> {
    auto quick = async(on(where), twice, 4);
    auto crashed = async_nolink(on(where), crash_after, 0s);
    co_await sleep_for(5ms);
    EXPECT_EQ(quick.ignore(), outcome{8});
    EXPECT_EQ(crashed.ignore(), failed(because("as planned")));
  });
}

task<int> crash_later(int turns) {
  for (; turns > 0; --turns) co_await yield();
  exit(because("as planned"));
}

TEST(a_shutdown, that_crosses_a_crash_or_an_answer_leaves_nothing) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(seed);
    stepped_runtime rt{{.schedulers = 2, .seed = seed, .shuffle = true}};
    EXPECT_EQ(rt.run([]() -> process<> {
      trap_exit();
      for (int turns = 0; turns < 12; ++turns) {
        auto crashing = async(on(1), crash_later, 6);
        auto answering = async(on(1), twice, 4);
        for (int waited = 0; waited < turns; ++waited) co_await yield();
        auto crash = co_await crashing.shutdown();
        if (crash) EXPECT_EQ(*crash, failed(because("as planned")));
        auto answer = co_await answering.shutdown();
        if (answer) EXPECT_EQ(*answer, outcome{8});
        EXPECT_FALSE((co_await info_of(crashing.pid())).has_value());
        EXPECT_FALSE((co_await info_of(answering.pid())).has_value());
      }
      co_await sleep_for(10ms);
      EXPECT_EQ(process_count(), 1u);
      EXPECT_EQ(co_await links_of(self()), 0u);
      while (auto came = co_await receive<exited>(after(0s))) EXPECT_NE(came->reason, exit_reason::shutdown);
      EXPECT_EQ(co_await mailbox_length(), 0u);
    }),
              exit_reason::normal);
  }
}

TEST(a_completed_task, needs_no_process) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto cached = completed(std::make_unique<int>(5));
    EXPECT_FALSE(cached.pid());
    EXPECT_EQ(process_count(), 1u);
    EXPECT_EQ(*co_await cached.await(), 5);
    EXPECT_EQ((co_await cached.yield())->error(), exit_reason::noproc);
    auto nothing = completed();
    co_await nothing.await();
  }),
            exit_reason::normal);
}

TEST(a_completed_task, is_ended_and_ignored_as_any_other) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto ended = completed(1);
    EXPECT_EQ(co_await ended.shutdown(), outcome{1});
    auto ignored = completed(2);
    EXPECT_EQ(ignored.ignore(), outcome{2});
    auto dropped = completed(std::string(1000, 'x'));
  }),
            exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
