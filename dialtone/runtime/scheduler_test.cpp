// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/scheduler.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

#ifdef DIALTONE_NO_POOLS
constexpr int load = 1;
#else
constexpr int load = 5;
#endif

constexpr std::uint32_t scheduler_count = 3;

struct numbered {
  pid sender;
  int number;
};
struct ready {};
struct done {
  int count = 0;
};
struct receivers {
  std::vector<pid> pids;
};

spawn_options on(std::uint32_t scheduler) { return {.scheduler = placement::on(scheduler)}; }

task<> wait_for_downs(int count) {
  for (; count > 0; --count) EXPECT_EQ((co_await receive<down>()).reason, exit_reason::normal);
}

process<> send_numbers(receivers to, int count) {
  for (int number = 0; number < count; ++number) {
    for (pid each : to.pids) send(each, numbered{self(), number});
    if (number % 50 == 0) co_await yield();
  }
}

// Each sender's numbers, whatever comes between them.
process<> expect_numbers(int senders, int count) {
  std::map<pid, int> next;
  for (int left = senders * count; left > 0; --left) {
    auto got = co_await receive<numbered>();
    if (got.number != next[got.sender]++) {
      ADD_FAILURE() << to_string(got.sender) << " sent " << got.number << " out of its order";
      co_return;
    }
  }
}

TEST(scheduler, messages_of_each_pair_keep_their_order_within_and_across_schedulers_under_load) {
  runtime rt{{.schedulers = scheduler_count}};
  EXPECT_EQ(rt.run([]() -> process<> {
    constexpr int senders_each = 4;
    constexpr int count = 500 * load;
    receivers to;
    for (std::uint32_t scheduler = 0; scheduler < scheduler_count; ++scheduler)
      to.pids.push_back(spawn_monitor(on(scheduler), expect_numbers, senders_each * int{scheduler_count}, count).pid);
    for (int sender = 0; sender < senders_each; ++sender)
      for (std::uint32_t scheduler = 0; scheduler < scheduler_count; ++scheduler)
        spawn_monitor(on(scheduler), send_numbers, to, count);
    co_await wait_for_downs((senders_each + 1) * int{scheduler_count});
  }),
            exit_reason::normal);
}

// Signals of every kind, one after the other.
process<> send_all_kinds(pid to, int rounds) {
  co_await receive<ready>();
  for (int round = 0; round < rounds; ++round) {
    send(to, numbered{self(), round});
    exit(to, exit_reason::custom_text(std::to_string(round)));
    link(to);
    exit(to, exit_reason::normal);
    unlink(to);
    send(to, numbered{self(), -round});
    if (round % 20 == 0) co_await yield();
  }
}

process<> expect_all_kinds(int rounds) {
  for (int round = 0; round < rounds; ++round) {
    EXPECT_EQ((std::get<numbered>(co_await receive<numbered, exited>()).number), round);
    EXPECT_EQ((std::get<exited>(co_await receive<numbered, exited>()).reason),
              exit_reason::custom_text(std::to_string(round)));
    EXPECT_EQ((std::get<exited>(co_await receive<numbered, exited>()).reason), exit_reason::normal);
    EXPECT_EQ((std::get<numbered>(co_await receive<numbered, exited>()).number), -round);
  }
}

TEST(scheduler, messages_and_exit_signals_of_a_pair_keep_their_order) {
  runtime rt{{.schedulers = scheduler_count}};
  EXPECT_EQ(rt.run([]() -> process<> {
    constexpr int rounds = 300 * load;
    int pairs = 0;
    for (std::uint32_t from = 0; from < scheduler_count; ++from) {
      for (std::uint32_t to = 0; to < scheduler_count; ++to, ++pairs) {
        spawn_options trapping = on(to);
        trapping.trap_exit = true;
        pid receiver = spawn_monitor(trapping, expect_all_kinds, rounds).pid;
        send(spawn_monitor(on(from), send_all_kinds, receiver, rounds).pid, ready{});
      }
    }
    co_await wait_for_downs(2 * pairs);
  }),
            exit_reason::normal);
}

process<> send_and_die(pid to, int count, std::string name) {
  register_name(name);
  co_await receive<ready>();
  for (int number = 0; number < count; ++number) send(to, numbered{self(), number});
  exit(exit_reason::custom_text("over"));
}

// What a process sends before it dies comes before the signals of its death, and its name is gone with them.
process<> watch_one_die(std::uint32_t where, int count) {
  trap_exit();
  std::string name = "dies on " + std::to_string(where) + " for " + to_string(self());
  auto [victim, watch] = spawn_monitor(on(where), send_and_die, self(), count, name);
  link(victim);
  send(victim, ready{});
  for (int number = 0; number < count; ++number)
    EXPECT_EQ((std::get<numbered>(co_await receive<numbered, down, exited>()).number), number);
  EXPECT_EQ((std::get<exited>(co_await receive<numbered, down, exited>()).pid), victim);
  EXPECT_EQ(whereis(name), std::nullopt);
  EXPECT_EQ((std::get<down>(co_await receive<numbered, down, exited>()).reference), watch);
}

TEST(scheduler, the_signals_of_a_death_come_after_the_messages_of_the_life) {
  runtime rt{{.schedulers = scheduler_count}};
  EXPECT_EQ(rt.run([]() -> process<> {
    int watchers = 0;
    for (int round = 0; round < 20 * load; ++round) {
      for (std::uint32_t from = 0; from < scheduler_count; ++from)
        for (std::uint32_t to = 0; to < scheduler_count; ++to, ++watchers)
          spawn_monitor(on(from), watch_one_die, to, 1 + round * 7 % 130);
    }
    co_await wait_for_downs(watchers);
  }),
            exit_reason::normal);
}

process<> return_every_number() {
  for (;;) {
    auto got = co_await receive<numbered>();
    send(got.sender, numbered{self(), got.number});
  }
}

process<> ping(std::uint32_t where, int rounds) {
  pid peer = spawn_link(on(where), return_every_number);
  for (int round = 0; round < rounds; ++round) {
    send(peer, numbered{self(), round});
    EXPECT_EQ((co_await receive<numbered>()).number, round);
  }
  unlink(peer);
  exit(peer, exit_reason::kill);
}

// Both schedulers go to sleep after nearly every message: a wake-up that was lost would hang the test.
TEST(scheduler, two_that_sleep_wake_each_other_every_time) {
  runtime rt{{.schedulers = 2, .spin = 0us}};
  EXPECT_EQ(rt.run(ping, 1u, 20'000 * load), exit_reason::normal);
}

TEST(scheduler, two_that_spin_before_they_sleep_wake_each_other_every_time) {
  runtime rt{{.schedulers = 2, .spin = 20us}};
  EXPECT_EQ(rt.run(ping, 1u, 20'000 * load), exit_reason::normal);
}

TEST(scheduler, many_that_sleep_wake_each_other_every_time) {
  runtime rt{{.schedulers = scheduler_count, .spin = 0us}};
  EXPECT_EQ(rt.run([]() -> process<> {
    int pairs = 0;
    for (std::uint32_t from = 0; from < scheduler_count; ++from)
      for (std::uint32_t to = 0; to < scheduler_count; ++to, ++pairs) spawn_monitor(on(from), ping, to, 2'000 * load);
    co_await wait_for_downs(pairs);
  }),
            exit_reason::normal);
}

// A tree of processes, each on the scheduler after its parent's.
process<> grow(pid parent, int depth) {
  int count = 1;
  if (depth > 0) {
    for (int child = 0; child < 2; ++child) spawn({.scheduler = placement::spread()}, grow, self(), depth - 1);
    for (int child = 0; child < 2; ++child) count += (co_await receive<done>()).count;
  }
  send(parent, done{count});
}

TEST(scheduler, a_storm_of_spawns_across_schedulers_loses_nobody) {
  runtime rt{{.schedulers = scheduler_count}};
  EXPECT_EQ(rt.run([]() -> process<> {
    for (int round = 0; round < load; ++round) {
      spawn(grow, self(), 11);
      EXPECT_EQ((co_await receive<done>()).count, (1 << 12) - 1);
    }
    while (process_count() != 1) co_await yield();
  }),
            exit_reason::normal);
}

// Starts in bursts: pids are taken from fresh slots and from those that others have left, over and over.
TEST(scheduler, bursts_of_spawns_on_another_scheduler_start_everybody) {
  runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    auto at_once = []() -> process<> { co_return; };
    constexpr int burst = 500;
    for (int round = 0; round < 10 * load; ++round) {
      for (int child = 0; child < burst; ++child) spawn_monitor(on(1), at_once);
      co_await wait_for_downs(burst);
    }
    while (process_count() != 1) co_await yield();
  }),
            exit_reason::normal);
}

TEST(scheduler, a_flood_from_outside_threads_arrives_in_each_thread_s_order) {
  constexpr int threads = 4;
  constexpr int count = 5'000 * load;
  runtime rt{{.schedulers = 2, .mailbox_limit = unlimited}};
  pid receiver = rt.spawn(on(1), expect_numbers, threads, count);
  std::vector<std::thread> senders;
  for (std::uint32_t thread = 0; thread < threads; ++thread) {
    senders.emplace_back([&rt, receiver, thread] {
      for (int number = 0; number < count; ++number) rt.send(receiver, numbered{pid{0, thread, 1}, number});
    });
  }
  rt.call(
      [](pid watched) -> task<> {
        (void)monitor(watched);
        co_await receive<down>();
      },
      receiver);
  for (std::thread& each : senders) each.join();
}

std::atomic<int> counted;

TEST(scheduler, takes_a_flood_in_batches_so_that_processes_run_between) {
  counted = 0;
  dialtone::testing::stepped_runtime rt;
  pid receiver = rt.spawn([]() -> process<> {
    for (;;) {
      co_await receive<ready>();
      ++counted;
    }
  });
  rt.settle();
  constexpr int flood = 10'000;
  for (int sent = 0; sent < flood; ++sent) rt->send(receiver, ready{});
  EXPECT_TRUE(rt->step());
  EXPECT_GT(counted, 0);
  EXPECT_LT(counted, flood / 2);
  rt.settle();
  EXPECT_EQ(counted, flood);
}

TEST(scheduler, roots_that_are_spread_go_to_one_after_the_other_however_soon_they_end) {
  dialtone::testing::stepped_runtime rt{{.schedulers = scheduler_count}};
  std::vector<std::uint32_t> where;
  for (std::uint32_t root = 0; root < 2 * scheduler_count; ++root) {
    where.push_back(rt->spawn({.scheduler = placement::spread()}, []() -> process<> { co_return; }).scheduler());
    rt.settle();
  }
  EXPECT_EQ(where, (std::vector<std::uint32_t>{0, 1, 2, 0, 1, 2}));
}

TEST(scheduler, stops_while_it_sleeps_and_while_it_is_busy) {
  for (int round = 0; round < 20; ++round) {
    runtime rt{{.schedulers = scheduler_count, .stop_timeout = 0s}};
    if (round % 2 == 0) {
      for (std::uint32_t scheduler = 0; scheduler < scheduler_count; ++scheduler) {
        rt.spawn({.scheduler = placement::on(scheduler), .trap_exit = true}, []() -> process<> {
          for (;;) co_await yield();
        });
      }
    }
    rt.call([]() -> task<> { co_await yield(); });
  }
}

}  // namespace
}  // namespace dialtone
