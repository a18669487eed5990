// SPDX-License-Identifier: Apache-2.0
// Async tasks whose processes are children of a dynamic supervisor.
#include <gtest/gtest.h>

#include <dialtone/otp/async_doubles_test.hpp>
#include <dialtone/otp/async_many.hpp>
#include <dialtone/otp/async_supervised.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

task<dynamic_supervisor_ref> workers_on(std::uint32_t where, std::size_t limit = 100) {
  return start_link(
      dynamic_supervisor_spec{.max_children = limit, .children = placement::on(where), .spawn = on(where)});
}

task<std::size_t> count_of(dynamic_supervisor_ref workers) {
  const auto running = co_await workers.children();
  co_return running.size();
}

task<pid> name_yourself() { co_return self(); }

struct noted {
  explicit noted(pid observer) : observer{observer} {}
  noted(noted&& other) noexcept : observer{std::exchange(other.observer, pid{})} {}
  noted& operator=(noted&&) = delete;
  ~noted() {
    if (observer) send(observer, self());
  }
  pid observer;
};

}  // namespace

template <>
inline constexpr bool enable_sendable<noted> = true;

namespace {

class supervised_async : public two_schedulers {
 protected:
  supervised_async() : two_schedulers{{.level = log_level::off}} {}
};
INSTANTIATE_TEST_SUITE_P(placed, supervised_async, beside_and_elsewhere, name_of_place);

TEST_P(supervised_async, answers) {
  run([](std::uint32_t where) -> process<> {
    auto workers = co_await workers_on(where);
    auto linked = co_await async(workers, twice, 4);
    auto alone = co_await async_nolink(workers, twice, 5);
    EXPECT_EQ(co_await alone.await(), 10);
    EXPECT_EQ(co_await linked.await(), 8);
    EXPECT_EQ(linked.pid().scheduler(), where);
    co_await sleep_for(1ms);
    EXPECT_EQ(co_await count_of(workers), 0u) << "the supervisor has forgotten them";
    EXPECT_EQ(co_await links_of(self()), 1u) << "to the supervisor";
    EXPECT_EQ(co_await mailbox_length(), 0u);
  });
}

TEST_P(supervised_async, runs_any_function_that_async_runs) {
  run([](std::uint32_t where) -> process<> {
    auto workers = co_await workers_on(where);
    auto moved = co_await async(workers, [](std::unique_ptr<int> number) { return number; }, std::make_unique<int>(6));
    EXPECT_EQ(*co_await moved.await(), 6);
    auto waits = co_await async(
        workers,
        [](std::unique_ptr<int> number) -> task<std::unique_ptr<int>> {
          co_await sleep_for(1ms);
          co_return number;
        },
        std::make_unique<int>(7));
    EXPECT_EQ(*co_await waits.await(), 7);
    auto plain = co_await async(workers, [](pid observer) { send(observer, go{}); }, self());
    co_await plain.await();
    auto empty = co_await async(
        workers,
        [](pid observer) -> task<> {
          co_await sleep_for(1ms);
          send(observer, go{});
        },
        self());
    co_await empty.await();
    for (int count = 0; count < 2; ++count) co_await receive<go>();
  });
}

TEST_P(supervised_async, gives_what_it_was_given_back_before_its_result_is_seen) {
  run([](std::uint32_t where) -> process<> {
    auto workers = co_await workers_on(where);
    auto one = co_await async(workers, [](noted) -> task<int> { co_return 1; }, noted{self()});
    EXPECT_EQ(co_await one.await(), 1);
    EXPECT_EQ(co_await mailbox_length(), 1u);
    EXPECT_EQ(co_await receive<pid>(), one.pid()) << "in its own process";
    auto other = co_await async(workers, [](noted) { return 2; }, noted{self()});
    EXPECT_EQ(co_await other.await(), 2);
    EXPECT_EQ(co_await mailbox_length(), 1u);
    EXPECT_EQ(co_await receive<pid>(), other.pid());
  });
}

TEST_P(supervised_async, is_a_temporary_child_of_its_supervisor) {
  run([](std::uint32_t where) -> process<> {
    auto workers = co_await workers_on(where);
    auto one = co_await async_nolink(workers, never_answer);
    auto other = co_await async_nolink(workers, {.id = "fetch"}, never_answer);
    auto children = co_await workers.which_children();
    EXPECT_EQ(children.size(), 2u);
    for (const child_info& each : children) EXPECT_EQ(each.pid, each.id == "fetch" ? other.pid() : one.pid());
    EXPECT_EQ((co_await info_of(one.pid()))->parent, workers.pid());
    EXPECT_EQ((co_await workers.count_children()).workers, 2u);
    EXPECT_TRUE(co_await workers.terminate_child(one.pid()));
    EXPECT_EQ((*co_await one.yield()).error(), exit_reason::shutdown);
  });
}

TEST_P(supervised_async, has_options_of_its_process) {
  run([](std::uint32_t where) -> process<> {
    auto workers = co_await workers_on(1 - where);
    auto placed =
        co_await async(workers, {.process = {.name = "fetch", .scheduler = placement::on(where)}}, name_yourself);
    pid process = co_await placed.await();
    EXPECT_EQ(process.scheduler(), where);
    auto taken = co_await async(workers, {.process = {.name = "one"}}, never_answer);
    auto refused = co_await try_async(workers, {.process = {.name = "one"}}, never_answer);
    EXPECT_EQ(refused.error().code(), child_error::start_failed);
    EXPECT_FALSE((co_await taken.shutdown()).has_value());
  });
}

TEST_P(supervised_async, that_crashes_ends_its_owner_and_nobody_else) {
  run([](std::uint32_t where) -> process<> {
    auto workers = co_await workers_on(where);
    auto other = co_await async(workers, never_answer);
    auto [owner, watched] = spawn_monitor(
        [](dynamic_supervisor_ref place) -> process<> {
          auto crashing = co_await async(place, crash_after, 1ms);
          auto beside = co_await async(place, never_answer);
          co_await sleep_for(1h);
        },
        workers);
    EXPECT_EQ(co_await end_of(watched), because("as planned"));
    co_await sleep_for(1ms);
    EXPECT_EQ(co_await workers.children(), std::vector{other.pid()})
        << "what the owner was linked to has ended with it";
    EXPECT_FALSE((co_await other.shutdown()).has_value());
  });
}

TEST_P(supervised_async, that_crashes_without_a_link_has_that_as_its_outcome) {
  run([](std::uint32_t where) -> process<> {
    auto workers = co_await workers_on(where);
    auto crashing = co_await async_nolink(workers, crash_after, 1ms);
    auto other = co_await async_nolink(workers, answer_after, 5ms, 1);
    EXPECT_EQ((*co_await crashing.yield()).error(), because("as planned"));
    EXPECT_EQ(co_await other.await(), 1);
    for (int many = 0; many < 20; ++many) {
      auto next = co_await async_nolink(workers, crash_after, 0s);
      EXPECT_EQ((*co_await next.yield()).error(), because("as planned"));
    }
    EXPECT_EQ(co_await count_of(workers), 0u) << "and counts as no restart";
  });
}

TEST_P(supervised_async, that_is_killed_touches_no_other) {
  run([](std::uint32_t where) -> process<> {
    auto workers = co_await workers_on(where);
    auto killed = co_await async_nolink(workers, never_answer);
    auto other = co_await async_nolink(workers, answer_after, 5ms, 1);
    exit(killed.pid(), exit_reason::kill);
    EXPECT_EQ((*co_await killed.yield()).error(), exit_reason::killed);
    EXPECT_EQ(co_await other.await(), 1);
  });
}

TEST_P(supervised_async, ends_with_a_linked_owner_and_goes_on_without_one_that_is_not) {
  run([](std::uint32_t where) -> process<> {
    auto workers = co_await workers_on(where);
    for (bool linked : {true, false}) {
      auto [owner, watched] = spawn_monitor(
          [](dynamic_supervisor_ref place, bool link) -> process<> {
            auto one =
                link ? co_await async(place, answer_after, 1h, 1) : co_await async_nolink(place, answer_after, 1h, 1);
            exit(because("tired"));
          },
          workers, linked);
      EXPECT_EQ(co_await end_of(watched), because("tired"));
      co_await sleep_for(1ms);
      EXPECT_EQ(co_await count_of(workers), linked ? 0u : 1u);
    }
    co_await workers.stop();
  });
}

TEST_P(supervised_async, counts_towards_the_limit_of_its_supervisor) {
  run([](std::uint32_t where) -> process<> {
    auto workers = co_await workers_on(where, 2);
    auto first = co_await async(workers, never_answer);
    auto last = co_await try_async(workers, never_answer);
    EXPECT_TRUE(last.has_value());
    EXPECT_EQ((co_await try_async(workers, twice, 1)).error(), child_error::limit_reached);
    EXPECT_EQ((co_await try_async_nolink(workers, twice, 1)).error(), child_error::limit_reached);
    EXPECT_EQ((co_await try_async_start(workers, twice, 1)).error(), child_error::limit_reached);
    bool refused = false;
    try {
      static_cast<void>(co_await async(workers, twice, 1));
    } catch (const async_refused& failure) {
      refused = failure.error() == child_error::limit_reached;
      EXPECT_EQ(failure.reason().code(), exit_reason::custom);
    }
    EXPECT_TRUE(refused);
    EXPECT_FALSE((co_await first.shutdown()).has_value());
    auto next = co_await async(workers, twice, 2);
    EXPECT_EQ(co_await next.await(), 4);
    EXPECT_FALSE((co_await last->shutdown()).has_value());
  });
}

TEST_P(supervised_async, whose_supervisor_is_dead_is_refused) {
  run([](std::uint32_t where) -> process<> {
    auto workers = co_await workers_on(where);
    co_await workers.stop();
    auto refused = co_await try_async(workers, twice, 1);
    EXPECT_EQ(refused.error().code(), child_error::no_answer);
    EXPECT_EQ(refused.error().pid(), workers.pid());
    EXPECT_EQ((co_await try_async_start(workers, twice, 1)).error().code(), child_error::no_answer);
    EXPECT_EQ((co_await try_async(dynamic_supervisor_ref{}, twice, 1)).error().code(), child_error::no_answer);
    auto [owner, watched] = spawn_monitor(
        [](dynamic_supervisor_ref place) -> process<> { auto never = co_await async_nolink(place, twice, 1); },
        workers);
    EXPECT_EQ(co_await end_of(watched), exit_reason::noproc);
  });
}

TEST_P(supervised_async, that_is_awaited_fails_with_the_reason_of_its_supervisor) {
  run([](std::uint32_t where) -> process<> {
    trap_exit();
    for (exit_reason reason : {exit_reason{exit_reason::shutdown}, exit_reason{exit_reason::kill}}) {
      auto workers = co_await workers_on(where);
      auto one = co_await async_nolink(workers, never_answer);
      exit(workers.pid(), reason);
      const exit_reason seen = reason == exit_reason::kill ? exit_reason::killed : reason;
      bool failed = false;
      try {
        co_await one.await();
      } catch (const await_failed& failure) {
        failed = failure.why() == seen;
      }
      EXPECT_TRUE(failed);
      EXPECT_EQ((co_await receive<exited>()).reason, seen);
    }
  });
}

TEST_P(supervised_async, that_is_linked_takes_its_owner_along_when_the_supervisor_ends) {
  run([](std::uint32_t where) -> process<> {
    auto workers = co_await workers_on(where);
    auto [owner, watched] = spawn_monitor(
        [](dynamic_supervisor_ref place) -> process<> {
          auto one = co_await async(place, never_answer);
          co_await one.await(duration::max());
        },
        workers);
    co_await sleep_for(5ms);
    co_await workers.stop();
    EXPECT_EQ(co_await end_of(watched), exit_reason::shutdown);
  });
}

TEST_P(supervised_async, has_the_time_of_its_options_to_shut_down) {
  run([](std::uint32_t where) -> process<> {
    struct one_case {
      duration limit;
      duration least;
      exit_reason end;
    };
    for (const one_case& each : {one_case{5s, 5s, exit_reason::killed}, one_case{50ms, 50ms, exit_reason::killed},
                                 one_case{brutal_kill, 0s, exit_reason::killed}}) {
      auto workers = co_await workers_on(where);
      auto one = each.limit == 5s ? co_await async_nolink(workers, outlive_shutdown)
                                  : co_await async_nolink(workers, {.shutdown = each.limit}, outlive_shutdown);
      co_await sleep_for(1ms);
      time_point start = now();
      co_await workers.stop();
      EXPECT_GE(now() - start, each.least);
      EXPECT_LE(now() - start, each.least + 3ms);
      EXPECT_EQ((*co_await one.yield()).error(), each.end);
    }
  });
}

TEST_P(supervised_async, may_answer_when_its_supervisor_ends_it) {
  run([](std::uint32_t where) -> process<> {
    auto workers = co_await workers_on(where);
    auto one = co_await async_nolink(workers, answer_at_shutdown, 9);
    co_await sleep_for(1ms);
    co_await workers.stop();
    EXPECT_EQ(co_await one.await(), 9);
  });
}

TEST_P(supervised_async, is_shut_down_and_ignored_as_any_other) {
  run([](std::uint32_t where) -> process<> {
    auto workers = co_await workers_on(where);
    auto ended = co_await async(workers, never_answer);
    EXPECT_FALSE((co_await ended.shutdown()).has_value());
    auto stubborn = co_await async(workers, outlive_shutdown);
    co_await sleep_for(1ms);
    EXPECT_EQ((*co_await stubborn.shutdown(5ms)).error(), exit_reason::killed);
    auto alone = co_await async(workers, crash_after, 1ms);
    EXPECT_FALSE(alone.ignore().has_value());
    co_await sleep_for(5ms);
    EXPECT_EQ(co_await count_of(workers), 0u);
    EXPECT_EQ(co_await links_of(self()), 1u);
    EXPECT_EQ(co_await mailbox_length(), 0u);
  });
}

TEST_P(supervised_async, is_awaited_with_others) {
  run([](std::uint32_t where) -> process<> {
    auto workers = co_await workers_on(where);
    std::vector<async_task<int>> some;
    for (int number = 0; number < 5; ++number) some.push_back(co_await async(workers, twice, number));
    some.push_back(dialtone::async(twice, 5));
    EXPECT_EQ(co_await await_many(some), (std::vector{0, 2, 4, 6, 8, 10}));
  });
}

TEST_P(supervised_async, may_be_started_by_another) {
  run([](std::uint32_t where) -> process<> {
    auto workers = co_await workers_on(where);
    auto outer = co_await async(
        workers,
        [](dynamic_supervisor_ref same) -> task<int> {
          auto inner = co_await async(same, twice, 4);
          co_return co_await inner.await();
        },
        workers);
    EXPECT_EQ(co_await outer.await(), 8);
  });
}

}  // namespace
}  // namespace dialtone
