// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/async.hpp>

#include <gtest/gtest.h>

#include <dialtone/otp/async_doubles_test.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>
#include <dialtone/runtime/witness_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

static_assert(std::is_nothrow_move_constructible_v<async_task<int>> && !std::is_copy_constructible_v<async_task<int>>);
static_assert(!sendable<async_task<int>>, "it stays with its owner");

class async_tasks : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, async_tasks, beside_and_elsewhere, name_of_place);

TEST_P(async_tasks, give_their_results) {
  run([](std::uint32_t where) -> process<> {
    auto first = async(on(where), twice, 4);
    auto second = async(on(where), [](std::string left, int right) { return left + std::to_string(right); }, "a", 1);
    EXPECT_EQ(co_await second.await(), "a1");
    EXPECT_EQ(co_await first.await(), 8);
    EXPECT_EQ((co_await info_of(self()))->monitors, 0u);
    EXPECT_EQ((co_await info_of(self()))->mailbox_length, 0u);
  });
}

TEST_P(async_tasks, may_have_no_value) {
  run([](std::uint32_t where) -> process<> {
    auto waited = async(on(where), []() -> task<> { co_await sleep_for(1s); });
    auto plain = async(on(where), [] {});
    time_point start = now();
    co_await waited.await();
    EXPECT_GE(now() - start, 1s);
    EXPECT_TRUE((co_await plain.yield())->has_value());
  });
}

TEST_P(async_tasks, move_what_cannot_be_copied_in_and_out) {
  run([](std::uint32_t where) -> process<> {
    using number = std::unique_ptr<int>;
    auto adding = async(
        on(where), [](number given) -> task<number> { co_return std::make_unique<int>(*given + 1); },
        std::make_unique<int>(1));
    auto moved = std::move(adding);
    EXPECT_EQ(*co_await moved.await(), 2);
  });
}

TEST_P(async_tasks, run_side_by_side) {
  run([](std::uint32_t where) -> process<> {
    time_point start = now();
    auto first = async(on(where), answer_after, 1s, 1);
    auto second = async(on(where), answer_after, 1s, 2);
    EXPECT_EQ(co_await first.await() + co_await second.await(), 3);
    EXPECT_LE(now() - start, 1002ms);
  });
}

TEST_P(async_tasks, are_children_of_their_owner_with_the_options_that_were_asked_for) {
  run([](std::uint32_t where) -> process<> {
    auto running = async({.name = "fetch", .label = "page", .scheduler = placement::on(where)}, never_answer);
    EXPECT_EQ(whereis("fetch"), running.pid());
    co_await sleep_for(1ms);
    auto about = co_await info_of(running.pid());
    EXPECT_EQ(about->parent, self());
    EXPECT_EQ(about->label, "page");
    EXPECT_EQ(about->links, 1u);
    EXPECT_EQ(running.pid().scheduler(), where);
  });
}

TEST_P(async_tasks, have_dropped_what_they_were_given_when_their_result_is_seen) {
  run([](std::uint32_t where) -> process<> {
    auto holding = async(
        on(where),
        [](witness) -> task<int> {
          witness local;
          co_return witness::alive();
        },
        witness{});
    EXPECT_GE(co_await holding.await(), 2);
    EXPECT_LE(witness::alive(), 1) << "the process's own parameter, which it was moved out of, at most";
    co_await await_death(holding.pid());
    EXPECT_EQ(witness::alive(), 0);
  });
}

TEST_P(async_tasks, that_answer_in_time_have_answered) {
  run([](std::uint32_t where) -> process<> {
    auto timely = async(on(where), answer_after, 49ms, 1);
    EXPECT_EQ(co_await timely.await(52ms), 1);
  });
}

TEST_P(async_tasks, that_do_not_are_a_timeout_and_their_results_vanish) {
  run([](std::uint32_t where) -> process<> {
    auto late = async(on(where), answer_after, 52ms, 1);
    time_point start = now();
    try {
      co_await late.await(50ms);
      ADD_FAILURE() << "it has come";
    } catch (const await_failed& failure) {
      EXPECT_EQ(failure.why(), exit_reason::timeout);
    }
    EXPECT_GE(now() - start, 50ms);
    EXPECT_LE(now() - start, 51ms);
    EXPECT_TRUE((co_await info_of(late.pid())).has_value()) << "it goes on";
    co_await await_death(late.pid());
    EXPECT_EQ(co_await mailbox_length(), 0u);
    EXPECT_EQ((co_await late.yield())->error(), exit_reason::noproc);
  });
}

TEST_P(async_tasks, that_are_too_slow_end_their_owner_and_it_ends_them) {
  run([](std::uint32_t where) -> process<> {
    pid observer = self();
    auto [owner, watched] = spawn_monitor(
        [](std::uint32_t place, pid told) -> process<> {
          auto slow = async(on(place), never_answer);
          send(told, slow.pid());
          co_await slow.await(10ms);
        },
        where, observer);
    pid slow = co_await receive<pid>();
    EXPECT_EQ(co_await end_of(watched), exit_reason::timeout);
    co_await await_death(slow);
  });
}

TEST_P(async_tasks, are_asked_again_after_a_yield_that_was_too_early) {
  run([](std::uint32_t where) -> process<> {
    auto slow = async(on(where), answer_after, 20ms, 5);
    time_point start = now();
    EXPECT_FALSE((co_await slow.yield(0s)).has_value());
    EXPECT_EQ(now(), start);
    EXPECT_FALSE((co_await slow.yield(10ms)).has_value());
    EXPECT_EQ(co_await slow.yield(50ms), (std::expected<int, exit_reason>{5}));
    EXPECT_EQ((co_await slow.yield(50ms))->error(), exit_reason::noproc) << "it is taken once";
  });
}

TEST_P(async_tasks, that_have_answered_need_no_wait) {
  run([](std::uint32_t where) -> process<> {
    auto quick = async(on(where), twice, 1);
    co_await sleep_for(1ms);
    time_point start = now();
    EXPECT_EQ(co_await quick.await(0s), 2);
    EXPECT_EQ(now(), start);
  });
}

TEST_P(async_tasks, are_there_for_the_next_await_when_one_has_lost_a_race) {
  run([](std::uint32_t where) -> process<> {
    auto slow = async(on(where), answer_after, 20ms, 5);
    auto ask = [](async_task<int>* asked) -> task<int> { co_return co_await asked->await(); };
    EXPECT_FALSE((co_await with_deadline(10ms, ask(&slow))).has_value());
    EXPECT_EQ(co_await slow.await(), 5);
  });
}

TEST_P(async_tasks, that_crash_end_an_owner_that_does_not_trap_exits) {
  run([](std::uint32_t where) -> process<> {
    auto [owner, watched] = spawn_monitor(
        [](std::uint32_t place) -> process<> {
          auto crashing = async(on(place), crash_after, 10ms);
          co_await receive<go>();
        },
        where);
    EXPECT_EQ(co_await end_of(watched), because("as planned"));
  });
}

TEST_P(async_tasks, that_crash_are_an_exception_and_a_message_for_an_owner_that_traps_exits) {
  run([](std::uint32_t where) -> process<> {
    trap_exit();
    auto crashing = async(on(where), crash_after, 10ms);
    try {
      co_await crashing.await();
      ADD_FAILURE() << "it has answered";
    } catch (const await_failed& failure) {
      EXPECT_EQ(failure.why(), because("as planned"));
      EXPECT_EQ(failure.reason(), because("as planned"));
    }
    EXPECT_EQ((co_await receive<exited>()).pid, crashing.pid());
  });
}

TEST_P(async_tasks, that_answer_are_normal_ends_for_an_owner_that_traps_exits) {
  run([](std::uint32_t where) -> process<> {
    trap_exit();
    auto quick = async(on(where), twice, 1);
    EXPECT_EQ(co_await quick.await(), 2);
    EXPECT_EQ((co_await receive<exited>()).reason, exit_reason::normal);
  });
}

TEST_P(async_tasks, that_end_normally_without_a_result_are_no_normal_end_of_who_awaits) {
  run([](std::uint32_t where) -> process<> {
    auto leaving = async(on(where), []() -> task<int> { exit(exit_reason::normal); });
    try {
      co_await leaving.await();
      ADD_FAILURE() << "it has answered";
    } catch (const await_failed& failure) {
      EXPECT_EQ(failure.why(), exit_reason::normal);
      EXPECT_EQ(failure.reason().code(), exit_reason::custom);
    }
  });
}

TEST_P(async_tasks, end_with_an_owner_that_is_killed) {
  run([](std::uint32_t where) -> process<> {
    pid owner = spawn(
        [](std::uint32_t place, pid told) -> process<> {
          auto linked = async(on(place), never_answer);
          auto alone = async_nolink(on(place), never_answer);
          send(told, std::pair{linked.pid(), alone.pid()});
          co_await linked.await(1h);
        },
        where, self());
    auto [linked, alone] = co_await receive<std::pair<pid, pid>>();
    reference watched = monitor(linked);
    exit(owner, exit_reason::kill);
    EXPECT_EQ(co_await end_of(watched), exit_reason::killed);
    co_await sleep_for(1ms);
    EXPECT_TRUE((co_await info_of(alone)).has_value()) << "it is not linked";
    exit(alone, exit_reason::kill);
  });
}

TEST_P(async_tasks, go_on_when_their_owner_returns) {
  run([](std::uint32_t where) -> process<> {
    auto [owner, watched] = spawn_monitor(
        [](std::uint32_t place, pid told) -> process<> {
          auto dropped = async(on(place), never_answer);
          send(told, dropped.pid());
          co_return;
        },
        where, self());
    pid left = co_await receive<pid>();
    EXPECT_EQ(co_await end_of(watched), exit_reason::normal);
    co_await sleep_for(1ms);
    EXPECT_TRUE((co_await info_of(left)).has_value());
    exit(left, exit_reason::kill);
  });
}

TEST_P(async_tasks, that_are_dropped_go_on_and_their_results_vanish) {
  run([](std::uint32_t where) -> process<> {
    pid dropped;
    {
      auto short_lived = async(on(where), answer_after, 10ms, 1);
      dropped = short_lived.pid();
    }
    co_await sleep_for(1ms);
    EXPECT_TRUE((co_await info_of(dropped)).has_value());
    co_await await_death(dropped);
    EXPECT_EQ(co_await mailbox_length(), 0u);
  });
}

}  // namespace
}  // namespace dialtone
