// SPDX-License-Identifier: Apache-2.0
// The telemetry events of the runtime itself.
#include <dialtone/runtime/runtime_events.hpp>

#include <map>
#include <stdexcept>

#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/logging.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

class process_events : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  process_events() {
    auto keep = [this](const telemetry::record& record) { records_.push_back(record); };
    EXPECT_TRUE(rt_->telemetry().attach("keep", "dialtone.*", keep).has_value());
  }

  // Runs `function` as a child of a process on scheduler 0, to its end; the events that are about it.
  template <class Function>
  std::vector<telemetry::record> events_of(Function function, spawn_options options = {}) {
    options.scheduler = placement::on(GetParam());
    child_ = rt_->spawn(options, function);
    rt_.settle();
    return about(child_);
  }
  std::vector<telemetry::record> about(pid process) {
    std::vector<telemetry::record> found;
    for (const telemetry::record& record : records_)
      if (tag(record, "pid") == to_string(process)) found.push_back(record);
    return found;
  }
  static std::string tag(const telemetry::record& record, std::string_view name) {
    const std::string* value = record.find_tag(name);
    return value == nullptr ? "(none)" : *value;
  }
  static std::int64_t number(const telemetry::record& record, std::string_view name) {
    const telemetry::record::number* value = record.find_measurement(name);
    return value == nullptr ? -1 : std::get<std::int64_t>(*value);
  }

  std::vector<telemetry::record> records_;  // until the runtime has ended
  stepped_runtime rt_{{.schedulers = 2, .runtime = {.level = log_level::off}}};
  pid child_;
};

INSTANTIATE_TEST_SUITE_P(placed, process_events, ::testing::Values(0u, 1u),
                         [](const auto& about) { return about.param == 0 ? "on_scheduler_0" : "on_scheduler_1"; });

TEST_P(process_events, tell_of_the_start_and_of_the_end) {
  auto seen = events_of(end_at_once, {.name = "brief"});
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].event(), "dialtone.process.start");
  EXPECT_EQ(tag(seen[0], "name"), "brief");
  EXPECT_EQ(tag(seen[0], "parent"), to_string(pid{}));
  EXPECT_EQ(seen[1].event(), "dialtone.process.exit");
  EXPECT_EQ(tag(seen[1], "name"), "brief");
  EXPECT_EQ(tag(seen[1], "reason"), "normal");
  EXPECT_EQ(number(seen[1], "mailbox"), 0);
  EXPECT_GE(number(seen[1], "reductions"), 0);
}

TEST_P(process_events, count_what_the_process_held_when_it_ended) {
  static pid lonely;
  events_of([]() -> process<> {
    lonely = spawn([]() -> process<> { co_await yield(); });
    co_return;
  });
  ASSERT_EQ(about(lonely).size(), 2u);
  EXPECT_GT(number(about(lonely)[1], "bytes"), 0) << "its frame at least";

  auto linked = events_of([]() -> process<> {
    spawn_link(wait_for_go);
    for (int i = 0; i < 7; ++i) send(self(), i);
    co_return;
  });
  ASSERT_EQ(linked.size(), 2u);
  EXPECT_GT(number(linked[1], "bytes"), 7 * 4);
  EXPECT_EQ(number(linked[1], "mailbox"), 7);
}

TEST_P(process_events, name_the_parent_of_a_child) {
  auto seen = events_of([]() -> process<> { co_await await_death(spawn(end_at_once)); });
  auto children = std::ranges::count_if(records_, [&](const telemetry::record& record) {
    return record.event() == events::process_start.name() && tag(record, "parent") == to_string(child_);
  });
  EXPECT_EQ(children, 1);
}

TEST_P(process_events, tell_of_a_crash_before_the_end) {
  auto seen = events_of([]() -> process<> {
    throw std::runtime_error{"as planned"};
    co_return;
  });
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[1].event(), "dialtone.process.crash");
  EXPECT_EQ(tag(seen[1], "reason"), "std::runtime_error: as planned");
  EXPECT_EQ(seen[2].event(), "dialtone.process.exit");
  EXPECT_EQ(tag(seen[2], "reason"), "std::runtime_error: as planned");
  EXPECT_GT(number(seen[2], "bytes"), 0);
}

TEST_P(process_events, tell_of_no_crash_where_there_was_none) {
  for (auto end : {+[]() -> process<> {
                     exit(exit_reason::shutdown);
                     co_return;
                   },
                   +[]() -> process<> {
                     exit(because("wish"));
                     co_return;
                   },
                   +[]() -> process<> {
                     throw exit_exception{exit_reason::shutdown};
                     co_return;
                   },
                   +[]() -> process<> {
                     exit(self(), exit_reason::kill);
                     co_return;
                   }}) {
    auto seen = events_of(end);
    ASSERT_EQ(seen.size(), 2u);
    EXPECT_EQ(seen[1].event(), "dialtone.process.exit");
  }
}

TEST_P(process_events, tell_of_each_message_that_overflows_a_mailbox) {
  auto seen = events_of(
      []() -> process<> {
        for (int i = 0; i < 6; ++i) send(self(), i);
        co_return;
      },
      {.mailbox_limit = 1, .mailbox_overflow = mailbox_policy::refuse});
  ASSERT_EQ(seen.size(), 4u) << "two of six were beyond the hard limit of four";
  for (std::size_t i : {1u, 2u}) {
    EXPECT_EQ(seen[i].event(), "dialtone.mailbox.overflow");
    EXPECT_EQ(number(seen[i], "length"), 4);
  }
}

TEST_P(process_events, tell_of_debts_that_were_forgiven) {
  pid slow = rt_->spawn({.scheduler = placement::on(GetParam()), .mailbox_limit = 1}, wait_for_go);
  rt_.settle();
  static pid target;
  target = slow;
  pid eager = rt_.spawn(on(GetParam()), []() -> process<> {
    for (int i = 0; i < 3; ++i) send(target, i);
    co_await yield();
    co_await receive<go>();
  });
  rt_.settle();
  rt_.advance(5s - 1ms);
  EXPECT_EQ(about(eager).size(), 1u);
  rt_.advance(2ms);
  auto seen = about(eager);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[1].event(), "dialtone.mailbox.debt_forgiven");
  EXPECT_EQ(tag(seen[1], "receiver"), to_string(slow));
  EXPECT_NE(tag(seen[1], "why"), "");
}

TEST_P(process_events, of_starts_and_ends_are_as_many) {
  std::map<std::string_view, int> count;
  events_of([]() -> process<> {
    for (std::uint32_t i = 0; i < 200; ++i) spawn_link(on(i % 2), wait_for_go);
    pid killed = spawn_link(on(0), wait_for_go);
    exit(killed, exit_reason::kill);
    pid killed_there = spawn_link(on(1), wait_for_go);
    exit(killed_there, exit_reason::kill);
    co_await receive<go>();
  });
  for (const telemetry::record& record : records_) ++count[record.event()];
  EXPECT_EQ(count["dialtone.process.start"], 203);
  EXPECT_EQ(count["dialtone.process.exit"], 203);
}

TEST(runtime_events, are_attached_to_by_processes_and_from_outside) {
  static int inside;
  int outside = 0;
  inside = 0;
  stepped_runtime rt;
  EXPECT_TRUE(rt->telemetry().attach("outside", "dialtone.process.start", [&](const auto&) { ++outside; }).has_value());
  EXPECT_EQ(rt.run([]() -> process<> {
    EXPECT_TRUE(telemetry::attach("inside", "dialtone.process.exit", [](const auto&) { ++inside; }).has_value());
    EXPECT_FALSE(telemetry::attach("inside", "dialtone.process.exit", [](const auto&) {}).has_value());
    co_await await_death(spawn(end_at_once));
    EXPECT_EQ(inside, 1);
    EXPECT_TRUE(telemetry::detach("inside"));
    co_await await_death(spawn(end_at_once));
    EXPECT_EQ(inside, 1);
  }),
            exit_reason::normal);
  EXPECT_EQ(outside, 3);
}

TEST(runtime_events, carry_the_time_of_the_runtimes_clock) {
  stepped_runtime rt;
  std::vector<time_point> times;
  EXPECT_TRUE(rt->telemetry()
                  .attach("times", "dialtone.process.exit", [&](const auto& record) { times.push_back(record.time()); })
                  .has_value());
  rt.spawn([]() -> process<> { co_await sleep_for(3s); });
  time_point start = rt.clock().now();
  rt.advance(10s);
  ASSERT_EQ(times.size(), 1u);
  EXPECT_EQ(times[0] - start, 3s);
}

TEST(runtime_events, of_a_handler_that_throws_end_nobody_but_the_handler) {
  stepped_runtime rt;
  int called = 0;
  EXPECT_TRUE(rt->telemetry()
                  .attach("broken", "dialtone.process.exit",
                          [&](const auto&) {
                            ++called;
                            throw std::runtime_error{"broken handler"};
                          })
                  .has_value());
  EXPECT_EQ(rt.run(end_at_once), exit_reason::normal);
  EXPECT_EQ(rt.run(end_at_once), exit_reason::normal);
  EXPECT_EQ(called, 1);
  ASSERT_EQ(rt.log().size(), 1u);
  EXPECT_TRUE(rt.log()[0].contains("'broken' was detached: it threw 'broken handler'")) << rt.log()[0];
}

}  // namespace
}  // namespace dialtone
