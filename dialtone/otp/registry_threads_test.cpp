// SPDX-License-Identifier: Apache-2.0
// On real threads: what is linearizable stays so, and nothing is seen of a process whose death has been seen.
#include <array>
#include <atomic>
#include <thread>

#include <dialtone/otp/registry_doubles_test.hpp>

namespace dialtone {
namespace {

using namespace testing;

constexpr std::uint32_t schedulers = 3;

struct won {
  int rounds;
};

// Beside the key stands who believes to own it. Were two to win, or an entry seen that has been taken back, somebody
// would find another there.
std::atomic<std::uint64_t> believer;

process<> fight(phones all, int rounds, pid home) {
  int wins = 0;
  for (int i = 0; i < rounds; ++i) {
    if (auto registered = all.try_register_key("prize", i)) {
      ++wins;
      EXPECT_EQ(believer.exchange(self().value()), 0u);
      EXPECT_EQ(all.whereis("prize"), self());
      EXPECT_EQ(all.lookup("prize")->value, i);
      if (i % 2 == 0) co_await yield();
      EXPECT_EQ(all.update_value("prize", [](int value) { return -value; })->old_value, i);
      EXPECT_EQ(believer.exchange(0), self().value());
      EXPECT_EQ(all.unregister("prize"), 1u);
      EXPECT_NE(all.whereis("prize"), self());
    } else {
      EXPECT_EQ(registered.error().why, registration_error::already_registered);
      EXPECT_NE(registered.error().owner, self());
    }
    if (i % 16 == 0) co_await yield();
  }
  send(home, won{wins});
}

TEST(registry_on_real_threads, gives_a_key_to_one_of_many_that_want_it) {
  believer = 0;
  runtime rt{{.schedulers = schedulers}};
  EXPECT_EQ(rt.run([]() -> process<> {
    phones all;
    for (std::uint32_t i = 0; i < 9; ++i) spawn(on(i % schedulers), fight, all, 4'000, self());
    int wins = 0;
    for (int i = 0; i < 9; ++i) wins += (co_await receive<won>()).rounds;
    EXPECT_GT(wins, 0);
    EXPECT_EQ(all.count(), 0u);
  }),
            exit_reason::normal);
}

// All try at the same moment, as nearly as threads can: each waits for the others with its whole scheduler.
std::array<std::atomic<int>, 10'000> winners;
std::atomic<std::size_t> arrived;
constexpr std::uint32_t rival_count = 3;

process<> try_each(phones all, pid home) {
  for (std::size_t i = 0; i < winners.size(); ++i) {
    const std::string key = std::to_string(i);
    ++arrived;
    while (arrived < (i + 1) * rival_count) std::this_thread::yield();
    if (all.try_register_key(key, 0)) ++winners[i];
  }
  send(home, registered_now{});
  co_await receive<go>();
}

TEST(registry_on_real_threads, has_exactly_one_winner_for_each_key) {
  for (auto& each : winners) each = 0;
  arrived = 0;
  runtime rt{{.schedulers = 1 + rival_count, .long_schedule = duration::zero()}};
  EXPECT_EQ(rt.run([]() -> process<> {
    phones all;
    std::vector<pid> rivals;
    for (std::uint32_t i = 0; i < rival_count; ++i) rivals.push_back(spawn(on(1 + i), try_each, all, self()));
    for (std::size_t i = 0; i < rivals.size(); ++i) co_await receive<registered_now>();
    for (auto& each : winners) EXPECT_EQ(each, 1);
    EXPECT_EQ(all.count(), winners.size());
    std::size_t owned = 0;
    for (pid each : rivals) owned += all.keys(each).size();
    EXPECT_EQ(owned, winners.size());
    for (pid each : rivals) send(each, go{});
    for (pid each : rivals) co_await await_death(each);
    EXPECT_EQ(all.count(), 0u);
  }),
            exit_reason::normal);
}

std::atomic<bool> enough;

// Looks in every way while entries come and go.
process<> look(phones all, pid home) {
  while (!enough) {
    for (const auto& each : all.lookup_all("hot")) EXPECT_TRUE(each.pid);
    for (pid each : {self(), home}) EXPECT_LE(all.keys(each).size(), 1u);
    for (const auto& each : all.select(any)) EXPECT_EQ(each.key.front(), each.value % 2 == 0 ? 'h' : 'c');
    EXPECT_LE(all.count_match("cold", even), 0u);
    all.dispatch("cold", go{});
    co_await yield();
  }
  send(home, registered_now{});
}

process<> brief(phones all) {
  all.register_key("hot", 2);
  all.register_key("cold", 3);
  co_return;
}

process<> watch_them_die(phones all, int rounds, std::uint32_t where, pid home) {
  for (int i = 0; i < rounds; ++i) {
    auto one = spawn_monitor(on(where), brief, all);
    co_await end_of(one.reference);
    EXPECT_TRUE(all.keys(one.pid).empty());
    EXPECT_TRUE(all.values("hot", one.pid).empty());
    for (const auto& each : all.lookup_all("hot")) EXPECT_NE(each.pid, one.pid);
  }
  send(home, go{});
}

TEST(registry_on_real_threads, shows_nothing_of_a_process_after_its_down) {
  enough = false;
  runtime rt{{.schedulers = schedulers}};
  static phones all = duplicates(2);
  std::thread outside{[] {
    while (!enough)
      for (const auto& each : all.lookup_all("hot")) EXPECT_EQ(each.value, 2);
  }};
  EXPECT_EQ(rt.run([]() -> process<> {
    spawn(on(2), look, all, self());
    constexpr std::uint32_t watchers = 6;
    for (std::uint32_t i = 0; i < watchers; ++i)
      spawn(on(i % schedulers), watch_them_die, all, 300, (i + 1) % schedulers, self());
    for (std::uint32_t i = 0; i < watchers; ++i) co_await receive<go>();
    enough = true;
    co_await receive<registered_now>();
    EXPECT_EQ(all.count(), 0u);
  }),
            exit_reason::normal);
  enough = true;
  outside.join();
}

constexpr std::uint32_t room_members = 30;
constexpr int messages = 200;

process<> join_and_listen(phones all, int count, pid home) {
  all.register_key("room", 0);
  send(home, registered_now{});
  for (int i = 0; i < count; ++i) co_await receive<std::shared_ptr<const std::string>>();
  send(home, go{});
}

TEST(registry_on_real_threads, dispatches_to_all_schedulers_from_all) {
  runtime rt{{.schedulers = schedulers}};
  EXPECT_EQ(rt.run([]() -> process<> {
    phones all = duplicates();
    for (std::uint32_t i = 0; i < room_members; ++i)
      spawn(on(i % schedulers), join_and_listen, all, messages * static_cast<int>(schedulers), self());
    for (std::uint32_t i = 0; i < room_members; ++i) co_await receive<registered_now>();
    for (std::uint32_t i = 0; i < schedulers; ++i)
      spawn(
          on(i),
          [](phones all) -> process<> {
            auto text = std::make_shared<const std::string>("a line of text for everybody in the room");
            for (int i = 0; i < messages; ++i) {
              EXPECT_EQ(all.dispatch("room", text), room_members);
              if (i % 32 == 0) co_await yield();
            }
          },
          all);
    for (std::uint32_t i = 0; i < room_members; ++i) co_await receive<go>();
  }),
            exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
