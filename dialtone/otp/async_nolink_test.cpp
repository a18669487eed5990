// SPDX-License-Identifier: Apache-2.0
// Async tasks that are not linked, those that nobody awaits, and who may await and start at all.
#include <gtest/gtest.h>

#include <dialtone/otp/async.hpp>
#include <dialtone/otp/async_doubles_test.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

class async_nolink_tasks : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, async_nolink_tasks, beside_and_elsewhere, name_of_place);

TEST_P(async_nolink_tasks, that_crash_are_seen_in_their_result_alone) {
  run([](std::uint32_t where) -> process<> {
    auto crashing = async_nolink(on(where), crash_after, 10ms);
    co_await sleep_for(20ms);
    EXPECT_EQ((co_await crashing.yield())->error(), because("as planned"));
    EXPECT_EQ(co_await links_of(self()), 0u);
    EXPECT_EQ(co_await mailbox_length(), 0u);
  });
}

TEST_P(async_nolink_tasks, that_throw_tell_what_and_where) {
  run([](std::uint32_t where) -> process<> {
    auto throwing = async_nolink(on(where), []() -> int { throw std::runtime_error{"as planned"}; });
    exit_reason why = (co_await throwing.yield())->error();
    EXPECT_EQ(why, exit_reason::of_exception("std::runtime_error", "as planned", {}));
  });
}

TEST_P(async_nolink_tasks, that_are_killed_have_no_result) {
  run([](std::uint32_t where) -> process<> {
    auto killed = async_nolink(on(where), never_answer);
    exit(killed.pid(), exit_reason::kill);
    EXPECT_EQ((co_await killed.yield())->error(), exit_reason::killed);
  });
}

TEST_P(async_nolink_tasks, end_who_awaits_them_with_their_reason) {
  run([](std::uint32_t where) -> process<> {
    auto [owner, watched] = spawn_monitor(
        [](std::uint32_t place) -> process<> {
          auto crashing = async_nolink(on(place), crash_after, 10ms);
          co_await crashing.await();
        },
        where);
    EXPECT_EQ(co_await end_of(watched), because("as planned"));
  });
}

struct seen {
  int number;
};

TEST_P(async_nolink_tasks, that_nobody_awaits_run_for_their_effect) {
  run([](std::uint32_t where) -> process<> {
    static constexpr auto tell = [](pid told) -> task<int> {
      send(told, seen{1});
      co_await receive<go>();
      co_return 1;
    };
    pid alone = async_start(on(where), tell, self());
    pid linked = async_start_link(on(where), tell, self());
    co_await receive<seen>();
    co_await receive<seen>();
    EXPECT_EQ(co_await links_of(alone), 0u);
    EXPECT_EQ(co_await links_of(linked), 1u);
    reference first = monitor(alone);
    reference second = monitor(linked);
    send(alone, go{});
    send(linked, go{});
    EXPECT_EQ(co_await end_of(first), exit_reason::normal);
    EXPECT_EQ(co_await end_of(second), exit_reason::normal);
    EXPECT_EQ(co_await mailbox_length(), 0u);
  });
}

TEST_P(async_nolink_tasks, that_nobody_awaits_may_be_plain_functions) {
  run([](std::uint32_t where) -> process<> {
    async_start(on(where), [](pid told) { send(told, seen{7}); }, self());
    EXPECT_EQ((co_await receive<seen>()).number, 7);
    auto [owner, watched] = spawn_monitor(
        [](std::uint32_t place) -> process<> {
          async_start_link(on(place), [] { exit(because("as planned")); });
          co_await receive<go>();
        },
        where);
    EXPECT_EQ(co_await end_of(watched), because("as planned"));
  });
}

TEST(an_async_start, past_the_limit_of_processes_is_refused_and_leaves_nothing) {
  stepped_runtime rt{{.runtime = {.process_limit = 2}}};
  EXPECT_EQ(rt.run([]() -> process<> {
    auto last = async(never_answer);
    EXPECT_THROW(static_cast<void>(async(never_answer)), system_limit_reached);
    EXPECT_THROW(static_cast<void>(async_start_link(never_answer)), system_limit_reached);
    EXPECT_EQ(co_await links_of(self()), 1u);
    EXPECT_FALSE((co_await last.shutdown()).has_value());
    auto next = async(twice, 1);
    EXPECT_EQ(co_await next.await(), 2);
  }),
            exit_reason::normal);
}

TEST(an_async_start, with_a_name_that_is_taken_is_refused) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto first = async({.name = "fetch"}, never_answer);
    try {
      static_cast<void>(async({.name = "fetch"}, never_answer));
      ADD_FAILURE() << "it has the name too";
    } catch (const system_limit_reached& refused) {
      EXPECT_EQ(refused.why(), spawn_error::name_taken);
    }
    co_return;
  }),
            exit_reason::normal);
}

// Two processes that share memory: nothing else gets at the task of another.
async_task<int>* shared = nullptr;

TEST(an_async_task, is_awaited_by_its_owner_only) {
  EXPECT_DEATH(
      {
        stepped_runtime rt;
        rt.run([]() -> process<> {
          auto mine = async(twice, 1);
          shared = &mine;
          spawn_link([]() -> process<> { co_await shared->await(); });
          co_await receive<go>();
        });
      },
      "belongs to the process that has made it");
}

TEST(an_async_task, is_awaited_once_at_a_time) {
  EXPECT_DEATH(
      {
        stepped_runtime rt;
        rt.run([]() -> process<> {
          auto one = async(never_answer);
          auto ask = [](async_task<int>* asked) -> task<int> { co_return co_await asked->await(); };
          co_await all(ask(&one), ask(&one));
        });
      },
      "awaited by one at a time");
}

TEST(an_async_task, that_was_moved_away_is_not_awaited) {
  EXPECT_DEATH(
      {
        stepped_runtime rt;
        rt.run([]() -> process<> {
          auto mine = async(twice, 1);
          auto moved = std::move(mine);
          co_await mine.await();
        });
      },
      "moved away");
}

TEST(an_async_task, costs_the_same_however_long_the_mailbox_is) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run({.mailbox_limit = unlimited},
                   []() -> process<> {
                     for (int i = 0; i < 1000; ++i) send(self(), seen{i});
                     auto quick = async(twice, 1);
                     std::uint64_t before = (co_await info_of(self()))->reductions;
                     EXPECT_EQ(co_await quick.await(), 2);
                     EXPECT_LE((co_await info_of(self()))->reductions - before, 10u);
                     EXPECT_EQ(co_await mailbox_length(), 1000u);
                   }),
            exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
