// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/stepped_runtime.hpp>

#include <gtest/gtest.h>

#include <numeric>

#include <dialtone/runtime/receive.hpp>
#include <dialtone/testing/print.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

struct tick {
  int number;
};
struct never_sent {};

std::vector<int> noted;

process<> note_after(duration delay, int what) {
  co_await sleep_for(delay);
  noted.push_back(what);
}

TEST(stepped_runtime, advance_fires_timers_in_the_order_of_their_times) {
  noted.clear();
  testing::stepped_runtime rt;
  rt.spawn(note_after, 30ms, 3);
  rt.spawn(note_after, 10ms, 1);
  rt.spawn(note_after, 40ms, 4);
  rt.spawn(note_after, 20ms, 2);
  rt.advance(30ms);
  EXPECT_EQ(noted, (std::vector{1, 2, 3}));
  rt.advance(9ms);
  EXPECT_EQ(noted.size(), 3u);
  rt.advance(1ms);
  EXPECT_EQ(noted, (std::vector{1, 2, 3, 4}));
}

TEST(stepped_runtime, advance_passes_parts_of_a_tick) {
  noted.clear();
  testing::stepped_runtime rt;
  rt.spawn(note_after, 300us, 1);
  rt.spawn(note_after, 700us, 2);
  rt.spawn(note_after, 1300us, 3);
  time_point start = rt.clock().now();
  for (int part = 0; part < 20; ++part) rt.advance(100us);
  EXPECT_EQ(noted, (std::vector{1, 2, 3}));
  EXPECT_EQ(rt.clock().now(), start + 2ms);
}

process<> sleep_step_by_step(duration step, int steps) {
  time_point start = now();
  for (int done = 1; done <= steps; ++done) {
    co_await sleep_for(step);
    EXPECT_EQ(now(), start + done * step);
  }
  noted.push_back(steps);
}

TEST(stepped_runtime, advance_fires_timers_that_are_set_on_the_way) {
  noted.clear();
  testing::stepped_runtime rt;
  rt.spawn(sleep_step_by_step, 1s, 3600);
  rt.advance(1h - 1ns);
  EXPECT_TRUE(noted.empty());
  rt.advance(1ns);
  EXPECT_EQ(noted, std::vector{3600});
}

TEST(stepped_runtime, time_stands_still_while_there_is_something_to_do) {
  testing::stepped_runtime rt;
  time_point start = rt.clock().now();
  EXPECT_EQ(rt.run([]() -> process<> {
    for (int turn = 0; turn < 10'000; ++turn) co_await yield();
  }),
            exit_reason::normal);
  EXPECT_EQ(rt.clock().now(), start);
}

TEST(stepped_runtime, run_moves_time_to_the_next_timer_when_nothing_else_is_left) {
  testing::stepped_runtime rt;
  time_point start = rt.clock().now();
  EXPECT_EQ(rt.run([]() -> process<> { co_await sleep_for(24h); }), exit_reason::normal);
  EXPECT_EQ(rt.clock().now(), start + 24h);
}

TEST(stepped_runtime, a_timer_for_another_scheduler_s_process_arrives_whichever_comes_first) {
  testing::stepped_runtime rt{{.schedulers = 3}};
  for (std::uint32_t from = 0; from < 3; ++from) {
    for (std::uint32_t to = 0; to < 3; ++to) {
      EXPECT_EQ(rt.run(
                    [](std::uint32_t sender, std::uint32_t receiver) -> process<> {
                      pid waiting = spawn(
                          {.scheduler = placement::on(receiver)},
                          [](pid tell) -> process<> {
                            EXPECT_EQ((co_await receive<tick>()).number, 7);
                            send(tell, tick{8});
                          },
                          self());
                      spawn(
                          {.scheduler = placement::on(sender)},
                          [](pid whom) -> process<> {
                            send_after(10ms, whom, tick{7});
                            co_return;
                          },
                          waiting);
                      EXPECT_EQ((co_await receive<tick>()).number, 8);
                    },
                    from, to),
                exit_reason::normal);
    }
  }
}

TEST(stepped_runtime, advance_delivers_what_a_timer_sends_to_another_scheduler_before_time_goes_on) {
  noted.clear();
  testing::stepped_runtime rt{{.schedulers = 2}};
  rt.spawn([]() -> process<> {
    pid waiting = self();
    spawn(
        {.scheduler = placement::on(1)},
        [](pid whom) -> process<> {
          send_after(10ms, whom, tick{1});
          co_await sleep_for(1h);
        },
        waiting);
    time_point start = now();
    co_await receive<tick>();
    EXPECT_EQ(now() - start, 10ms);
    noted.push_back(1);
  });
  rt.advance(10ms);
  EXPECT_EQ(noted.size(), 1u);
}

process<> waits_in_vain() { co_await receive<never_sent>(); }

TEST(stepped_runtime, run_throws_when_the_process_waits_for_what_never_comes) {
  testing::stepped_runtime rt;
  EXPECT_THROW(rt.run(waits_in_vain), std::logic_error);
  EXPECT_EQ(rt.run([]() -> process<> {
    EXPECT_EQ(process_count(), 1u) << "the process that waited has been ended";
    co_return;
  }),
            exit_reason::normal);
}

TEST(stepped_runtime, call_throws_when_the_task_waits_for_what_never_comes) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  EXPECT_THROW(rt.call([]() -> task<std::string> {
    trap_exit();
    co_await receive<never_sent>();
    co_return "never";
  }),
               std::logic_error);
  EXPECT_EQ(rt.call([]() -> task<int> { co_return 5; }), 5);
}

process<> note_at_once(int what) {
  noted.push_back(what);
  co_return;
}

std::vector<int> order_of(testing::stepped_options options) {
  noted.clear();
  testing::stepped_runtime rt{std::move(options)};
  rt.run([]() -> process<> {
    for (int what = 0; what < 50; ++what) spawn(note_at_once, what);
    while (process_count() > 1) co_await yield();
  });
  return noted;
}

TEST(stepped_runtime, without_a_seed_the_order_is_first_in_first_out) {
  std::vector<int> expected(50);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(order_of({}), expected);
}

TEST(stepped_runtime, the_same_seed_gives_the_same_order_and_another_one_another) {
  std::vector<int> one = order_of({.seed = 1, .shuffle = true});
  EXPECT_EQ(one.size(), 50u);
  EXPECT_EQ(one, order_of({.seed = 1, .shuffle = true}));
  EXPECT_NE(one, order_of({.seed = 2, .shuffle = true}));
  EXPECT_NE(one, order_of({.seed = 1, .shuffle = false}));
  std::ranges::sort(one);
  EXPECT_EQ(one, order_of({}));
}

// How many of two processes on two schedulers, which tell each other at the same time, have heard when they have told.
std::string who_has_heard(std::uint64_t seed) {
  testing::stepped_runtime rt{{.schedulers = 2, .seed = seed, .shuffle = true}};
  return rt.call([]() -> task<std::string> {
    auto tell = [](pid report) -> process<> {
      pid peer = co_await receive<pid>();
      co_await sleep_for(10ms);
      send(peer, tick{1});
      bool heard = (co_await receive<tick>(after(0s))).has_value();
      send(report, heard);
    };
    pid one = spawn({.scheduler = placement::on(0)}, tell, self());
    pid other = spawn({.scheduler = placement::on(1)}, tell, self());
    send(one, other);
    send(other, one);
    int count = 0;
    for (int each = 0; each < 2; ++each) count += co_await receive<bool>() ? 1 : 0;
    co_return std::to_string(count);
  });
}

TEST(stepped_runtime, signals_between_schedulers_cross_in_some_orders_and_not_in_others) {
  std::string seen;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    seen += who_has_heard(seed);
    EXPECT_EQ(who_has_heard(seed), seen.substr(seen.size() - 1)) << seed;
  }
  EXPECT_NE(seen.find('0'), std::string::npos) << seen;
  EXPECT_NE(seen.find('1'), std::string::npos) << seen;
}

TEST(stepped_runtime, the_same_seed_gives_the_same_random_numbers) {
  auto draw = [](std::uint64_t seed) {
    testing::stepped_runtime rt{{.seed = seed}};
    return rt.call([]() -> task<std::uint64_t> { co_return random(); });
  };
  EXPECT_EQ(draw(42), draw(42));
  EXPECT_NE(draw(42), draw(43));
}

TEST(stepped_runtime, a_message_from_outside_is_there_after_settle) {
  noted.clear();
  testing::stepped_runtime rt;
  pid waiting = rt.spawn([]() -> process<> {
    for (;;) noted.push_back((co_await receive<tick>()).number);
  });
  rt->send(waiting, tick{1});
  EXPECT_TRUE(noted.empty());
  rt.settle();
  EXPECT_EQ(noted, std::vector{1});
  EXPECT_FALSE(rt->step());
}

TEST(stepped_runtime, keeps_what_is_logged) {
  testing::stepped_runtime rt;
  EXPECT_NE(rt.run([]() -> process<> {
    throw std::runtime_error{"out of paper"};
    co_return;
  }),
            exit_reason::normal);
  ASSERT_FALSE(rt.log().empty());
  EXPECT_NE(rt.log().front().find("out of paper"), std::string::npos);
}

}  // namespace
}  // namespace dialtone
