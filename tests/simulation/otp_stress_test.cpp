// SPDX-License-Identifier: Apache-2.0
// Servers, a state machine and a registry under a supervisor, in simulation: clients that ask with time limits, a
// killer, and a machine that stops and goes on. What has to hold: an answer is that of its question, however many
// answers came too late; who is not answered hears why; a door lets nobody through without a coin; who has been told of
// a death finds the dead no more.
#include <string>

#include <gtest/gtest.h>

#include <dialtone/dialtone.hpp>
#include <dialtone/otp/gen_statem.hpp>
#include <dialtone/otp/registry.hpp>
#include <dialtone/testing/gtest_seeds.hpp>

namespace dialtone::testing {
namespace {

using namespace std::chrono_literals;

using directory = registry<std::string>;

/// Gives back what it is given, at once, slowly, or by a process of its own.
class mirror : public gen_server<mirror> {
 public:
  struct show {
    using reply = std::uint64_t;
    std::uint64_t number;
  };
  struct show_slowly {
    using reply = std::uint64_t;
    std::uint64_t number;
  };
  struct show_later {
    using reply = std::uint64_t;
    std::uint64_t number;
  };
  std::uint64_t handle_call(show asked) { return asked.number; }
  task<std::uint64_t> handle_call(show_slowly asked) {
    co_await sleep_for(std::chrono::milliseconds{random() % 4});
    co_return asked.number;
  }
  void handle_call(show_later asked, reply_to<std::uint64_t> from) {
    spawn({.scheduler = placement::spread()}, answer_later, from, asked.number);
  }

 private:
  static process<> answer_later(reply_to<std::uint64_t> from, std::uint64_t number) {
    co_await sleep_for(std::chrono::milliseconds{random() % 4});
    reply(from, number);
  }
};

enum class door_state : std::uint8_t { locked, open };

/// A coin opens it for a while or for one person.
class door : public gen_statem<door, door_state> {
 public:
  struct coin {};
  struct pass {
    using reply = bool;
  };
  struct unpaid {
    using reply = int;
  };
  door() : gen_statem{door_state::locked} {}
  void handle_event(door_state now, const coin&) {
    ++coins_;
    if (now == door_state::open) return;
    next_state(door_state::open);
    set_state_timeout(2ms);
  }
  bool handle_event(door_state now, const pass&) {
    if (now == door_state::locked) return false;
    ++passed_;
    next_state(door_state::locked);
    return true;
  }
  void handle_event(door_state now, const state_timeout&) {
    EXPECT_EQ(now, door_state::open) << "a state that was left has no time-out any more";
    next_state(door_state::locked);
  }
  int handle_event(door_state, const unpaid&) { return passed_ - coins_; }

 private:
  int coins_ = 0;
  int passed_ = 0;
};

int answered;
int unanswered;

void count(const std::expected<std::uint64_t, exit_reason>& answer, std::uint64_t asked) {
  if (!answer) {
    ++unanswered;
    const exit_reason::code_type why = answer.error().code();
    EXPECT_TRUE(why == exit_reason::timeout || why == exit_reason::noproc || why == exit_reason::killed) << why;
    return;
  }
  ++answered;
  EXPECT_EQ(*answer, asked) << "the answer of another question";
}

task<> ask_a_mirror(named<mirror> whom) {
  const std::uint64_t number = random();
  const duration limit = std::chrono::milliseconds{random() % 5};
  switch (random() % 3) {
    case 0:
      co_return count(co_await whom.try_call(mirror::show{number}, limit), number);
    case 1:
      co_return count(co_await whom.try_call(mirror::show_slowly{number}, limit), number);
    default:
      co_return count(co_await whom.try_call(mirror::show_later{number}, limit), number);
  }
}

task<> use_the_door(named<door> which) {
  if (random() % 2 == 0) which.cast(door::coin{});
  co_await which.try_call(door::pass{}, 1ms);
  if (auto unpaid = co_await which.try_call(door::unpaid{}, 5ms)) EXPECT_LE(*unpaid, 0);
}

process<> client(directory all, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    co_await ask_a_mirror(named<mirror>{all.via(random() % 2 == 0 ? "left" : "right")});
    co_await use_the_door(named<door>{all.via("door")});
    if (random() % 4 == 0) co_await sleep_for(std::chrono::milliseconds{random() % 3});
  }
  EXPECT_EQ((co_await info_of(self()))->mailbox_length, 0u) << "late answers vanish";
}

process<> killer(directory all) {
  for (;;) {
    co_await sleep_for(std::chrono::milliseconds{random() % 5});
    const char* keys[] = {"left", "right", "door"};
    const std::string key = keys[random() % 3];
    const auto victim = all.whereis(key);
    if (!victim) continue;
    const reference watched = monitor(*victim);
    exit(*victim, exit_reason::kill);
    co_await receive<down>([watched](const down& each) { return each.reference == watched; });
    EXPECT_NE(all.whereis(key), victim) << "its entry is gone before anybody is told";
  }
}

/// A server of the library under its key.
template <class Server>
child_spec at(directory all, const std::string& key) {
  return child<Server>(key).spawn({.via = all.via(key), .scheduler = placement::spread()});
}

process<> everybody(int clients) {
  trap_exit();
  directory all;
  supervisor_ref top = co_await start_link(supervisor_spec{
      .intensity = 1'000'000, .children = {at<mirror>(all, "left"), at<mirror>(all, "right"), at<door>(all, "door")}});
  const pid kills = spawn(killer, all);
  for (int each = 0; each < clients; ++each) spawn_monitor({.scheduler = placement::spread()}, client, all, 60);
  for (int ended = 0; ended < clients; ++ended) EXPECT_EQ((co_await receive<down>()).reason, exit_reason::normal);
  exit(kills, exit_reason::kill);
  co_await top.stop(exit_reason::shutdown);
  EXPECT_EQ(all.count(), 0u);
}

TEST(otp_stress, who_asks_has_its_own_answer_or_hears_why_not) {
  for_each_seed(seeds_of_test(5, "stress_in_simulation."), [](simulation& run) {
    answered = unanswered = 0;
    run.node("machine", {.schedulers = 1 + run.draw(4), .runtime = {.level = log_level::off}}, everybody, 8);
    for (std::uint32_t stops = run.draw(4); stops > 0; --stops) {
      run.run_for(std::chrono::microseconds{run.draw(20'000)});
      run.pause("machine");
      run.run_for(std::chrono::microseconds{run.draw(20'000)});
      run.resume("machine");
    }
    run.expect(run.run_until_exit("machine", 60s), "nobody hangs");
    run.expect(*run.main_exit("machine") == exit_reason::normal, "all come to their end");
    EXPECT_GT(answered, 0);
    EXPECT_GT(unanswered, 0);
  });
}

}  // namespace
}  // namespace dialtone::testing
