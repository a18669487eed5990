// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/registry_lock.hpp>

#include <atomic>

#include <dialtone/otp/registry_doubles_test.hpp>
#include <dialtone/runtime/combine.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

struct turn {
  int number;
};

/// Locks, says so, and lets go when it is told to.
process<> locker(phones all, std::string key, int number, pid home) {
  registry_lock held = co_await all.lock(key);
  send(home, turn{number});
  co_await receive<go>();
}

class locks : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, locks, beside_and_elsewhere, name_of_place);

TEST_P(locks, are_held_by_one_at_a_time_first_come_first_served) {
  run([](std::uint32_t peer) -> process<> {
    phones all;
    std::vector<pid> all_lockers;
    for (int i = 0; i < 6; ++i) {
      all_lockers.push_back(spawn(on(i % 2 == 0 ? 0 : peer), locker, all, "lobby", i, self()));
      co_await info_of(all_lockers.back());
      co_await sleep_for(1ms);
    }
    for (int i = 0; i < 6; ++i) {
      EXPECT_EQ((co_await receive<turn>()).number, i);
      EXPECT_FALSE(co_await receive<turn>(after(1s)));
      send(all_lockers[static_cast<std::size_t>(i)], go{});
    }
    registry_lock free = co_await all.lock("lobby");
  });
}

TEST_P(locks, of_other_keys_and_other_registries_are_others) {
  run([](std::uint32_t peer) -> process<> {
    phones all;
    phones other;
    spawn(on(peer), locker, all, "lobby", 1, self());
    spawn(on(peer), locker, all, "attic", 2, self());
    spawn(on(peer), locker, other, "lobby", 3, self());
    for (int i = 0; i < 3; ++i) co_await receive<turn>();
    all.register_key("lobby");
    EXPECT_TRUE(all.whereis("lobby")) << "entries do not heed locks";
  });
}

TEST_P(locks, go_with_their_process) {
  run([](std::uint32_t peer) -> process<> {
    phones all;
    pid one = spawn(on(peer), locker, all, "lobby", 1, self());
    co_await receive<turn>();
    exit(one, exit_reason::kill);
    registry_lock held = co_await all.lock("lobby");
    co_await await_death(one);
  });
}

// One that waits, or has just been given the lock, dies: the next one has it.
TEST_P(locks, pass_over_those_that_have_died_waiting) {
  run([](std::uint32_t peer) -> process<> {
    phones all;
    pid first = spawn(locker, all, "lobby", 1, self());
    co_await receive<turn>();
    pid second = spawn(on(peer), locker, all, "lobby", 2, self());
    co_await sleep_for(1ms);
    pid third = spawn(locker, all, "lobby", 3, self());
    co_await sleep_for(1ms);
    pid fourth = spawn(on(peer), locker, all, "lobby", 4, self());
    co_await sleep_for(1ms);
    exit(third, exit_reason::kill);
    send(first, go{});
    exit(second, exit_reason::kill);
    int number = (co_await receive<turn>()).number;
    if (number == 2) number = (co_await receive<turn>()).number;
    EXPECT_EQ(number, 4);
    send(fourth, go{});
    registry_lock held = co_await all.lock("lobby");
  });
}

task<registry_lock> locked(phones all) { co_return co_await all.lock("lobby"); }

TEST_P(locks, can_be_waited_for_with_a_time_limit) {
  run([](std::uint32_t peer) -> process<> {
    phones all;
    pid one = spawn(on(peer), locker, all, "lobby", 1, self());
    co_await receive<turn>();
    EXPECT_FALSE(co_await with_deadline(1s, locked(all)));
    send(one, go{});
    EXPECT_TRUE(co_await with_deadline(1s, locked(all)));
    EXPECT_TRUE(co_await with_deadline(1s, locked(all))) << "it went with the result";
  });
}

TEST_P(locks, can_be_let_go_early) {
  run([](std::uint32_t peer) -> process<> {
    phones all;
    registry_lock held = co_await all.lock("lobby");
    spawn(on(peer), locker, all, "lobby", 1, self());
    EXPECT_FALSE(co_await receive<turn>(after(1s)));
    held.unlock();
    held.unlock();
    EXPECT_TRUE(co_await receive<turn>(after(1s)));
  });
}

TEST_P(locks, outlive_the_last_handle) {
  run([](std::uint32_t) -> process<> {
    registry_lock held = co_await phones{}.lock("lobby");
    co_await yield();
  });
}

// Whatever the order: never two at once, and all get their turn, though some are killed.
TEST(locks_in_any_order, are_never_held_by_two) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    stepped_runtime rt{{.schedulers = 2, .seed = seed, .shuffle = true}};
    static int inside;
    static int turns;
    inside = turns = 0;
    EXPECT_EQ(rt.run([]() -> process<> {
      phones all;
      std::vector<monitored> contenders;
      for (std::uint32_t i = 0; i < 12; ++i)
        contenders.push_back(spawn_monitor(
            on(i % 2),
            [](phones all) -> process<> {
              for (int round = 0; round < 5; ++round) {
                registry_lock held = co_await all.lock("lobby");
                struct visit {
                  visit() { EXPECT_EQ(++inside, 1); }
                  ~visit() { --inside; }
                } here;
                ++turns;
                co_await yield();
              }
            },
            all));
      for (std::size_t i = 0; i < contenders.size(); i += 3) {
        for (std::uint64_t wait = random() % 20; wait > 0; --wait) co_await yield();
        exit(contenders[i].pid, exit_reason::kill);
      }
      for (const monitored& each : contenders) co_await end_of(each.reference);
      registry_lock free = co_await all.lock("lobby");
      EXPECT_GE(turns, 8 * 5);
    }),
              exit_reason::normal);
  }
}

std::atomic<int> holders;

process<> contend(phones all, int rounds, pid home) {
  for (int i = 0; i < rounds; ++i) {
    registry_lock held = co_await all.lock("lobby");
    EXPECT_EQ(++holders, 1);
    if (i % 2 == 0) co_await yield();
    --holders;
  }
  send(home, go{});
}

TEST(locks_on_real_threads, are_never_held_by_two) {
  runtime rt{{.schedulers = 3}};
  EXPECT_EQ(rt.run([]() -> process<> {
    phones all;
    constexpr int contenders = 9;
    for (std::uint32_t i = 0; i < contenders; ++i) spawn(on(i % 3), contend, all, 1'000, self());
    for (int i = 0; i < contenders; ++i) co_await receive<go>();
  }),
            exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
