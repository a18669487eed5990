// SPDX-License-Identifier: Apache-2.0
// Applications whose functions do their worst: what was started is stopped in order all the same.
#include <gtest/gtest.h>

#include <dialtone/otp/application.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

std::string diary;

struct page {
  std::string name;
  explicit page(std::string whose) : name{std::move(whose)} { diary += "start " + name + ", "; }
  page(const page&) = delete;
  ~page() { diary += "stop " + name + ", "; }
};

process<> live(std::string name) {
  page written{name};
  trap_exit();
  static_cast<void>(co_await receive<exited>());
  co_await sleep_for(10ms);
  exit(exit_reason::shutdown);
}

supervisor_spec tree_of(const environment& settings) {
  const auto name = settings.get<std::string>("name");
  return {.children = {child(name, live, name)}};
}

application simple(std::string name, std::vector<application> needs = {}) {
  return {.name = name, .start = tree_of, .settings = {{"name", name}}, .needs = std::move(needs)};
}

class hostile_applications : public ::testing::Test {
 protected:
  hostile_applications() { diary.clear(); }
  /// Runs the program until it ends, or for a second; then stops it. What it has ended with.
  static process<> watch(application program) {
    auto [running, watched] = spawn_monitor(run_application, std::move(program), std::vector<configured>{});
    auto ended = co_await receive<down>(after(1s));
    if (!ended) {
      exit(running, exit_reason::shutdown);
      ended = co_await receive<down>();
    }
    diary += to_string(ended->reason);
  }
  std::string life_of(application program) {
    EXPECT_EQ(rt.run(&watch, std::move(program)), exit_reason::normal);
    EXPECT_EQ(rt->processes().size(), 1u);  // that which asks
    return std::exchange(diary, {});
  }
  testing::stepped_runtime rt;
};

constexpr const char* in_order = "start a, start b, stop b, stop a, ";

TEST_F(hostile_applications, whose_phases_exit_or_throw_anything_are_stopped_in_order) {
  task<> (*phases[])(environment) = {
      [](environment) -> task<> {
        exit(testing::because("no phase"));
        co_return;
      },
      [](environment) -> task<> {
        throw exit_exception{testing::because("no phase")};
        co_return;
      },
      [](environment) -> task<> {
        co_await sleep_for(1ms);
        exit(testing::because("no phase"));
      },
  };
  for (auto phase : phases) {
    application top = simple("b", {simple("a")});
    top.phases = {{"first", phase}};
    EXPECT_EQ(life_of(std::move(top)), std::string{in_order} + "custom: no phase");
  }
}

TEST_F(hostile_applications, whose_phases_throw_what_is_no_exception_are_stopped_in_order) {
  application top = simple("b", {simple("a")});
  top.phases = {{"first", [](environment) -> task<> {
                   throw 5;
                   co_return;
                 }}};
  EXPECT_TRUE(life_of(std::move(top)).starts_with(in_order));
}

TEST_F(hostile_applications, whose_start_functions_exit_or_throw_stop_what_was_started) {
  supervisor_spec (*starts[])(const environment&) = {
      [](const environment&) -> supervisor_spec { exit(testing::because("no tree")); },
      [](const environment&) -> supervisor_spec { throw exit_exception{testing::because("no tree")}; },
  };
  for (auto start : starts) {
    application top = simple("b", {simple("a")});
    top.start = start;
    EXPECT_EQ(life_of(std::move(top)), "start a, stop a, custom: no tree");
  }
}

TEST_F(hostile_applications, that_do_not_say_good_bye_in_order_do_not_keep_the_others_from_it) {
  task<> (*good_byes[])(environment) = {
      [](environment) -> task<> {
        exit(testing::because("bye"));
        co_return;
      },
      [](environment) -> task<> {
        throw 5;
        co_return;
      },
      [](environment) -> task<> {
        throw std::runtime_error{"bye"};
        co_return;
      },
  };
  for (auto good_bye : good_byes) {
    application top = simple("b", {simple("a")});
    top.prepare_stop = good_bye;
    EXPECT_EQ(life_of(top), std::string{in_order} + "shutdown");
    top.prepare_stop = nullptr;
    top.stopped = good_bye;
    EXPECT_EQ(life_of(top), std::string{in_order} + "shutdown");
  }
}

TEST_F(hostile_applications, whose_controller_is_killed_leave_nothing) {
  application top = simple("b", {simple("a")});
  top.phases = {{"first", [](environment) -> task<> {
                   exit(self(), exit_reason::kill);
                   co_await sleep_for(1h);
                 }}};
  EXPECT_EQ(rt.run(&watch, std::move(top)), exit_reason::normal);
  EXPECT_EQ(diary, "start a, start b, killed");
  rt.advance(1s);
  EXPECT_EQ(rt->processes().size(), 1u);  // that which asks
}

TEST_F(hostile_applications, that_need_a_hundred_others_start_and_stop_them_in_order) {
  application top = simple("0");
  std::string expected = "start 0, ";
  std::string after;
  for (int level = 1; level < 100; ++level) {
    top = simple(std::to_string(level), {top});
    expected += "start " + std::to_string(level) + ", ";
  }
  for (int level = 99; level >= 0; --level) expected += "stop " + std::to_string(level) + ", ";
  EXPECT_EQ(life_of(std::move(top)), expected + "shutdown");
}

}  // namespace
}  // namespace dialtone
