// SPDX-License-Identifier: Apache-2.0
// Deaths that meet others: what destructors may do, long chains of links, other threads, the end of the runtime.
#include <atomic>

#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

// Calls a function when it is destroyed.
template <auto Function>
struct last_act {
  ~last_act() { Function(); }
};

template <auto Function>
process<> die_with() {
  last_act<Function> here;
  co_await receive<go>();
}

template <auto Function>
task<exit_reason> end_with_last_act(exit_reason reason) {
  auto dying = spawn_monitor(die_with<Function>);
  co_await yield();
  exit(dying.pid, reason);
  co_return co_await end_of(dying.reference);
}

std::atomic<int> count;
pid stage_partner;

TEST(destructors_of_the_dying, may_link_and_monitor_others) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    for (std::uint32_t where : {0u, 1u}) {
      auto partner = spawn_monitor(on(where), wait_for_go);
      stage_partner = partner.pid;
      static constexpr auto act = [] {
        static_cast<void>(monitor(stage_partner));
        link(stage_partner);
      };
      EXPECT_EQ(co_await end_with_last_act<act>(because("together")), because("together"));
      EXPECT_EQ(co_await end_of(partner.reference), because("together"));
    }
  }),
            exit_reason::normal);
}

TEST(destructors_of_the_dying, may_end_others_and_themselves) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto partner = spawn_monitor(wait_for_go);
    stage_partner = partner.pid;
    static constexpr auto act = [] {
      exit(stage_partner, because("taken along"));
      exit(self(), because("twice"));
      exit(self(), exit_reason::kill);
      link(self());
      static_cast<void>(monitor(self()));
      trap_exit();
      send(self(), go{});
      send_after(1h, self(), go{});
    };
    EXPECT_EQ(co_await end_with_last_act<act>(because("once")), because("once"));
    EXPECT_EQ(co_await end_of(partner.reference), because("taken along"));
  }),
            exit_reason::normal);
}

TEST(destructors_of_the_dying, may_set_timers_that_outlive_them) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    stage_partner = self();
    static constexpr auto act = [] { send_after(5s, stage_partner, go{}); };
    co_await end_with_last_act<act>(exit_reason::kill);
    time_point before = now();
    co_await receive<go>();
    EXPECT_EQ(now() - before, 5s);
  }),
            exit_reason::normal);
}

TEST(destructors_of_the_dying, send_more_than_a_mailbox_holds) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    pid full = spawn({.mailbox_limit = 2}, []() -> process<> {
      co_await receive<go>();
      for (int i = 0; i < 5; ++i) EXPECT_EQ(co_await receive<int>(), i);
    });
    stage_partner = full;
    static constexpr auto act = [] {
      for (int i = 0; i < 5; ++i) send(stage_partner, i);
    };
    co_await end_with_last_act<act>(exit_reason::shutdown);
    send(full, go{});
    co_await await_death(full);
  }),
            exit_reason::normal);
}

process<> link_in_chain(pid before) {
  link(before);
  co_await receive<go>();
}

TEST(a_chain_of_links, of_100000_processes_dies_without_recursion) {
  constexpr int length = 100'000;
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    pid first = spawn(wait_for_go);
    pid last = first;
    for (int i = 0; i < length; ++i) last = spawn(link_in_chain, last);
    co_await sleep_for(1ms);
    EXPECT_EQ(process_count(), length + 2u);
    reference end = monitor(last);
    exit(first, because("the first stone"));
    EXPECT_EQ(co_await end_of(end), because("the first stone"));
    EXPECT_EQ(process_count(), 1u);
  }),
            exit_reason::normal);
}

// Parents that wait for their child in a destructor's place would recurse: each frame here owns a link, none a frame.
TEST(a_chain_of_links, closed_to_a_ring_dies_once) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    constexpr std::uint32_t length = 1'000;
    pid first = spawn([]() -> process<> {
      link(co_await receive<pid>());
      co_await receive<go>();
    });
    pid last = first;
    for (std::uint32_t i = 1; i < length; ++i) last = spawn(on(i % 2), link_in_chain, last);
    send(first, last);
    co_await sleep_for(1ms);
    reference end = monitor(last);
    exit(first, because("ring"));
    EXPECT_EQ(co_await end_of(end), because("ring"));
    co_await sleep_for(1ms);
    EXPECT_EQ((co_await all_processes()).size(), 1u);
  }),
            exit_reason::normal);
}

// On threads of their own: the name is free for who has seen the death, however it was seen.
TEST(deaths_on_another_thread, are_seen_when_the_name_is_free) {
  runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    trap_exit();
    for (int i = 0; i < 500; ++i) {
      pid mortal = spawn({.name = "mortal", .scheduler = placement::on(1)}, wait_for_go);
      reference watched = monitor(mortal);
      if (i % 2 == 0) link(mortal);
      if (i % 3 == 0)
        exit(mortal, exit_reason::kill);
      else
        send(mortal, go{});
      if (i % 2 == 0)
        co_await receive<exited>();
      else
        co_await end_of(watched);
      EXPECT_TRUE(try_register_name("mortal").has_value()) << i;
      unregister_name("mortal");
      demonitor(watched, demonitor_mode::flush);
    }
  }),
            exit_reason::normal);
}

TEST(deaths_on_another_thread, reach_every_watcher_once) {
  runtime rt{{.schedulers = 3}};
  EXPECT_EQ(rt.run([]() -> process<> {
    constexpr int watchers = 30;
    for (int round = 0; round < 20; ++round) {
      pid mortal = spawn(on(1), wait_for_go);
      for (std::uint32_t i = 0; i < watchers; ++i) {
        spawn(
            on(i % 3),
            [](pid other, pid teller) -> process<> {
              reference watched = monitor(other);
              co_await end_of(watched);
              EXPECT_FALSE(co_await receive<down>(after(0s)));
              send(teller, go{});
            },
            mortal, self());
      }
      exit(mortal, exit_reason::kill);
      for (int i = 0; i < watchers; ++i) co_await receive<go>();
    }
  }),
            exit_reason::normal);
}

TEST(the_end_of_a_runtime, runs_every_destructor) {
  count = 0;
  static constexpr auto act = [] { ++count; };
  {
    stepped_runtime rt{{.schedulers = 2}};
    for (std::uint32_t i = 0; i < 10; ++i) rt.spawn(on(i % 2), die_with<act>);
    rt.settle();
  }
  EXPECT_EQ(count, 10);
  {
    runtime rt{{.schedulers = 2}};
    rt.run([]() -> process<> {
      for (std::uint32_t i = 0; i < 10; ++i) spawn(on(i % 2), die_with<act>);
      co_await await_death(spawn(on(1), end_at_once));
    });
  }
  EXPECT_EQ(count, 20);
}

TEST(the_end_of_a_runtime, takes_along_what_destructors_start) {
  count = 0;
  static constexpr auto child = [] { ++count; };
  static constexpr auto act = [] {
    spawn(die_with<child>);
    spawn(on(1), die_with<child>);
    spawn(on(0), die_with<child>);
  };
  {
    stepped_runtime rt{{.schedulers = 2}};
    rt.run([]() -> process<> {
      // Slots of the other scheduler that have been used before: those that it has put aside.
      for (int i = 0; i < 300; ++i) co_await await_death(spawn(on(1), end_at_once));
    });
    rt.spawn(on(0), die_with<act>);
    rt.spawn(on(1), die_with<act>);
    rt.settle();
  }
  EXPECT_EQ(count, 6);
}

TEST(the_end_of_a_runtime, stops_destructors_that_start_processes_which_never_wait) {
  static constexpr auto act = [] {
    spawn([]() -> process<> {
      for (;;) co_await yield();
    });
  };
  stepped_runtime rt;
  rt.spawn(die_with<act>);
  rt.settle();
}

process<> respawn();
void start_again() { spawn(respawn); }
process<> respawn() {
  last_act<start_again> here;
  co_await receive<go>();
}

TEST(the_end_of_a_runtime, refuses_destructors_that_start_others_without_an_end) {
  EXPECT_DEATH(
      {
        stepped_runtime rt;
        rt.spawn(respawn);
        rt.settle();
      },
      "start others without an end");
}

TEST(the_end_of_a_runtime, leaves_nothing_of_what_was_sent_to_reserved_pids) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    pid last = spawn(on(1), end_at_once);
    // The next pids of the batch are reserved; no process has them.
    for (std::uint32_t i = 1; i < 20; ++i) {
      pid reserved{1, last.slot() + i, 1};
      send(reserved, std::string(100, 'x'));
      link(reserved);
      static_cast<void>(monitor(reserved));
      exit(reserved, because("nobody"));
    }
    co_await sleep_for(1ms);
    EXPECT_EQ(process_count(), 1u);
  }),
            exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
