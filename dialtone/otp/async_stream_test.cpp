// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/async_stream.hpp>

#include <numeric>

#include <gtest/gtest.h>

#include <dialtone/otp/async_doubles_test.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>
#include <dialtone/runtime/witness_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

// Counts who runs at once, over all schedulers of a stepped runtime.
struct presence {
  presence() { most = std::max(most, ++now_present); }
  presence(const presence&) = delete;
  ~presence() { --now_present; }
  static void reset() { now_present = most = 0; }
  static inline int now_present = 0;
  static inline int most = 0;
};

task<int> be_present(int milliseconds) {
  presence here;
  co_await sleep_for(std::chrono::milliseconds{milliseconds});
  co_return milliseconds;
}

template <class Result>
task<std::vector<Result>> values_of(async_results<Result>* stream) {
  std::vector<Result> values;
  while (auto next = co_await stream->next()) values.push_back(std::move(next->value()));
  co_return values;
}

std::vector<int> numbers(int count) {
  std::vector<int> made(static_cast<std::size_t>(count));
  std::iota(made.begin(), made.end(), 0);
  return made;
}

class async_streams : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, async_streams, beside_and_elsewhere, name_of_place);

TEST_P(async_streams, keep_the_order_of_their_items) {
  run([](std::uint32_t where) -> process<> {
    auto stream = async_stream(std::vector{30, 1, 20, 10}, be_present, {.max_concurrency = 4, .process = on(where)});
    EXPECT_EQ(co_await values_of(&stream), (std::vector{30, 1, 20, 10}));
    EXPECT_FALSE((co_await stream.next()).has_value()) << "the end stays the end";
    EXPECT_EQ(co_await mailbox_length(), 0u);
  });
}

TEST_P(async_streams, take_what_comes_first_when_the_order_does_not_count) {
  run([](std::uint32_t where) -> process<> {
    auto stream = async_stream(std::vector{30, 1, 20, 10}, be_present,
                               {.max_concurrency = 4, .ordered = false, .process = on(where)});
    std::vector<std::uint64_t> indices;
    std::vector<int> values;
    while (auto next = co_await stream.next()) {
      values.push_back(**next);
      indices.push_back(stream.index());
    }
    EXPECT_EQ(values, (std::vector{1, 10, 20, 30}));
    EXPECT_EQ(indices, (std::vector<std::uint64_t>{1, 3, 2, 0}));
  });
}

TEST_P(async_streams, start_no_more_items_than_they_may) {
  run([](std::uint32_t where) -> process<> {
    for (bool ordered : {true, false}) {
      for (int most : {1, 3}) {
        presence::reset();
        auto stream =
            async_stream(std::vector{5, 1, 1, 7, 2, 2, 1, 1, 9, 1}, be_present,
                         {.max_concurrency = static_cast<std::size_t>(most), .ordered = ordered, .process = on(where)});
        EXPECT_EQ((co_await values_of(&stream)).size(), 10u);
        EXPECT_EQ(presence::most, most);
      }
    }
  });
}

TEST_P(async_streams, do_not_run_ahead_of_who_takes) {
  run([](std::uint32_t where) -> process<> {
    static int pulled;
    pulled = 0;
    auto stream = async_stream([]() -> std::optional<int> { return pulled++; }, be_present,
                               {.max_concurrency = 3, .process = on(where)});
    co_await sleep_for(1s);
    EXPECT_EQ(pulled, 0) << "nothing begins before it is asked for";
    for (int taken = 1; taken <= 20; ++taken) {
      EXPECT_EQ(**(co_await stream.next()), taken - 1);
      EXPECT_EQ(pulled, taken + 2) << "as Elixir: what was taken makes room when the next is asked for";
      co_await sleep_for(1s);
    }
    EXPECT_EQ(process_count(), 1u) << "two have finished and wait";
  });
}

TEST_P(async_streams, give_each_item_the_further_arguments) {
  run([](std::uint32_t where) -> process<> {
    auto stream = async_stream(
        std::vector<std::string>{"a", "b"},
        [](std::string item, std::string suffix, int count) { return item + suffix + std::to_string(count); },
        {.process = on(where)}, std::string{"-"}, 7);
    EXPECT_EQ(co_await values_of(&stream), (std::vector<std::string>{"a-7", "b-7"}));
  });
}

TEST_P(async_streams, move_items_that_cannot_be_copied) {
  run([](std::uint32_t where) -> process<> {
    using number = std::unique_ptr<int>;
    std::vector<number> items;
    for (int i = 0; i < 3; ++i) items.push_back(std::make_unique<int>(i));
    auto stream = async_stream(std::move(items), [](number item) { return item; }, {.process = on(where)});
    int sum = 0;
    while (auto next = co_await stream.next()) sum += ***next;
    EXPECT_EQ(sum, 3);
  });
}

TEST_P(async_streams, read_views_without_harm) {
  run([](std::uint32_t where) -> process<> {
    std::vector<std::string> words{"a", "b", "c"};
    auto stream =
        async_stream(words | std::views::drop(1), [](std::string word) { return word; }, {.process = on(where)});
    EXPECT_EQ(co_await values_of(&stream), (std::vector<std::string>{"b", "c"}));
    EXPECT_EQ(words, (std::vector<std::string>{"a", "b", "c"}));
    auto endless = async_stream(std::views::iota(1), twice, {.process = on(where)});
    for (int taken = 1; taken < 100; ++taken) EXPECT_EQ(**(co_await endless.next()), 2 * taken);
  });
}

TEST_P(async_streams, may_have_items_without_results_and_no_items_at_all) {
  run([](std::uint32_t where) -> process<> {
    auto silent = async_stream(numbers(3), [](int) {}, {.process = on(where)});
    int count = 0;
    while (auto next = co_await silent.next()) count += next->has_value() ? 1 : 0;
    EXPECT_EQ(count, 3);
    auto empty = async_stream(std::vector<int>{}, twice, {.process = on(where)});
    EXPECT_FALSE((co_await empty.next()).has_value());
  });
}

TEST_P(async_streams, end_an_owner_when_an_item_crashes) {
  run([](std::uint32_t where) -> process<> {
    auto [owner, watched] = spawn_monitor(
        [](std::uint32_t place) -> process<> {
          auto stream = async_stream(std::vector<duration>{1h, 10ms, 1h}, crash_after,
                                     {.max_concurrency = 3, .timeout = 2h, .process = on(place)});
          co_await stream.next();
        },
        where);
    EXPECT_EQ(co_await end_of(watched), because("as planned"));
    co_await sleep_for(5ms);
    EXPECT_EQ(process_count(), 1u) << "and its death ends the others";
  });
}

TEST_P(async_streams, end_an_owner_that_waits_for_something_else) {
  run([](std::uint32_t where) -> process<> {
    auto [owner, watched] = spawn_monitor(
        [](std::uint32_t place) -> process<> {
          auto stream = async_stream(std::vector<duration>{10ms}, crash_after, {.process = on(place)});
          // The loser of the race takes the await with it, and the item goes on.
          co_await with_deadline(1ms, [](async_results<int>* all) -> task<> { co_await all->next(); }(&stream));
          co_await receive<go>();
        },
        where);
    time_point start = now();
    EXPECT_EQ(co_await end_of(watched), because("as planned"));
    EXPECT_LE(now() - start, 15ms);
  });
}

TEST_P(async_streams, of_an_owner_that_traps_exits_have_crashes_as_outcomes_and_no_messages) {
  run([](std::uint32_t where) -> process<> {
    trap_exit();
    auto stream = async_stream(numbers(3),
                               [](int item) {
                                 if (item == 1) exit(because("as planned"));
                                 return item;
                               },
                               {.max_concurrency = 2, .process = on(where)});
    EXPECT_EQ(**(co_await stream.next()), 0);
    EXPECT_EQ((co_await stream.next())->error(), because("as planned"));
    EXPECT_EQ(**(co_await stream.next()), 2);
    EXPECT_FALSE((co_await stream.next()).has_value());
    EXPECT_EQ(co_await mailbox_length(), 0u);
  });
}

TEST_P(async_streams, without_links_have_crashes_as_outcomes) {
  run([](std::uint32_t where) -> process<> {
    for (bool ordered : {true, false}) {
      auto stream = async_stream_nolink(numbers(20),
                                        [](int item) {
                                          if (item % 3 == 1) throw std::runtime_error{"as planned"};
                                          return item;
                                        },
                                        {.max_concurrency = 4, .ordered = ordered, .process = on(where)});
      int failures = 0;
      int values = 0;
      while (auto next = co_await stream.next()) {
        EXPECT_EQ(next->has_value(), stream.index() % 3 != 1);
        ++(next->has_value() ? values : failures);
      }
      EXPECT_EQ(failures, 7);
      EXPECT_EQ(values, 13);
    }
  });
}

TEST_P(async_streams, have_an_item_that_ends_normally_without_a_result_as_an_outcome) {
  static bool went_on;
  went_on = false;
  run([](std::uint32_t where) -> process<> {
    auto stream = async_stream(numbers(1), [](int) -> int { exit(exit_reason::normal); }, {.process = on(where)});
    EXPECT_EQ((co_await stream.next())->error(), exit_reason::normal);
    went_on = true;
  });
  EXPECT_TRUE(went_on);
}

TEST_P(async_streams, that_are_destroyed_early_end_what_runs) {
  run([](std::uint32_t where) -> process<> {
    {
      auto stream = async_stream(numbers(100),
                                 [](int item) -> task<witness> {
                                   witness made;
                                   trap_exit();
                                   if (item > 0) co_await receive<go>();
                                   co_return made;
                                 },
                                 {.max_concurrency = 5, .process = on(where)});
      EXPECT_TRUE((co_await stream.next()).has_value());
      EXPECT_EQ(witness::alive(), 4) << "the value is gone with the outcome";
    }
    co_await sleep_for(1ms);
    EXPECT_EQ(process_count(), 1u);
    EXPECT_EQ(witness::alive(), 0);
    EXPECT_EQ(co_await mailbox_length(), 0u);
  });
}

TEST_P(async_streams, end_what_runs_when_their_owner_is_killed) {
  run([](std::uint32_t where) -> process<> {
    pid owner = spawn(
        [](std::uint32_t place) -> process<> {
          auto stream = async_stream_nolink(numbers(100), [](int) { return outlive_shutdown(); },
                                            {.max_concurrency = 5, .process = on(place)});
          co_await stream.next();
        },
        where);
    co_await sleep_for(1ms);
    EXPECT_EQ(process_count(), 7u);
    exit(owner, exit_reason::kill);
    co_await sleep_for(1ms);
    EXPECT_EQ(process_count(), 1u);
  });
}

TEST_P(async_streams, of_ten_thousand_items_have_each_once) {
  run([](std::uint32_t where) -> process<> {
    for (bool ordered : {true, false}) {
      presence::reset();
      auto stream = async_stream(numbers(10'000),
                                 [](int item) -> task<int> {
                                   presence here;
                                   co_await yield();
                                   co_return item;
                                 },
                                 {.max_concurrency = 50, .ordered = ordered, .process = on(where)});
      std::vector<int> values = co_await values_of(&stream);
      if (ordered) EXPECT_TRUE(std::ranges::is_sorted(values));
      std::ranges::sort(values);
      EXPECT_EQ(values, numbers(10'000));
      EXPECT_EQ(presence::most, 50);
    }
  });
}

}  // namespace
}  // namespace dialtone
