// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/async_many.hpp>

#include <gtest/gtest.h>

#include <dialtone/otp/async_doubles_test.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using tasks = std::vector<async_task<int>>;

tasks answering_after(std::vector<duration> times, std::uint32_t where) {
  tasks made;
  for (duration each : times) made.push_back(async(on(where), answer_after, each, static_cast<int>(made.size())));
  return made;
}

class async_many : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, async_many, beside_and_elsewhere, name_of_place);

TEST_P(async_many, results_come_in_the_order_of_the_tasks) {
  run([](std::uint32_t where) -> process<> {
    tasks all = answering_after({30ms, 0ms, 20ms, 10ms}, where);
    time_point start = now();
    EXPECT_EQ(co_await await_many(all), (std::vector{0, 1, 2, 3}));
    EXPECT_LE(now() - start, 32ms);
    EXPECT_EQ(co_await mailbox_length(), 0u);
  });
}

TEST_P(async_many, of_none_and_of_void_are_awaited_too) {
  run([](std::uint32_t where) -> process<> {
    tasks none;
    EXPECT_TRUE((co_await await_many(none)).empty());
    EXPECT_TRUE((co_await yield_many(none)).empty());
    std::vector<async_task<void>> all;
    for (int i = 0; i < 3; ++i) all.push_back(async(on(where), []() -> task<> { co_await sleep_for(1s); }));
    time_point start = now();
    co_await await_many(all);
    EXPECT_GE(now() - start, 1s);
  });
}

TEST_P(async_many, end_with_the_first_that_fails_not_with_the_first_of_the_list) {
  run([](std::uint32_t where) -> process<> {
    trap_exit();
    tasks all = answering_after({1h, 1h}, where);
    for (int at_once = 0; at_once < 3; ++at_once) all.push_back(async(on(where), crash_after, 10ms));
    time_point start = now();
    exit_reason why;
    try {
      co_await await_many(all, 1h);
    } catch (const await_failed& failure) {
      why = failure.why();
    }
    EXPECT_EQ(why, because("as planned"));
    EXPECT_LE(now() - start, 15ms);
    EXPECT_EQ((co_await all[0].yield())->error(), exit_reason::noproc) << "they are given up together";
    for (async_task<int>& each : all) co_await each.shutdown(brutal_kill);
  });
}

TEST_P(async_many, that_have_failed_before_need_no_wait) {
  run([](std::uint32_t where) -> process<> {
    tasks all = answering_after({1h}, where);
    all.push_back(async_nolink(on(where), crash_after, 0ms));
    co_await sleep_for(5ms);
    time_point start = now();
    try {
      co_await await_many(all, 1h);
      ADD_FAILURE() << "all have answered";
    } catch (const await_failed& failure) {
      EXPECT_EQ(failure.why(), because("as planned"));
    }
    EXPECT_EQ(now(), start);
  });
}

TEST_P(async_many, within_the_limit_are_all_there_and_past_it_none) {
  run([](std::uint32_t where) -> process<> {
    tasks timely = answering_after({1ms, 48ms}, where);
    EXPECT_EQ(co_await await_many(timely, 50ms), (std::vector{0, 1}));
    tasks late = answering_after({1ms, 52ms}, where);
    time_point start = now();
    try {
      co_await await_many(late, 50ms);
      ADD_FAILURE() << "all have answered";
    } catch (const await_failed& failure) {
      EXPECT_EQ(failure.why(), exit_reason::timeout);
    }
    EXPECT_GE(now() - start, 50ms);
    EXPECT_LE(now() - start, 52ms);
    co_await sleep_for(10ms);
    EXPECT_EQ((co_await late[1].yield())->error(), exit_reason::noproc);
    EXPECT_EQ(co_await mailbox_length(), 0u);
  });
}

TEST_P(async_many, yield_what_has_come) {
  run([](std::uint32_t where) -> process<> {
    tasks all = answering_after({1ms, 100ms}, where);
    all.push_back(async_nolink(on(where), crash_after, 1ms));
    auto outcomes = co_await yield_many(all, 50ms);
    EXPECT_EQ(**outcomes[0], 0);
    EXPECT_FALSE(outcomes[1].has_value());
    EXPECT_EQ(outcomes[2]->error(), because("as planned"));
    outcomes = co_await yield_many(all, 100ms);
    EXPECT_EQ(outcomes[0]->error(), exit_reason::noproc) << "it was taken";
    EXPECT_EQ(**outcomes[1], 1);
  });
}

TEST_P(async_many, yield_at_once_when_all_have_come) {
  run([](std::uint32_t where) -> process<> {
    tasks all = answering_after({1ms, 2ms}, where);
    time_point start = now();
    EXPECT_EQ(**(co_await yield_many(all, 1h))[1], 1);
    EXPECT_LE(now() - start, 5ms);
  });
}

TEST_P(async_many, that_are_late_may_be_ignored) {
  run([](std::uint32_t where) -> process<> {
    tasks all = answering_after({1ms, 1h}, where);
    auto outcomes = co_await yield_many(all, 50ms, yield_timeout::ignore);
    EXPECT_EQ(**outcomes[0], 0);
    EXPECT_FALSE(outcomes[1].has_value());
    EXPECT_EQ(co_await links_of(self()), 0u);
    EXPECT_TRUE((co_await info_of(all[1].pid())).has_value()) << "it goes on";
    exit(all[1].pid(), exit_reason::kill);
  });
}

TEST_P(async_many, that_are_late_may_be_killed) {
  run([](std::uint32_t where) -> process<> {
    trap_exit();
    tasks all = answering_after({1h}, where);
    all.push_back(async(on(where), outlive_shutdown));
    auto outcomes = co_await yield_many(all, 50ms, yield_timeout::kill_task);
    for (std::size_t each : {0u, 1u}) {
      EXPECT_FALSE(outcomes[each].has_value());
      EXPECT_FALSE((co_await info_of(all[each].pid())).has_value());
    }
    EXPECT_EQ(co_await mailbox_length(), 0u);
  });
}

TEST_P(async_many, of_a_caller_that_is_killed_are_no_longer_waited_for) {
  run([](std::uint32_t where) -> process<> {
    pid owner = spawn(
        [](std::uint32_t place, pid told) -> process<> {
          tasks all = answering_after({1h, 10ms, 20ms}, place);
          send(told, all[0].pid());
          co_await await_many(all, 1h);
        },
        where, self());
    reference watched = monitor(co_await receive<pid>());
    co_await sleep_for(15ms);
    exit(owner, exit_reason::kill);
    EXPECT_EQ(co_await end_of(watched), exit_reason::killed);
    co_await sleep_for(10ms);
    EXPECT_EQ(process_count(), 1u);
  });
}

TEST(async_tasks_together, a_thousand_tasks_are_awaited_in_any_order) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    stepped_runtime rt{{.schedulers = 2, .seed = seed, .shuffle = true}};
    EXPECT_EQ(rt.run([]() -> process<> {
      tasks all;
      for (int i = 0; i < 1000; ++i) all.push_back(async({.scheduler = placement::spread()}, twice, i));
      std::vector<int> results = co_await await_many(all);
      for (std::size_t i = 0; i < 1000; ++i) EXPECT_EQ(results[i], static_cast<int>(2 * i));
      EXPECT_EQ(co_await mailbox_length(), 0u);
    }),
              exit_reason::normal);
  }
}

}  // namespace
}  // namespace dialtone
