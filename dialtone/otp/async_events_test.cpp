// SPDX-License-Identifier: Apache-2.0
// What telemetry tells of async tasks.
#include <gtest/gtest.h>

#include <dialtone/otp/async_doubles_test.hpp>
#include <dialtone/otp/async_events.hpp>
#include <dialtone/otp/async_stream_supervised.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using telemetry::record;

std::int64_t duration_of(const record& told) { return std::get<std::int64_t>(*told.find_measurement("duration")); }

class async_events : public ::testing::Test {
 protected:
  void listen(const std::string& pattern = "dialtone.async.*") {
    ASSERT_TRUE(rt->telemetry().attach("test", pattern, [this](const record& one) { told.push_back(one); }));
  }
  void run(process<> (*scenario)()) { EXPECT_EQ(rt.run(scenario), exit_reason::normal); }
  std::string reason_of_only_end() {
    std::string reason;
    for (const record& one : told)
      if (one.event() == events::async_end.name()) reason += *one.find_tag("reason");
    return reason;
  }
  stepped_runtime rt;
  std::vector<record> told;
};

TEST_F(async_events, tell_of_the_begin_and_the_end_with_duration_and_reason) {
  listen();
  static pid owner;
  static pid process;
  run([]() -> dialtone::process<> {
    auto slow = dialtone::async(answer_after, 20ms, 1);
    owner = self();
    process = slow.pid();
    co_await slow.await();
  });
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].event(), "dialtone.async.start");
  EXPECT_EQ(told[1].event(), "dialtone.async.stop");
  for (const record& one : told) {
    EXPECT_EQ(*one.find_tag("pid"), to_string(process));
    EXPECT_EQ(*one.find_tag("owner"), to_string(owner));
  }
  EXPECT_EQ(*told[1].find_tag("reason"), "normal");
  EXPECT_GE(duration_of(told[1]), duration{20ms}.count());
  EXPECT_LE(duration_of(told[1]), duration{22ms}.count());
}

TEST_F(async_events, tell_the_reason_of_a_crash) {
  listen();
  run([]() -> process<> {
    auto crashing = async_nolink([]() -> task<int> { throw std::runtime_error{"as planned"}; });
    co_await crashing.yield();
  });
  EXPECT_TRUE(reason_of_only_end().starts_with("std::runtime_error: as planned")) << reason_of_only_end();
}

TEST_F(async_events, tell_the_reason_of_an_exit_and_of_a_kill) {
  listen();
  run([]() -> process<> {
    auto leaving = async_nolink(crash_after, 0s);
    co_await leaving.yield();
    auto killed = async_nolink(never_answer);
    co_await sleep_for(1ms);
    EXPECT_FALSE((co_await killed.shutdown(brutal_kill)).has_value());
  });
  EXPECT_EQ(reason_of_only_end(), "custom: as plannedkilled");
}

TEST_F(async_events, tell_of_one_for_the_effect_without_an_owner) {
  listen();
  run([]() -> process<> {
    async_start(twice, 1);
    co_await sleep_for(1ms);
  });
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].find_tag("owner"), nullptr);
  EXPECT_EQ(*told[1].find_tag("reason"), "normal");
}

TEST_F(async_events, tell_of_each_item_of_a_stream) {
  listen();
  run([]() -> process<> {
    auto stream = async_stream(std::views::iota(0, 5), twice);
    while (co_await stream.next()) continue;
    co_await sleep_for(1ms);
  });
  EXPECT_EQ(told.size(), 10u);
}

TEST_F(async_events, tell_of_a_child_of_a_supervisor_and_whose_it_is) {
  listen();
  static pid owner;
  run([]() -> process<> {
    owner = self();
    auto workers = co_await start_link(dynamic_supervisor_spec{});
    auto crashing = co_await async_nolink(workers, crash_after, 20ms);
    co_await crashing.yield();
    co_await async_start(workers, twice, 1);
    co_await sleep_for(1ms);
    co_await workers.stop();
  });
  ASSERT_EQ(told.size(), 4u);
  EXPECT_EQ(*told[0].find_tag("owner"), to_string(owner));
  EXPECT_EQ(*told[1].find_tag("reason"), "custom: as planned");
  EXPECT_GE(duration_of(told[1]), duration{20ms}.count());
  EXPECT_EQ(told[2].find_tag("owner"), nullptr);
}

TEST_F(async_events, tell_nothing_of_the_end_where_nobody_heard_the_begin) {
  auto slow = rt.spawn([]() -> process<> {
    auto one = dialtone::async(answer_after, 20ms, 1);
    co_await one.await();
  });
  rt.settle();
  listen("dialtone.async.stop");
  rt.advance(30ms);
  EXPECT_FALSE(rt->info(slow).has_value());
  EXPECT_TRUE(told.empty());
}

TEST_F(async_events, tell_nothing_of_one_that_is_killed_before_it_has_run) {
  listen();
  run([]() -> process<> {
    auto killed = async_nolink(never_answer);
    exit(killed.pid(), exit_reason::kill);
    EXPECT_EQ((*co_await killed.yield()).error(), exit_reason::killed);
  });
  EXPECT_TRUE(told.empty());
}

}  // namespace
}  // namespace dialtone
