// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/spawn.hpp>

#include <array>
#include <set>

#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

TEST(spawn, begins_to_run_when_the_caller_awaits) {
  stepped_runtime rt;
  static int runs;
  runs = 0;
  EXPECT_EQ(rt.run([]() -> process<> {
    spawn([]() -> process<> {
      ++runs;
      co_return;
    });
    EXPECT_EQ(runs, 0);
    co_await yield();
    EXPECT_EQ(runs, 1);
  }),
            exit_reason::normal);
}

TEST(spawn, starts_in_the_order_of_the_calls) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    for (int i = 0; i < 10; ++i) {
      spawn(
          [](pid teller, int number) -> process<> {
            send(teller, number);
            co_return;
          },
          self(), i);
    }
    for (int i = 0; i < 10; ++i) EXPECT_EQ(co_await receive<int>(), i);
  }),
            exit_reason::normal);
}

TEST(spawn, makes_the_caller_the_parent) {
  stepped_runtime rt{{.schedulers = 2}};
  pid root = rt.spawn([]() -> process<> {
    auto mine = co_await info_of(self());
    EXPECT_EQ(mine ? mine->parent : self(), pid{});
    for (std::uint32_t where : {0u, 1u}) {
      auto child = co_await info_of(spawn(on(where), wait_for_go));
      EXPECT_EQ(child ? child->parent : pid{}, self());
    }
  });
  EXPECT_TRUE(root);
  rt.settle();
}

TEST(spawn, gives_what_the_options_ask_for) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    for (std::uint32_t where : {0u, 1u}) {
      std::string name = "cache " + std::to_string(where);
      pid child = spawn({.name = name,
                         .label = "keeps things",
                         .scheduler = placement::on(where),
                         .mailbox_limit = 77,
                         .trap_exit = true},
                        wait_for_go);
      EXPECT_EQ(child.scheduler(), where);
      EXPECT_EQ(whereis(name), child);
      auto info = co_await info_of(child);
      EXPECT_TRUE(info.has_value());
      if (!info) continue;
      EXPECT_EQ(info->names, std::vector<std::string>{name});
      EXPECT_EQ(info->label, "keeps things");
      EXPECT_EQ(info->mailbox_limit, 77u);
      EXPECT_TRUE(info->traps_exits);
    }
    auto plain = co_await info_of(spawn(wait_for_go));
    EXPECT_EQ(plain ? plain->mailbox_limit : 0, 65'536u);
    EXPECT_FALSE(plain && plain->traps_exits);
  }),
            exit_reason::normal);
}

TEST(spawn, stays_on_the_scheduler_of_the_caller_by_default) {
  stepped_runtime rt{{.schedulers = 3}};
  EXPECT_EQ(rt.run([]() -> process<> {
    pid there = spawn(
        on(2),
        [](pid teller) -> process<> {
          send(teller, spawn(wait_for_go));
          co_return;
        },
        self());
    EXPECT_EQ(there.scheduler(), 2u);
    EXPECT_EQ((co_await receive<pid>()).scheduler(), 2u);
  }),
            exit_reason::normal);
}

TEST(spawn, spreads_evenly) {
  constexpr std::uint32_t schedulers = 4;
  stepped_runtime rt{{.schedulers = schedulers}};
  EXPECT_EQ(rt.run([]() -> process<> {
    std::array<int, schedulers> count{};
    for (int i = 0; i < 100; ++i) ++count[spawn({.scheduler = placement::spread()}, wait_for_go).scheduler()];
    for (int each : count) EXPECT_EQ(each, 25);
    co_return;
  }),
            exit_reason::normal);
  std::array<int, schedulers> roots{};
  for (int i = 0; i < 100; ++i) ++roots[rt->spawn({.scheduler = placement::spread()}, wait_for_go).scheduler()];
  for (int each : roots) EXPECT_EQ(each, 25);
}

TEST(spawn, gives_each_process_a_pid_of_its_own) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    std::set<pid> seen;
    for (int i = 0; i < 3'000; ++i) {
      EXPECT_TRUE(seen.insert(spawn(end_at_once)).second);
      EXPECT_TRUE(seen.insert(spawn(on(1), end_at_once)).second);
      if (i % 100 == 0) co_await sleep_for(1ms);
    }
  }),
            exit_reason::normal);
}

TEST(spawn, does_not_leave_the_processes_uncounted_or_counted_twice) {
  stepped_runtime rt{{.schedulers = 3}};
  EXPECT_EQ(rt.run([]() -> process<> {
    EXPECT_EQ(process_count(), 1u);
    for (int round = 0; round < 5; ++round) {
      for (int i = 0; i < 300; ++i) spawn({.scheduler = placement::spread()}, wait_for_go);
      co_await sleep_for(1ms);
      EXPECT_EQ(process_count(), 301u);
      for (pid each : co_await all_processes())
        if (each != self()) send(each, go{});
      co_await sleep_for(1ms);
      EXPECT_EQ(process_count(), 1u);
      EXPECT_EQ((co_await all_processes()).size(), 1u);
    }
  }),
            exit_reason::normal);
}

TEST(spawn_names, are_registered_before_the_process_runs) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto child = spawn_monitor({.name = "early"}, []() -> process<> {
      EXPECT_EQ(whereis("early"), self());
      co_return;
    });
    EXPECT_EQ(whereis("early"), child.pid);
    co_await end_of(child.reference);
    EXPECT_EQ(whereis("early"), std::nullopt);
  }),
            exit_reason::normal);
}

TEST(spawn_names, that_are_taken_are_an_error) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    pid owner = spawn({.name = "one"}, wait_for_go);
    for (std::uint32_t where : {0u, 1u}) {
      auto second = try_spawn({.name = "one", .scheduler = placement::on(where)}, wait_for_go);
      EXPECT_FALSE(second.has_value());
      if (!second) EXPECT_EQ(second.error(), spawn_error::name_taken);
    }
    EXPECT_EQ(whereis("one"), owner);
    send(owner, go{});
    co_await await_death(owner);
    EXPECT_TRUE(try_spawn({.name = "one", .scheduler = placement::on(1)}, wait_for_go).has_value());
  }),
            exit_reason::normal);
}

TEST(spawn_names, have_at_most_255_bytes) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    for (std::uint32_t where : {0u, 1u}) {
      std::string longest(255, static_cast<char>('a' + where));
      EXPECT_TRUE(try_spawn({.name = longest, .scheduler = placement::on(where)}, wait_for_go).has_value());
      auto refused = try_spawn({.name = longest + "x", .scheduler = placement::on(where)}, wait_for_go);
      EXPECT_FALSE(refused.has_value());
      if (!refused) EXPECT_EQ(refused.error(), spawn_error::bad_name);
    }
    co_return;
  }),
            exit_reason::normal);
}

TEST(spawn_names, that_are_refused_end_who_does_not_ask_with_the_name) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    spawn({.name = "one"}, wait_for_go);
    auto unasking = spawn_monitor([]() -> process<> {
      spawn({.name = "one"}, wait_for_go);
      co_return;
    });
    EXPECT_EQ(co_await end_of(unasking.reference), because("the name 'one' is taken"));
  }),
            exit_reason::normal);
}

TEST(spawn_names, from_outside_obey_the_same_rules) {
  stepped_runtime rt;
  pid owner = rt->spawn({.name = "one"}, wait_for_go);
  EXPECT_EQ(rt->whereis("one"), owner);
  try {
    rt->spawn({.name = "one"}, wait_for_go);
    ADD_FAILURE() << "a second process has the name";
  } catch (const system_limit_reached& refused) {
    EXPECT_EQ(refused.why(), spawn_error::name_taken);
    EXPECT_EQ(refused.reason(), because("the name 'one' is taken"));
  }
  EXPECT_THROW(rt->spawn({.name = std::string(256, 'x')}, wait_for_go), system_limit_reached);
  rt->send(owner, go{});
  rt.settle();
  EXPECT_EQ(rt->whereis("one"), std::nullopt);
  EXPECT_NE(rt->spawn({.name = "one"}, wait_for_go), owner);
}

TEST(spawn_limit, is_exact) {
  stepped_runtime rt{{.runtime = {.process_limit = 10}}};
  EXPECT_EQ(rt.run([]() -> process<> {
    std::vector<pid> children;
    for (int i = 1; i < 10; ++i) {
      auto child = try_spawn({}, wait_for_go);
      EXPECT_TRUE(child.has_value()) << i;
      if (child) children.push_back(*child);
    }
    auto refused = try_spawn({}, wait_for_go);
    EXPECT_FALSE(refused.has_value());
    if (!refused) EXPECT_EQ(refused.error(), spawn_error::process_limit);
    EXPECT_THROW(spawn(wait_for_go), system_limit_reached);
    EXPECT_THROW(spawn_link(wait_for_go), system_limit_reached);

    send(children.back(), go{});
    co_await yield();
    EXPECT_TRUE(try_spawn({}, wait_for_go).has_value());
    EXPECT_FALSE(try_spawn({}, wait_for_go).has_value());
  }),
            exit_reason::normal);
}

// Wherever they live, and whoever starts them: the limit is the runtime's.
TEST(spawn_limit, is_exact_across_schedulers) {
  stepped_runtime rt{{.schedulers = 3, .runtime = {.process_limit = 10}}};
  EXPECT_EQ(rt.run([]() -> process<> {
    std::vector<pid> children;
    for (std::uint32_t i = 1; i < 10; ++i) {
      auto child = try_spawn(on(i % 3), wait_for_go);
      EXPECT_TRUE(child.has_value()) << i;
      if (child) children.push_back(*child);
    }
    for (std::uint32_t where = 0; where < 3; ++where) EXPECT_FALSE(try_spawn(on(where), wait_for_go).has_value());
    for (std::uint32_t i = 0; i < 30 && !children.empty(); ++i) {
      send(children.front(), go{});
      co_await await_death(children.front());
      co_await sleep_for(1ms);
      children.erase(children.begin());
      auto child = try_spawn(on(i % 3), wait_for_go);
      EXPECT_TRUE(child.has_value()) << i;
      if (child) children.push_back(*child);
      EXPECT_FALSE(try_spawn(on((i + 1) % 3), wait_for_go).has_value()) << i;
    }
  }),
            exit_reason::normal);
}

TEST(spawn_limit, holds_for_spawns_from_outside) {
  stepped_runtime rt{{.schedulers = 2, .runtime = {.process_limit = 3}}};
  pid first = rt.spawn(wait_for_go);
  rt.spawn(on(1), wait_for_go);
  // A root that has ended makes room for the next, on whichever scheduler.
  EXPECT_EQ(rt.run(end_at_once), exit_reason::normal);
  EXPECT_EQ(rt.run(end_at_once), exit_reason::normal);
  rt.spawn(on(1), wait_for_go);
  try {
    rt.spawn(wait_for_go);
    ADD_FAILURE() << "a process more than the limit";
  } catch (const system_limit_reached& refused) {
    EXPECT_EQ(refused.why(), spawn_error::process_limit);
  }
  rt->send(first, go{});
  rt.settle();
  EXPECT_NO_THROW(rt.spawn(wait_for_go));
}

TEST(spawn_limit, is_not_used_up_by_refused_names) {
  stepped_runtime rt{{.schedulers = 2, .runtime = {.process_limit = 4}}};
  EXPECT_EQ(rt.run([]() -> process<> {
    spawn({.name = "one"}, wait_for_go);
    for (std::uint32_t i = 0; i < 20; ++i)
      EXPECT_FALSE(try_spawn({.name = "one", .scheduler = placement::on(i % 2)}, wait_for_go).has_value());
    EXPECT_TRUE(try_spawn(on(1), wait_for_go).has_value());
    EXPECT_TRUE(try_spawn(on(0), wait_for_go).has_value());
    EXPECT_FALSE(try_spawn(on(1), wait_for_go).has_value());
    co_return;
  }),
            exit_reason::normal);
}

TEST(spawn_limit, that_nobody_catches_is_the_exit_reason) {
  stepped_runtime rt{{.runtime = {.process_limit = 3}}};
  EXPECT_EQ(rt.run([]() -> process<> {
    auto greedy = spawn_monitor([]() -> process<> {
      for (;;) spawn(wait_for_go);
      co_return;
    });
    EXPECT_EQ(co_await end_of(greedy.reference), exit_reason::system_limit);
  }),
            exit_reason::normal);
}

struct kilobyte {
  std::array<std::uint64_t, 128> words;
};

TEST(spawn_memory, is_refused_while_the_runtime_holds_too_much) {
  stepped_runtime rt{{.schedulers = 2, .runtime = {.memory_limit = 1'000'000}}};
  EXPECT_EQ(rt.run([]() -> process<> {
    EXPECT_TRUE(try_spawn({}, end_at_once).has_value());
    for (int i = 0; i < 1'000; ++i) send(self(), kilobyte{});
    for (std::uint32_t where : {0u, 1u}) {
      auto refused = try_spawn(on(where), end_at_once);
      EXPECT_FALSE(refused.has_value()) << where;
      if (!refused) EXPECT_EQ(refused.error(), spawn_error::memory_limit);
    }
    EXPECT_THROW(spawn(end_at_once), system_limit_reached);
    for (int i = 0; i < 1'000; ++i) co_await receive<kilobyte>();
    co_await sleep_for(1ms);
    EXPECT_TRUE(try_spawn({}, end_at_once).has_value());
    EXPECT_TRUE(try_spawn(on(1), end_at_once).has_value());
  }),
            exit_reason::normal);
}

TEST(spawn_memory, is_refused_from_outside_too) {
  stepped_runtime rt{{.runtime = {.memory_limit = 1'000'000}}};
  pid hoarder = rt.spawn([]() -> process<> {
    for (int i = 0; i < 1'200; ++i) send(self(), kilobyte{});
    co_await receive<go>();
  });
  rt.settle();
  EXPECT_THROW(rt.spawn(end_at_once), system_limit_reached);
  rt->send(hoarder, go{});
  rt.settle();
  EXPECT_EQ(rt.run(end_at_once), exit_reason::normal);
}

TEST(spawn_misuse, on_a_scheduler_that_is_not_there_ends_the_program) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_DEATH(rt.run([]() -> process<> {
    spawn(on(2), wait_for_go);
    co_return;
  }),
               "spawn names a scheduler that the runtime does not have");
  EXPECT_DEATH(rt.spawn(on(2), wait_for_go), "spawn names a scheduler that the runtime does not have");
  // One less than the first.
  EXPECT_DEATH(rt.spawn(on(0u - 1), wait_for_go), "spawn names a scheduler that the runtime does not have");
}

}  // namespace
}  // namespace dialtone
