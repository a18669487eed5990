// SPDX-License-Identifier: Apache-2.0
// Streams of async tasks whose processes are children of a dynamic supervisor.
#include <gtest/gtest.h>

#include <dialtone/otp/async_doubles_test.hpp>
#include <dialtone/otp/async_stream_supervised.hpp>
#include <dialtone/otp/sys.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

task<dynamic_supervisor_ref> hands_on(std::uint32_t where, std::size_t limit = 100) {
  return start_link(
      dynamic_supervisor_spec{.max_children = limit, .children = placement::on(where), .spawn = on(where)});
}

task<int> answer_within(int milliseconds) {
  co_await sleep_for(std::chrono::milliseconds{milliseconds});
  co_return milliseconds;
}

task<int> crash_on_three(int item) {
  co_await sleep_for(1ms);
  if (item == 3) exit(because("as planned"));
  co_return item;
}

template <class Result>
task<std::vector<Result>> all_of(async_results<Result>* stream) {
  std::vector<Result> results;
  while (auto next = co_await stream->next()) results.push_back(**next);
  co_return results;
}

// No child is left, and nothing in the mailbox.
task<> expect_no_child(dynamic_supervisor_ref hands) {
  co_await sleep_for(5ms);
  EXPECT_EQ((co_await hands.count_children()).specs, 0u);
  EXPECT_EQ(process_count(), 2u);
  EXPECT_EQ(co_await mailbox_length(), 0u);
}

class supervised_stream : public two_schedulers {
 protected:
  supervised_stream() : two_schedulers{{.level = log_level::off}} {}
};
INSTANTIATE_TEST_SUITE_P(placed, supervised_stream, beside_and_elsewhere, name_of_place);

TEST_P(supervised_stream, has_its_outcomes_in_the_order_of_the_items_or_as_they_get_ready) {
  run([](std::uint32_t where) -> process<> {
    auto hands = co_await hands_on(where);
    auto ordered = async_stream(hands, std::vector{30, 10, 20}, answer_within, {.max_concurrency = 3});
    EXPECT_EQ(co_await all_of(&ordered), (std::vector{30, 10, 20}));
    auto ready =
        async_stream_nolink(hands, std::vector{30, 10, 20}, answer_within, {.max_concurrency = 3, .ordered = false});
    EXPECT_EQ(co_await all_of(&ready), (std::vector{10, 20, 30}));
    co_await expect_no_child(hands);
  });
}

TEST_P(supervised_stream, runs_as_many_items_at_once_as_it_may) {
  run([](std::uint32_t where) -> process<> {
    auto hands = co_await hands_on(where);
    auto stream =
        async_stream(hands, std::views::iota(0), [](int) { return answer_within(10); }, {.max_concurrency = 3});
    EXPECT_TRUE((co_await stream.next()).has_value());
    EXPECT_TRUE((co_await stream.next()).has_value());
    const auto running = co_await hands.children();
    EXPECT_LE(running.size(), 3u);
    for (pid each : running) EXPECT_EQ((co_await info_of(each))->parent, hands.pid());
  });
}

TEST_P(supervised_stream, hands_move_only_items_and_further_arguments_over) {
  run([](std::uint32_t where) -> process<> {
    auto hands = co_await hands_on(where);
    std::vector<std::unique_ptr<int>> items;
    for (int item = 0; item < 5; ++item) items.push_back(std::make_unique<int>(item));
    auto stream =
        async_stream(hands, std::move(items), [](std::unique_ptr<int> item, int more) { return *item + more; }, {}, 10);
    EXPECT_EQ(co_await all_of(&stream), (std::vector{10, 11, 12, 13, 14}));
  });
}

TEST_P(supervised_stream, ends_its_owner_when_an_item_crashes_and_not_where_it_is_not_linked) {
  run([](std::uint32_t where) -> process<> {
    auto hands = co_await hands_on(where);
    auto [owner, watched] = spawn_monitor(
        [](dynamic_supervisor_ref place) -> process<> {
          auto stream = async_stream(place, std::views::iota(0), crash_on_three, {.max_concurrency = 2});
          while (co_await stream.next()) continue;
        },
        hands);
    EXPECT_EQ(co_await end_of(watched), because("as planned"));
    co_await expect_no_child(hands);
    auto stream = async_stream_nolink(hands, std::views::iota(0, 6), crash_on_three, {.max_concurrency = 2});
    while (auto next = co_await stream.next()) {
      if (stream.index() == 3)
        EXPECT_EQ(next->error(), because("as planned"));
      else
        EXPECT_EQ(**next, static_cast<int>(stream.index()));
    }
    co_await expect_no_child(hands);
  });
}

TEST_P(supervised_stream, kills_an_item_past_its_time) {
  run([](std::uint32_t where) -> process<> {
    auto hands = co_await hands_on(where);
    for (bool ordered : {true, false}) {
      auto stream = async_stream(
          hands, std::vector{45, 1'000, 1}, answer_within,
          {.max_concurrency = 3, .ordered = ordered, .timeout = 50ms, .on_timeout = stream_timeout::kill_task});
      while (auto next = co_await stream.next()) {
        if (stream.index() == 1)
          EXPECT_EQ(next->error(), exit_reason::timeout);
        else
          EXPECT_TRUE(next->has_value());
      }
      co_await expect_no_child(hands);
    }
    auto [owner, watched] = spawn_monitor(
        [](dynamic_supervisor_ref place) -> process<> {
          auto stream = async_stream(place, std::vector{1, 1'000}, answer_within, {.timeout = 50ms});
          while (co_await stream.next()) continue;
        },
        hands);
    EXPECT_EQ(co_await end_of(watched), exit_reason::timeout);
    co_await expect_no_child(hands);
  });
}

TEST_P(supervised_stream, gives_an_item_its_time_from_when_it_runs) {
  run([](std::uint32_t where) -> process<> {
    auto hands = co_await hands_on(where);
    co_await sys::suspend(hands.pid());
    spawn_link(
        [](dynamic_supervisor_ref place) -> process<> {
          co_await sleep_for(200ms);
          co_await sys::resume(place.pid());
        },
        hands);
    auto stream = async_stream(hands, std::vector{40}, answer_within, {.timeout = 50ms});
    EXPECT_EQ(**(co_await stream.next()), 40);
  });
}

TEST_P(supervised_stream, throws_what_its_supervisor_refuses_or_has_that_as_an_outcome) {
  run([](std::uint32_t where) -> process<> {
    auto hands = co_await hands_on(where, 2);
    auto fitting = async_stream(hands, std::views::iota(1, 6), answer_within, {.max_concurrency = 1});
    EXPECT_EQ((co_await all_of(&fitting)).size(), 5u);
    co_await sleep_for(5ms);
    for (stream_refusal what : {stream_refusal::exit, stream_refusal::outcome}) {
      auto stream =
          async_stream(hands, std::vector{10, 20, 30}, answer_within, {.max_concurrency = 3, .on_refusal = what});
      EXPECT_EQ(**(co_await stream.next()), 10);
      EXPECT_EQ(**(co_await stream.next()), 20);
      std::optional<exit_reason> why;
      try {
        auto outcome = co_await stream.next();
        if (!outcome->has_value()) why = outcome->error();
        EXPECT_EQ(what, stream_refusal::outcome);
      } catch (const async_refused& refused) {
        EXPECT_EQ(refused.error(), child_error::limit_reached);
        EXPECT_EQ(what, stream_refusal::exit);
        why = refused.reason();
      }
      EXPECT_EQ(why->code(), exit_reason::custom);
      EXPECT_EQ(stream.index(), 2u);
      EXPECT_FALSE((co_await stream.next()).has_value());
      co_await expect_no_child(hands);
    }
  });
}

TEST_P(supervised_stream, of_a_dead_supervisor_throws_or_has_its_reason_as_outcomes) {
  run([](std::uint32_t where) -> process<> {
    auto hands = co_await hands_on(where);
    co_await hands.stop();
    auto refused = async_stream(hands, std::vector{1, 2}, twice, {.on_refusal = stream_refusal::outcome});
    for (int count = 0; count < 2; ++count) EXPECT_EQ((co_await refused.next())->error(), exit_reason::noproc);
    EXPECT_FALSE((co_await refused.next()).has_value());
    auto thrown = async_stream(hands, std::vector{1, 2}, twice, {.max_concurrency = 1, .ordered = false});
    for (int count = 0; count < 2; ++count) {
      try {
        co_await thrown.next();
        ADD_FAILURE() << "it has an outcome";
      } catch (const async_refused& refusal) {
        EXPECT_EQ(refusal.error().code(), child_error::no_answer);
      }
    }
    EXPECT_FALSE((co_await thrown.next()).has_value());
  });
}

TEST_P(supervised_stream, whose_supervisor_is_killed_has_that_as_outcomes) {
  run([](std::uint32_t where) -> process<> {
    trap_exit();
    auto hands = co_await hands_on(where);
    auto stream = async_stream(hands, std::views::iota(0, 4), [](int) { return never_answer(); },
                               {.max_concurrency = 4, .on_refusal = stream_refusal::outcome});
    pid killer = spawn(
        [](dynamic_supervisor_ref place) -> process<> {
          co_await sleep_for(5ms);
          exit(place.pid(), exit_reason::kill);
        },
        hands);
    int count = 0;
    for (; auto next = co_await stream.next(); ++count) EXPECT_EQ(next->error(), exit_reason::killed);
    EXPECT_EQ(count, 4);
    co_await await_death(killer);
  });
}

TEST_P(supervised_stream, that_is_destroyed_or_whose_owner_dies_while_items_start_leaves_nothing) {
  run([](std::uint32_t where) -> process<> {
    auto hands = co_await hands_on(where);
    for (bool killed : {true, false}) {
      co_await sys::suspend(hands.pid());
      pid owner = spawn(
          [](dynamic_supervisor_ref place) -> process<> {
            auto stream =
                async_stream(place, std::views::iota(0), [](int) { return never_answer(); }, {.max_concurrency = 4});
            co_await with_deadline(3ms,
                                   [](async_results<int>* results) -> task<> { co_await results->next(); }(&stream));
          },
          hands);
      co_await sleep_for(killed ? 1ms : 10ms);
      if (killed) exit(owner, exit_reason::kill);
      co_await sleep_for(10ms);
      co_await sys::resume(hands.pid());
      co_await expect_no_child(hands);
    }
  });
}

TEST(a_supervised_stream, is_the_same_in_any_order_of_schedulers) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(seed);
    stepped_runtime rt{{.schedulers = 2, .seed = seed, .shuffle = true}};
    EXPECT_EQ(rt.run([]() -> process<> {
      auto hands = co_await hands_on(1);
      for (bool ordered : {true, false}) {
        auto stream = async_stream_nolink(
            hands, std::views::iota(0, 100), answer_unevenly,
            {.max_concurrency = 8, .ordered = ordered, .timeout = 10ms, .on_timeout = stream_timeout::kill_task});
        std::uint64_t sum = 0;
        for (int expected = 0; auto next = co_await stream.next(); ++expected) {
          const std::uint64_t item = stream.index();
          sum += item;
          if (ordered) EXPECT_EQ(item, static_cast<std::uint64_t>(expected));
          EXPECT_EQ(next->has_value(), item % 7 != 0 && item % 11 != 0);
        }
        EXPECT_EQ(sum, 99u * 100 / 2);
      }
      co_await expect_no_child(hands);
    }),
              exit_reason::normal);
  }
}

TEST(a_supervised_stream, that_is_destroyed_at_any_moment_leaves_nothing) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(seed);
    stepped_runtime rt{{.schedulers = 2, .seed = seed, .shuffle = true}};
    EXPECT_EQ(rt.run([]() -> process<> {
      auto hands = co_await hands_on(1);
      for (int taken = 0; taken < 8; ++taken) {
        auto stream =
            async_stream(hands, std::views::iota(0), twice, {.max_concurrency = 6, .ordered = taken % 2 == 0});
        for (int count = 0; count < taken; ++count) EXPECT_TRUE((co_await stream.next())->has_value());
      }
      co_await expect_no_child(hands);
    }),
              exit_reason::normal);
  }
}

TEST(a_stream, has_items_that_cannot_be_started_as_outcomes_where_that_is_asked_for) {
  stepped_runtime rt{{.runtime = {.process_limit = 3}}};
  EXPECT_EQ(rt.run([]() -> process<> {
    auto stream =
        async_stream(std::vector{1, 2, 3}, twice, {.max_concurrency = 3, .on_refusal = stream_refusal::outcome});
    EXPECT_EQ(**(co_await stream.next()), 2);
    EXPECT_EQ(**(co_await stream.next()), 4);
    EXPECT_EQ((co_await stream.next())->error(), exit_reason::system_limit);
    EXPECT_FALSE((co_await stream.next()).has_value());
  }),
            exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
