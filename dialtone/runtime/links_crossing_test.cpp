// SPDX-License-Identifier: Apache-2.0
// Link, unlink and death of two processes on two schedulers, with their signals crossing on the way.
#include <random>

#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

// What a process does to its peer: l links, u unlinks, x exits.
struct script {
  std::string steps;
};
struct filler {};

void perform(const std::string& steps, pid peer) {
  for (char step : steps) {
    if (step == 'l') link(peer);
    if (step == 'u') unlink(peer);
    if (step == 'x') exit(because("script"));
  }
}

process<> perform_scripts(pid peer) {
  trap_exit();
  for (;;) perform((co_await receive<script>()).steps, peer);
}

// More signals than a scheduler takes from its inbox in one turn, for a process that is not there: what is sent after
// them is met by what the receiving scheduler does in the turn before.
void hold_up(std::uint32_t scheduler) {
  for (int i = 0; i < 10'000; ++i) send(pid{scheduler, 0, 0xffffff}, filler{});
}

// Both perform their scripts before either has heard of the other's.
task<pid> cross(std::string before, std::string mine, std::string theirs) {
  pid other = spawn(on(1), perform_scripts, self());
  send(other, script{});
  co_await sleep_for(1ms);
  perform(before, other);
  co_await sleep_for(1ms);
  send(other, script{std::move(theirs)});
  hold_up(1);
  perform(mine, other);
  co_await sleep_for(1ms);
  co_return other;
}

process<> check_agreement(std::string before, std::string mine, std::string theirs) {
  trap_exit();
  auto what = [&] { return "after '" + before + "' '" + mine + "' crosses '" + theirs + "'"; };
  pid other = co_await cross(before, mine, theirs);
  std::uint64_t links_here = co_await links_of(self());
  EXPECT_EQ(links_here, co_await links_of(other)) << what();
  if (mine.ends_with('u') && theirs.ends_with('u')) EXPECT_EQ(links_here, 0u) << what();
  if (mine.ends_with('l') && theirs.ends_with('l')) EXPECT_EQ(links_here, 1u) << what();
  // What a process has said last to an agreeable or silent peer holds.
  if (theirs.empty() && mine.ends_with('l')) EXPECT_EQ(links_here, 1u) << what();
  if (theirs.empty() && mine.ends_with('u')) EXPECT_EQ(links_here, 0u) << what();
  exit(other, exit_reason::kill);
  EXPECT_EQ((co_await receive<exited>(after(1s))).has_value(), links_here == 1) << what();
  EXPECT_FALSE(co_await receive<exited>(after(1s))) << what();
}

TEST(links_crossing, leave_both_ends_in_agreement) {
  std::vector<std::string> scripts{""};
  for (std::size_t i = 0; i < 7; ++i)
    for (char step : {'l', 'u'}) scripts.push_back(scripts[i] + step);
  stepped_runtime rt{{.schedulers = 2}};
  for (const std::string& mine : scripts) {
    for (const std::string& theirs : scripts) {
      EXPECT_EQ(rt.run(check_agreement, std::string{"l"}, mine, theirs), exit_reason::normal);
      EXPECT_EQ(rt.run(check_agreement, std::string{}, mine, theirs), exit_reason::normal);
    }
  }
}

// How often the death of `other` has reached the caller.
task<int> count_exits() {
  int count = 0;
  while (co_await receive<exited>(after(1s))) ++count;
  co_return count;
}

process<> check_death(std::string mine, int exits) {
  trap_exit();
  co_await cross("l", mine, "x");
  EXPECT_EQ(co_await count_exits(), exits) << mine;
  EXPECT_EQ(co_await links_of(self()), 0u) << mine;
}

TEST(links_crossing, a_death_is_not_seen_after_an_unlink) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run(check_death, std::string{"u"}, 0), exit_reason::normal);
  EXPECT_EQ(rt.run(check_death, std::string{"ulu"}, 0), exit_reason::normal);
}

TEST(links_crossing, a_death_is_seen_once_through_a_link_made_again) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run(check_death, std::string{""}, 1), exit_reason::normal);
  EXPECT_EQ(rt.run(check_death, std::string{"l"}, 1), exit_reason::normal);
  EXPECT_EQ(rt.run(check_death, std::string{"ul"}, 1), exit_reason::normal);
  EXPECT_EQ(rt.run(check_death, std::string{"ulul"}, 1), exit_reason::normal);
}

TEST(links_crossing, a_link_to_who_dies_meanwhile_fires_once) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    trap_exit();
    co_await cross("", "l", "x");
    auto told = co_await receive<exited>();
    EXPECT_EQ(told.reason, exit_reason::noproc);
    EXPECT_EQ(co_await count_exits(), 0);
  }),
            exit_reason::normal);
}

TEST(links_crossing, a_link_whose_two_ends_die_at_once_leaves_nothing) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    auto mine = spawn_monitor([]() -> process<> {
      trap_exit();
      co_await cross("l", "x", "x");
    });
    EXPECT_EQ(co_await end_of(mine.reference), because("script"));
    co_await sleep_for(1ms);
  }),
            exit_reason::normal);
  EXPECT_EQ(rt.call([]() -> task<std::uint64_t> { co_return process_count(); }), 1u);
}

TEST(links_crossing, a_monitor_of_who_dies_meanwhile_fires_once) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    pid other = spawn(on(1), end_later_with, because("meanwhile"));
    co_await sleep_for(1ms);
    send(other, go{});
    hold_up(1);
    reference watched = monitor(other);
    EXPECT_EQ(co_await end_of(watched), exit_reason::noproc);
    EXPECT_FALSE(co_await receive<down>(after(1s)));
  }),
            exit_reason::normal);
}

TEST(links_crossing, a_down_signal_does_not_pass_a_demonitor) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    auto other = spawn_monitor(on(1), end_later_with, because("meanwhile"));
    co_await sleep_for(1ms);
    send(other.pid, go{});
    hold_up(1);
    EXPECT_TRUE(demonitor(other.reference));
    EXPECT_FALSE(co_await receive<down>(after(1s)));
  }),
            exit_reason::normal);
}

// Two processes, each on a thread of its own, that link and unlink as they like.
process<> link_at_random(pid home, std::uint32_t rounds) {
  trap_exit();
  pid peer = co_await receive<pid>();
  for (std::uint32_t i = 0; i < rounds; ++i) {
    if (random() % 2 == 0)
      link(peer);
    else
      unlink(peer);
    if (random() % 8 == 0) co_await yield();
  }
  send(home, go{});
  co_await receive<go>();
}

// Each question goes the way of the link signals, so that none of those is still under way when its answer is back.
task<bool> ends_agree(std::uint32_t rounds) {
  pid left = spawn(on(0), link_at_random, self(), rounds);
  pid right = spawn(on(1), link_at_random, self(), rounds);
  send(left, right);
  send(right, left);
  co_await receive<go>();
  co_await receive<go>();
  for (int exchange = 0; exchange < 4; ++exchange) {
    spawn(
        on(0),
        [](pid teller) -> process<> {
          send(teller, go{});
          co_return;
        },
        self());
    spawn(
        on(1),
        [](pid teller) -> process<> {
          send(teller, go{});
          co_return;
        },
        self());
    co_await receive<go>();
    co_await receive<go>();
  }
  std::uint64_t links_left = co_await links_of(left);
  std::uint64_t links_right = co_await links_of(right);
  exit(left, exit_reason::kill);
  exit(right, exit_reason::kill);
  co_await await_death(left);
  co_await await_death(right);
  co_return links_left == links_right;
}

TEST(links_crossing, at_random_leave_both_ends_in_agreement) {
  std::uint64_t seed = std::random_device{}();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  runtime rt{{.schedulers = 2, .seed = seed}};
  for (std::uint32_t round = 0; round < 200; ++round) ASSERT_TRUE(rt.call(ends_agree, 50 + round)) << "seed " << seed;
}

}  // namespace
}  // namespace dialtone
