// SPDX-License-Identifier: Apache-2.0
// What the log says about a process that ends by a fault of its own.
#include <source_location>
#include <stdexcept>

#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

process<> crash() {
  throw std::runtime_error{"as planned"};
  co_return;
}

// The reports among the lines of a log.
std::vector<std::string> reports(const stepped_runtime& rt) {
  std::vector<std::string> found;
  for (const std::string& line : rt.log())
    if (line.contains(" crashed\n")) found.push_back(line);
  return found;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(crash_report, tells_who_why_where_and_how_much) {
  stepped_runtime rt;
  static std::uint32_t line;
  static pid child;
  static pid parent;
  // Not within a macro, whose lines are one to the compiler.
  exit_reason reason = rt.run([]() -> process<> {
    parent = self();
    child = spawn({.name = "pump", .label = "left"}, []() -> process<> {
      send(self(), 1);
      send(self(), 2);
      co_await []() -> task<> {
        line = std::source_location::current().line() + 1;
        co_await yield();
        throw std::out_of_range{"too much pressure"};
      }();
    });
    co_await await_death(child);
  });
  EXPECT_EQ(reason, exit_reason::normal);
  ASSERT_EQ(reports(rt).size(), 1u);
  std::string report = reports(rt).front();
  EXPECT_TRUE(report.starts_with("[error] " + to_string(child) + " pump: ")) << report;
  EXPECT_TRUE(contains(report, "process " + to_string(child) + " pump crashed\n")) << report;
  EXPECT_TRUE(contains(report, "reason: std::out_of_range: too much pressure\n")) << report;
  EXPECT_TRUE(contains(report, "at crash_report_test.cpp:" + std::to_string(line) + " in ")) << report;
  EXPECT_TRUE(contains(report, "parent " + to_string(parent) + ", 2 messages waiting, ")) << report;
  EXPECT_TRUE(contains(report, " reductions, ")) << report;
  EXPECT_TRUE(contains(report, " bytes")) << report;
}

TEST(crash_report, shows_the_label_of_a_process_without_a_name) {
  stepped_runtime rt;
  rt->spawn({.label = "connection 7"}, crash);
  rt.settle();
  ASSERT_EQ(reports(rt).size(), 1u);
  EXPECT_TRUE(contains(reports(rt).front(), " connection 7 crashed\n")) << reports(rt).front();
}

TEST(crash_report, is_made_for_what_a_process_did_to_itself) {
  stepped_runtime rt;
  rt.run([]() -> process<> {
    throw 42;
    co_return;
  });
  rt.run([]() -> process<> {
    throw exit_exception{exit_reason::timeout};
    co_return;
  });
  rt->spawn({.mailbox_limit = 1}, []() -> process<> {
    for (int i = 0; i < 5; ++i) send(self(), i);
    co_await receive<go>();
  });
  rt->spawn({.memory_limit = 1'000}, []() -> process<> {
    co_await []() -> task<> {
      std::array<std::uint64_t, 500> large{};
      co_await receive<go>();
      EXPECT_EQ(large[random() % large.size()], 0u);
    }();
  });
  rt.settle();
  ASSERT_EQ(reports(rt).size(), 4u);
  EXPECT_TRUE(contains(reports(rt)[0], "reason: int\n")) << reports(rt)[0];
  EXPECT_TRUE(contains(reports(rt)[1], "reason: timeout")) << reports(rt)[1];
  EXPECT_TRUE(contains(reports(rt)[2], "reason: mailbox_overflow")) << reports(rt)[2];
  EXPECT_TRUE(contains(reports(rt)[3], "reason: memory_limit")) << reports(rt)[3];
}

TEST(crash_report, is_not_made_for_orderly_ends_and_wishes) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    for (std::uint32_t where : {0u, 1u}) {
      co_await await_death(spawn(on(where), end_at_once));
      co_await await_death(spawn(on(where), end_with, exit_reason::normal));
      co_await await_death(spawn(on(where), end_with, exit_reason::shutdown));
      co_await await_death(spawn(on(where), end_with, exit_reason::shutdown_because("moved")));
      co_await await_death(spawn(on(where), end_with, because("a wish of its own")));
      co_await await_death(spawn(on(where), []() -> process<> {
        throw exit_exception{exit_reason::shutdown};
        co_return;
      }));
      for (exit_reason::code_type reason : {exit_reason::kill, exit_reason::shutdown, exit_reason::custom}) {
        pid victim = spawn(on(where), wait_for_go);
        exit(victim, reason);
        co_await await_death(victim);
      }
      pid linked = spawn(on(where), []() -> process<> {
        spawn_link(end_with, because("a neighbour"));
        co_await receive<go>();
      });
      co_await await_death(linked);
    }
  }),
            exit_reason::normal);
  EXPECT_TRUE(rt.log().empty()) << rt.log().front();
}

// An exception after the exit signal is a consequence of nothing: the process had ended already.
TEST(crash_report, is_not_made_for_an_exception_after_the_end) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    pid victim = spawn([]() -> process<> {
      try {
        exit(exit_reason::shutdown);
      } catch (...) {
        throw std::runtime_error{"on the way out"};
      }
      co_return;
    });
    auto watched = monitor(victim);
    EXPECT_EQ(co_await end_of(watched), exit_reason::shutdown);
  }),
            exit_reason::normal);
  EXPECT_TRUE(reports(rt).empty()) << reports(rt).front();
}

TEST(crash_report, is_limited_to_bursts_of_20_and_10_a_second) {
  stepped_runtime rt;
  auto crash_often = [&](int times) {
    std::size_t before = reports(rt).size();
    for (int i = 0; i < times; ++i) rt.spawn(crash);
    rt.settle();
    return reports(rt).size() - before;
  };
  EXPECT_EQ(crash_often(20), 20u);
  EXPECT_EQ(crash_often(1), 0u);
  EXPECT_EQ(crash_often(999), 0u);
  rt.advance(99ms);
  EXPECT_EQ(crash_often(1), 0u);
  rt.advance(1ms);
  EXPECT_EQ(crash_often(5), 1u);
  EXPECT_TRUE(contains(reports(rt).back(), "(1001 crash reports before this one were left out)")) << reports(rt).back();
  rt.advance(1s);
  EXPECT_EQ(crash_often(100), 10u);
  rt.advance(1h);
  EXPECT_EQ(crash_often(100), 20u);
}

TEST(crash_report, is_written_below_its_level_only) {
  stepped_runtime rt{{.runtime = {.level = log_level::critical}}};
  rt.run(crash);
  EXPECT_TRUE(rt.log().empty());
}

}  // namespace
}  // namespace dialtone
