// SPDX-License-Identifier: Apache-2.0
// The order of a death: destructors run (self() valid, sends allowed), then timers and names are released, then exit
// and down signals leave, then the slot is free. However the process dies.
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

enum class ending { returns, exits, throws, is_killed, never_runs };

struct farewell {
  pid from;
  std::optional<pid> name_owner;
};

// Says farewell in its destructor, from the process that it dies in.
struct polite {
  explicit polite(pid to) : to{to} {}
  polite(polite&& other) noexcept : to{std::exchange(other.to, {})} {}
  ~polite() {
    if (to) send(to, farewell{self(), whereis("mortal")});
  }
  pid to;
};

// A message that counts how many of it live.
struct letter {
  letter() { ++alive; }
  letter(letter&&) noexcept { ++alive; }
  ~letter() { --alive; }
  static inline int alive;
};

}  // namespace

template <>
inline constexpr bool enable_sendable<polite> = true;
template <>
inline constexpr bool enable_sendable<letter> = true;

namespace {

process<> live(ending how, polite) {
  register_name("second name");
  co_await receive<go>();
  if (how == ending::exits) exit(because("exits"));
  if (how == ending::throws) throw std::runtime_error{"throws"};
}

void end(pid process, ending how) {
  if (how == ending::is_killed || how == ending::never_runs)
    exit(process, exit_reason::kill);
  else
    send(process, go{});
}

class death : public ::testing::TestWithParam<std::tuple<ending, std::uint32_t>> {
 protected:
  template <class Scenario>
  void run(Scenario scenario) {
    EXPECT_EQ(rt_.run(scenario, std::get<0>(GetParam()), std::get<1>(GetParam())), exit_reason::normal);
  }
  stepped_runtime rt_{{.schedulers = 2, .runtime = {.level = log_level::off}}};
};

std::string name_of(const ::testing::TestParamInfo<std::tuple<ending, std::uint32_t>>& about) {
  constexpr const char* endings[] = {"returns", "exits", "throws", "is_killed", "never_runs"};
  auto [how, where] = about.param;
  return std::string{endings[static_cast<int>(how)]} + (where == 0 ? "_here" : "_there");
}

INSTANTIATE_TEST_SUITE_P(however, death,
                         ::testing::Combine(::testing::Values(ending::returns, ending::exits, ending::throws,
                                                              ending::is_killed, ending::never_runs),
                                            ::testing::Values(0u, 1u)),
                         name_of);

TEST_P(death, runs_destructors_then_releases_names_then_tells) {
  run([](ending how, std::uint32_t where) -> process<> {
    trap_exit();
    pid mortal = spawn({.name = "mortal", .scheduler = placement::on(where)}, live, how, polite{self()});
    link(mortal);
    reference watched = monitor(mortal);
    if (how != ending::never_runs) co_await sleep_for(1ms);
    end(mortal, how);

    auto first = co_await receive<farewell, exited, down>();
    EXPECT_EQ(first.index(), 0u) << "the destructor is first";
    farewell said = first.index() == 0 ? std::get<0>(first) : farewell{};
    EXPECT_EQ(said.from, mortal);
    EXPECT_EQ(said.name_owner, mortal) << "while destructors run, the process has its names";
    auto second = co_await receive<farewell, exited, down>();
    EXPECT_EQ(second.index(), 1u) << "then its links";
    auto third = co_await receive<farewell, exited, down>();
    EXPECT_EQ(third.index(), 2u) << "then its monitors";
    if (third.index() == 2) EXPECT_EQ(std::get<down>(third).reference, watched);
    EXPECT_EQ(whereis("mortal"), std::nullopt);
    EXPECT_EQ(whereis("second name"), std::nullopt);
    register_name("mortal");
    EXPECT_FALSE(co_await info_of(mortal));
  });
}

// A predicate runs when the message arrives: nobody can look earlier.
TEST_P(death, releases_names_before_its_first_signal_arrives) {
  run([](ending how, std::uint32_t where) -> process<> {
    trap_exit();
    pid mortal = spawn({.name = "mortal", .scheduler = placement::on(where)}, live, how, polite{pid{}});
    link(mortal);
    if (how != ending::never_runs) co_await sleep_for(1ms);
    end(mortal, how);
    bool gone = false;
    co_await receive<exited>([&gone](const exited&) {
      gone = !whereis("mortal") && !whereis("second name");
      return true;
    });
    EXPECT_TRUE(gone);
  });
}

TEST_P(death, releases_the_timers_of_its_messages) {
  run([](ending how, std::uint32_t where) -> process<> {
    pid mortal = spawn(on(where), live, how, polite{pid{}});
    reference timer = send_after(1h, mortal, go{});
    if (how != ending::never_runs) co_await sleep_for(1ms);
    end(mortal, how);
    co_await await_death(mortal);
    // A timer for a process of another scheduler stays with who has set it.
    EXPECT_EQ(cancel_timer(timer).has_value(), where == 1);
  });
}

struct starter {
  pid to;
  ~starter() {
    send(to, spawn(
                 [](pid teller) -> process<> {
                   auto info = co_await info_of(self());
                   send(teller, info ? info->parent : pid{});
                   co_await receive<go>();
                 },
                 to));
    send(to, spawn_link(on(1), wait_for_go));
  }
};

TEST_P(death, lets_destructors_start_processes) {
  run([](ending how, std::uint32_t where) -> process<> {
    if (how == ending::never_runs) co_return;
    pid mortal = spawn(
        on(where),
        [](ending mine, pid watcher) -> process<> {
          starter here{watcher};
          co_await receive<go>();
          if (mine == ending::exits) exit(because("exits"));
          if (mine == ending::throws) throw std::runtime_error{"throws"};
        },
        how, self());
    co_await sleep_for(1ms);
    end(mortal, how);
    pid orphan = co_await receive<pid>();
    pid linked = co_await receive<pid>();
    EXPECT_EQ(co_await receive<pid>(), mortal) << "the parent of the orphan";
    EXPECT_EQ(orphan.scheduler(), where);
    co_await sleep_for(1ms);
    EXPECT_TRUE(co_await info_of(orphan));
    EXPECT_EQ((co_await info_of(linked)).has_value(), how == ending::returns) << "linked to who has died";
  });
}

TEST_P(death, destroys_the_messages_that_were_not_read) {
  letter::alive = 0;
  run([](ending how, std::uint32_t where) -> process<> {
    pid mortal = spawn(on(where), live, how, polite{pid{}});
    for (int i = 0; i < 10; ++i) send(mortal, letter{});
    if (how != ending::never_runs) co_await sleep_for(1ms);
    EXPECT_EQ(letter::alive, 10);
    end(mortal, how);
    co_await await_death(mortal);
    EXPECT_EQ(letter::alive, 0);
    send(mortal, letter{});
    co_await sleep_for(1ms);
    EXPECT_EQ(letter::alive, 0);
  });
}

}  // namespace
}  // namespace dialtone
