// SPDX-License-Identifier: Apache-2.0
// The forms of spawn that return why a process was not started, and the options of runtime::run.
#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace testing;

TEST(try_spawn, without_options_starts_a_process) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto child = try_spawn(wait_for_go);
    EXPECT_TRUE(child.has_value());
    send(child.value(), go{});
    co_await await_death(child.value());
  }),
            exit_reason::normal);
}

TEST(try_spawn_link, links_what_it_starts) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    trap_exit();
    for (std::uint32_t where : {0u, 1u}) {
      auto child = try_spawn_link(on(where), end_later_with, because("told to"));
      EXPECT_TRUE(child.has_value());
      EXPECT_EQ(co_await links_of(self()), 1u);
      send(child.value(), go{});
      EXPECT_EQ((co_await receive<exited>()).pid, child.value());
    }
    auto plain = try_spawn_link(end_later_with, because("told to"));
    send(plain.value(), go{});
    EXPECT_EQ((co_await receive<exited>()).reason, because("told to"));
  }),
            exit_reason::normal);
}

TEST(try_spawn_link, leaves_no_link_when_it_is_refused) {
  stepped_runtime rt{{.schedulers = 2, .runtime = {.process_limit = 2}}};
  EXPECT_EQ(rt.run([]() -> process<> {
    trap_exit();
    register_name("one");
    for (std::uint32_t where : {0u, 1u}) {
      auto second = try_spawn_link({.name = "one", .scheduler = placement::on(where)}, wait_for_go);
      EXPECT_EQ(second, std::unexpected{spawn_error::name_taken});
    }
    spawn(wait_for_go);
    EXPECT_EQ(try_spawn_link(wait_for_go), std::unexpected{spawn_error::process_limit});
    EXPECT_EQ(try_spawn_link(on(1), wait_for_go), std::unexpected{spawn_error::process_limit});
    EXPECT_EQ(co_await links_of(self()), 0u);
    EXPECT_FALSE((co_await receive<exited>(after(std::chrono::seconds{1}))).has_value());
  }),
            exit_reason::normal);
}

TEST(try_spawn_monitor, watches_what_it_starts) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    for (std::uint32_t where : {0u, 1u}) {
      auto child = try_spawn_monitor(on(where), end_with, because("no work"));
      EXPECT_TRUE(child.has_value());
      EXPECT_EQ(co_await end_of(child->reference), because("no work"));
    }
    auto plain = try_spawn_monitor(end_at_once);
    EXPECT_EQ(co_await end_of(plain->reference), exit_reason::normal);
  }),
            exit_reason::normal);
}

TEST(try_spawn_monitor, leaves_no_monitor_when_it_is_refused) {
  stepped_runtime rt{{.schedulers = 2, .runtime = {.process_limit = 1}}};
  EXPECT_EQ(rt.run([]() -> process<> {
    for (std::uint32_t where : {0u, 1u}) {
      auto child = try_spawn_monitor(on(where), wait_for_go);
      EXPECT_FALSE(child.has_value());
      if (!child) EXPECT_EQ(child.error(), spawn_error::process_limit);
    }
    EXPECT_EQ((co_await info_of(self()))->monitors, 0u);
    EXPECT_FALSE((co_await receive<down>(after(std::chrono::seconds{1}))).has_value());
  }),
            exit_reason::normal);
}

TEST(runtime_run, takes_the_options_of_a_spawn) {
  stepped_runtime rt{{.schedulers = 2}};
  auto end_with_a_name = []() -> process<> {
    EXPECT_EQ(whereis("one"), self());
    EXPECT_EQ(self().scheduler(), 1u);
    exit(because("seen"));
    co_return;
  };
  EXPECT_EQ(rt.run({.name = "one", .scheduler = placement::on(1)}, end_with_a_name), because("seen"));
  EXPECT_EQ(rt->run({.name = "one", .scheduler = placement::on(1)}, end_with_a_name), because("seen"));
  const spawn_options stubborn{.trap_exit = true};
  EXPECT_EQ(rt.run(stubborn,
                   []() -> process<> {
                     EXPECT_TRUE(trap_exit());
                     co_return;
                   }),
            exit_reason::normal);
}

TEST(runtime_run, throws_when_the_process_is_not_started) {
  stepped_runtime rt;
  rt.spawn({.name = "one"}, wait_for_go);
  EXPECT_THROW(rt.run({.name = "one"}, end_at_once), system_limit_reached);
}

}  // namespace
}  // namespace dialtone
