// SPDX-License-Identifier: Apache-2.0
// Starts of supervised async tasks that come to nothing: each leaves nothing behind.
#include <gtest/gtest.h>

#include <dialtone/otp/async_doubles_test.hpp>
#include <dialtone/otp/async_supervised.hpp>
#include <dialtone/otp/sys.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

task<dynamic_supervisor_ref> crew_on(std::uint32_t where) {
  return start_link(dynamic_supervisor_spec{.children = placement::on(where), .spawn = on(where)});
}

task<int> tell_that_it_runs(pid observer) {
  send(observer, go{});
  co_return 0;
}

process<> own_one(dynamic_supervisor_ref crew, pid observer, bool trapping) {
  auto one = co_await async_nolink(crew, {.process = {.trap_exit = trapping}}, tell_that_it_runs, observer);
  co_await one.await();
}

// Nothing has run, and no child waits for an owner.
task<> expect_nothing(dynamic_supervisor_ref crew) {
  co_await sleep_for(10ms);
  EXPECT_EQ((co_await crew.count_children()).specs, 0u);
  EXPECT_EQ(process_count(), 2u) << "this one and the supervisor";
  EXPECT_EQ(co_await mailbox_length(), 0u);
}

class supervised_async_start : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, supervised_async_start, beside_and_elsewhere, name_of_place);

TEST_P(supervised_async_start, whose_owner_dies_before_the_supervisor_has_started_it) {
  run([](std::uint32_t where) -> process<> {
    auto crew = co_await crew_on(where);
    for (bool trapping : {false, true}) {
      co_await sys::suspend(crew.pid());
      pid owner = spawn(own_one, crew, self(), trapping);
      co_await sleep_for(1ms);
      exit(owner, exit_reason::kill);
      co_await await_death(owner);
      co_await sys::resume(crew.pid());
      co_await expect_nothing(crew);
    }
  });
}

TEST_P(supervised_async_start, whose_owner_gives_it_up_before_the_supervisor_has_started_it) {
  run([](std::uint32_t where) -> process<> {
    auto crew = co_await crew_on(where);
    for (bool trapping : {false, true}) {
      co_await sys::suspend(crew.pid());
      auto never =
          co_await with_deadline(1ms, async(crew, {.process = {.trap_exit = trapping}}, tell_that_it_runs, self()));
      EXPECT_FALSE(never.has_value());
      co_await sys::resume(crew.pid());
      co_await expect_nothing(crew);
      EXPECT_EQ(co_await links_of(self()), 1u);
    }
  });
}

TEST_P(supervised_async_start, whose_supervisor_ends_meanwhile_tells_why) {
  run([](std::uint32_t where) -> process<> {
    trap_exit();
    auto crew = co_await crew_on(where);
    co_await sys::suspend(crew.pid());
    auto [owner, watched] = spawn_monitor(own_one, crew, self(), false);
    co_await sleep_for(1ms);
    exit(crew.pid(), exit_reason::kill);
    EXPECT_EQ(co_await end_of(watched), exit_reason::killed);
    EXPECT_EQ((co_await receive<exited>()).reason, exit_reason::killed);
  });
}

TEST(a_supervised_async_start, that_is_not_awaited_does_nothing) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto crew = co_await crew_on(0);
    {
      auto never = async(crew, tell_that_it_runs, self());
      static_cast<void>(never);
    }
    co_await expect_nothing(crew);
  }),
            exit_reason::normal);
}

TEST(a_supervised_async_start, in_the_supervisor_itself_is_refused) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto refused = co_await try_async(dynamic_supervisor_ref{self()}, twice, 1);
    EXPECT_EQ(refused.error().code(), child_error::no_answer);
    EXPECT_EQ(refused.error().text(), "calling_self");
  }),
            exit_reason::normal);
}

TEST(a_supervised_async_start, past_the_limit_of_processes_is_refused_by_the_supervisor) {
  stepped_runtime rt{{.runtime = {.process_limit = 2}}};
  EXPECT_EQ(rt.run([]() -> process<> {
    auto crew = co_await crew_on(0);
    auto refused = co_await try_async(crew, twice, 1);
    EXPECT_EQ(refused.error().code(), child_error::start_failed);
    EXPECT_EQ(to_string(refused.error()), "failed: system_limit");
    auto forgotten = co_await try_async_start(crew, twice, 1);
    EXPECT_EQ(forgotten.error().code(), child_error::start_failed);
  }),
            exit_reason::normal);
}

// The owner is killed at every moment of a start, in every order of schedulers.
TEST(a_supervised_async_start, leaves_nothing_whenever_its_owner_is_killed) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(seed);
    stepped_runtime rt{{.schedulers = 2, .seed = seed, .shuffle = true}};
    EXPECT_EQ(rt.run([]() -> process<> {
      auto crew = co_await crew_on(1);
      for (int turns = 0; turns < 16; ++turns) {
        pid owner = spawn(
            [](dynamic_supervisor_ref place, bool linked) -> process<> {
              auto one = linked ? co_await async(place, never_answer) : co_await async_nolink(place, twice, 1);
              co_await receive<go>();
            },
            crew, turns % 2 == 0);
        for (int waited = 0; waited < turns; ++waited) co_await yield();
        exit(owner, exit_reason::kill);
      }
      co_await expect_nothing(crew);
    }),
              exit_reason::normal);
  }
}

// The child is killed at every moment of its start: the owner gets an error of the start, or an outcome, and goes on.
TEST(a_supervised_async_start, tells_of_a_child_that_is_killed_meanwhile) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(seed);
    stepped_runtime rt{{.schedulers = 2, .seed = seed, .shuffle = true}};
    EXPECT_EQ(rt.run([]() -> process<> {
      auto crew = co_await crew_on(1);
      spawn_link(
          [](dynamic_supervisor_ref place) -> process<> {
            for (int round = 0; round < 60; ++round) {
              for (pid child : co_await place.children()) exit(child, exit_reason::kill);
              for (int waited = 0; waited < round % 5; ++waited) co_await yield();
            }
          },
          crew);
      for (int count = 0; count < 16; ++count) {
        auto one = co_await try_async_nolink(crew, twice, count);
        if (!one) {
          EXPECT_EQ(one.error().code(), child_error::start_failed);
          continue;
        }
        auto outcome = co_await one->yield();
        if (outcome->has_value())
          EXPECT_EQ(**outcome, 2 * count);
        else
          EXPECT_EQ(outcome->error(), exit_reason::killed);
      }
      co_await sleep_for(10ms);
      co_await expect_nothing(crew);
    }),
              exit_reason::normal);
  }
}

}  // namespace
}  // namespace dialtone
