// SPDX-License-Identifier: Apache-2.0
// What is doubtful about monitors was asked of Erlang/OTP 25 (Debian's erl), and is said where it was. Every rule is
// tested with the other process on the same scheduler and on another one.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

class monitors : public two_schedulers {};

INSTANTIATE_TEST_SUITE_P(placed, monitors, beside_and_elsewhere, name_of_place);

TEST_P(monitors, tell_who_has_ended_and_why) {
  run([](std::uint32_t peer) -> process<> {
    for (exit_reason reason : {exit_reason{}, because("broken"), exit_reason{exit_reason::shutdown}}) {
      pid other = spawn(on(peer), end_later_with, reason);
      reference watched = monitor(other);
      send(other, go{});
      down told = co_await receive<down>();
      EXPECT_EQ(told.reference, watched);
      EXPECT_EQ(told.pid, other);
      EXPECT_EQ(told.reason, reason);
    }
  });
}

TEST_P(monitors, fire_once) {
  run([](std::uint32_t peer) -> process<> {
    auto other = spawn_monitor(on(peer), end_at_once);
    co_await end_of(other.reference);
    EXPECT_FALSE(co_await receive<down>(after(1s)));
  });
}

TEST_P(monitors, of_a_spawn_see_the_quickest_death) {
  run([](std::uint32_t peer) -> process<> {
    auto other = spawn_monitor(on(peer), end_with, because("at once"));
    EXPECT_EQ(co_await end_of(other.reference), because("at once"));
  });
}

TEST_P(monitors, do_not_end_who_watches) {
  run([](std::uint32_t peer) -> process<> {
    auto other = spawn_monitor(on(peer), end_with, because("your problem"));
    co_await end_of(other.reference);
    co_await yield();
  });
}

TEST_P(monitors, do_not_tell_who_is_watched) {
  run([](std::uint32_t peer) -> process<> {
    pid watched = spawn(on(peer), end_later_with, because("told to go"));
    auto watcher = spawn_monitor(
        [](pid other) -> process<> {
          reference watching = monitor(other);
          exit(exit_reason::custom_text(to_string(watching)));
          co_return;
        },
        watched);
    co_await end_of(watcher.reference);
    co_await sleep_for(1ms);
    auto info = co_await info_of(watched);
    EXPECT_TRUE(info.has_value());
    EXPECT_EQ(info ? info->monitored_by : 99, 0u);
  });
}

TEST_P(monitors, of_the_dead_say_noproc) {
  run([](std::uint32_t peer) -> process<> {
    pid dead = spawn(on(peer), end_with, because("long ago"));
    co_await await_death(dead);
    reference watched = monitor(dead);
    down told = co_await receive<down>();
    EXPECT_EQ(told.reference, watched);
    EXPECT_EQ(told.pid, dead);
    EXPECT_EQ(told.reason, exit_reason::noproc);
    EXPECT_FALSE(co_await receive<down>(after(1s)));
  });
}

TEST_P(monitors, of_nobody_say_noproc) {
  run([](std::uint32_t) -> process<> {
    for (pid nobody : {pid{}, pid{0, 77, 3}, pid{1, 77, 3}, pid{1, 0xffffff, 0xffffffff}, pid{1, 0xffffff, 1}}) {
      reference watched = monitor(nobody);
      EXPECT_EQ(co_await end_of(watched), exit_reason::noproc) << to_string(nobody);
    }
  });
}

// A runtime has no scheduler 200: who is said to live there is as dead as any.
TEST_P(monitors, of_a_scheduler_that_is_not_there_say_noproc) {
  run([](std::uint32_t) -> process<> {
    reference watched = monitor(pid{200, 1, 1});
    auto told = co_await receive<down>(after(1s));
    EXPECT_TRUE(told.has_value());
    EXPECT_EQ(told ? told->reason : exit_reason{}, exit_reason::noproc);
    EXPECT_FALSE(demonitor(watched));
    trap_exit();
    link(pid{200, 1, 1});
    auto linked = co_await receive<exited>(after(1s));
    EXPECT_TRUE(linked.has_value());
    EXPECT_EQ(co_await links_of(self()), 0u);
    send(pid{200, 1, 1}, go{});
    exit(pid{200, 1, 1}, exit_reason::kill);
  });
}

// erl: a monitor of oneself never fires, and demonitor(R, [info]) is false. Ours is counted until it is ended.
TEST_P(monitors, of_oneself_never_fire) {
  run([](std::uint32_t) -> process<> {
    reference watched = monitor(self());
    EXPECT_FALSE(co_await receive<down>(after(1s)));
    demonitor(watched);
    auto info = co_await info_of(self());
    EXPECT_EQ(info ? info->monitors : 99, 0u);
    EXPECT_EQ(info ? info->monitored_by : 99, 0u);
    // One that is still there when its process ends harms nobody.
    EXPECT_NE(monitor(self()), watched);
  });
}

TEST_P(monitors, are_each_their_own) {
  run([](std::uint32_t peer) -> process<> {
    pid other = spawn(on(peer), end_later_with, because("seen twice"));
    reference first = monitor(other);
    reference second = monitor(other);
    reference third = monitor(other);
    EXPECT_NE(first, second);
    EXPECT_TRUE(demonitor(second));
    send(other, go{});
    EXPECT_EQ(co_await end_of(first), because("seen twice"));
    EXPECT_EQ(co_await end_of(third), because("seen twice"));
    EXPECT_FALSE(co_await receive<down>(after(1s)));
  });
}

TEST_P(monitors, that_were_ended_do_not_fire) {
  run([](std::uint32_t peer) -> process<> {
    auto other = spawn_monitor(on(peer), wait_for_go);
    EXPECT_TRUE(demonitor(other.reference));
    EXPECT_FALSE(demonitor(other.reference));
    send(other.pid, go{});
    EXPECT_FALSE(co_await receive<down>(after(1s)));
  });
}

// The other has died already, elsewhere, when the monitor is ended: its down signal is on its way, and is not let in.
TEST_P(monitors, that_were_ended_do_not_fire_late) {
  run([](std::uint32_t peer) -> process<> {
    auto other = spawn_monitor(on(peer), wait_for_go);
    exit(other.pid, because("crossing"));
    EXPECT_TRUE(demonitor(other.reference));
    EXPECT_FALSE(co_await receive<down>(after(1s)));
  });
}

// erl: demonitor without flush leaves a 'DOWN' in the mailbox, and says false with [info].
TEST_P(monitors, that_have_fired_can_be_flushed) {
  run([](std::uint32_t peer) -> process<> {
    auto kept = spawn_monitor(on(peer), end_at_once);
    auto flushed = spawn_monitor(on(peer), end_at_once);
    co_await sleep_for(1ms);
    EXPECT_FALSE(demonitor(kept.reference));
    EXPECT_FALSE(demonitor(flushed.reference, demonitor_mode::flush));
    EXPECT_EQ((co_await receive<down>()).reference, kept.reference);
    EXPECT_FALSE(co_await receive<down>(after(0s)));
  });
}

/// All of them have fired, and nobody has received it.
task<std::vector<reference>> fired(std::uint32_t peer, std::size_t count) {
  std::vector<reference> watched;
  for (std::size_t i = 0; i < count; ++i) watched.push_back(spawn_monitor(on(peer), end_at_once).reference);
  co_await sleep_for(1ms);
  co_return watched;
}

TEST_P(monitors, may_be_flushed_by_the_predicate_of_a_receive) {
  run([](std::uint32_t peer) -> process<> {
    const auto watched = co_await fired(peer, 6);
    std::vector<reference> asked;
    const auto none = co_await receive<down>(
        [&](const down& it) {
          asked.push_back(it.reference);
          if (asked.size() == 2) demonitor(asked[0], demonitor_mode::flush);  // the one before it
          if (asked.size() == 4) {
            demonitor(it.reference, demonitor_mode::flush);
            demonitor(asked[2], demonitor_mode::flush);
            EXPECT_EQ(it.reference, asked[3]) << "it is there while the predicate looks at it";
            for (const reference each : watched)  // one that comes behind it
              if (std::ranges::find(asked, each) == asked.end()) return demonitor(each, demonitor_mode::flush);
          }
          return false;
        },
        after(0s));
    EXPECT_FALSE(none);
    EXPECT_EQ(asked.size(), 5u);
    EXPECT_EQ((co_await receive<down>(after(0s)))->reference, asked[1]);
    EXPECT_EQ((co_await receive<down>(after(0s)))->reference, asked[4]);
    EXPECT_FALSE(co_await receive<down>(after(0s)));
    EXPECT_EQ((co_await info_of(self()))->mailbox_length, 0u);
  });
}

TEST_P(monitors, that_a_predicate_flushes_and_wants_all_the_same_are_received) {
  run([](std::uint32_t peer) -> process<> {
    static_cast<void>(co_await fired(peer, 3));
    reference flushed;
    const auto got = co_await receive<down>([&](const down& it) {
      flushed = it.reference;
      demonitor(it.reference, demonitor_mode::flush);
      return true;
    });
    EXPECT_EQ(got.reference, flushed);
    for (int left = 2; left != 0; --left) EXPECT_NE((co_await receive<down>(after(0s)))->reference, flushed);
    EXPECT_FALSE(co_await receive<down>(after(0s)));
  });
}

TEST_P(monitors, are_flushed_from_between_other_messages) {
  run([](std::uint32_t peer) -> process<> {
    send(self(), 1);
    auto first = spawn_monitor(on(peer), end_at_once);
    co_await sleep_for(1ms);
    send(self(), 2);
    auto last = spawn_monitor(on(peer), end_at_once);
    co_await sleep_for(1ms);
    demonitor(last.reference, demonitor_mode::flush);
    send(self(), 3);
    demonitor(first.reference, demonitor_mode::flush);
    for (int i = 1; i <= 3; ++i) EXPECT_EQ(co_await receive<int>(), i);
    auto info = co_await info_of(self());
    EXPECT_EQ(info ? info->mailbox_length : 99, 0u);
  });
}

TEST_P(monitors, that_are_active_are_ended_by_a_flush_too) {
  run([](std::uint32_t peer) -> process<> {
    auto other = spawn_monitor(on(peer), wait_for_go);
    EXPECT_TRUE(demonitor(other.reference, demonitor_mode::flush));
    send(other.pid, go{});
    EXPECT_FALSE(co_await receive<down>(after(1s)));
  });
}

TEST_P(monitors, of_others_cannot_be_ended) {
  run([](std::uint32_t peer) -> process<> {
    auto other = spawn_monitor(on(peer), wait_for_go);
    auto thief = spawn_monitor(
        [](reference stolen) -> process<> {
          EXPECT_FALSE(demonitor(stolen, demonitor_mode::flush));
          EXPECT_FALSE(demonitor(reference{}));
          co_return;
        },
        other.reference);
    co_await end_of(thief.reference);
    send(other.pid, go{});
    EXPECT_EQ(co_await end_of(other.reference), exit_reason::normal);
  });
}

// erl: noproc, as for the link in links_test.cpp, and for the same reason not here.
TEST_P(monitors, of_a_process_that_is_about_to_die_tell_its_reason) {
  run([](std::uint32_t peer) -> process<> {
    pid doomed = spawn(on(peer), wait_for_go);
    exit(doomed, because("told so"));
    reference watched = monitor(doomed);
    EXPECT_EQ(co_await end_of(watched), because("told so"));
  });
}

// erl: ['EXIT', 'DOWN'].
TEST_P(monitors, speak_after_links_of_the_same_death) {
  run([](std::uint32_t peer) -> process<> {
    trap_exit();
    pid other = spawn(on(peer), wait_for_go);
    reference watched = monitor(other);
    link(other);
    exit(other, because("both"));
    auto first = co_await receive<exited, down>();
    EXPECT_EQ(first.index(), 0u);
    auto second = co_await receive<exited, down>();
    EXPECT_EQ(second.index(), 1u);
    EXPECT_EQ(std::get<down>(second).reference, watched);
  });
}

TEST_P(monitors, speak_after_the_last_messages_of_the_dead) {
  run([](std::uint32_t peer) -> process<> {
    auto other = spawn_monitor(
        on(peer),
        [](pid watcher) -> process<> {
          for (int i = 0; i < 100; ++i) send(watcher, i);
          co_return;
        },
        self());
    for (int i = 0; i < 100; ++i) {
      auto either = co_await receive<int, down>();
      EXPECT_EQ(either.index(), 0u);
      if (either.index() == 0) EXPECT_EQ(std::get<int>(either), i);
    }
    EXPECT_EQ(co_await end_of(other.reference), exit_reason::normal);
  });
}

TEST_P(monitors, are_counted_on_both_sides) {
  run([](std::uint32_t peer) -> process<> {
    pid other = spawn(on(peer), wait_for_go);
    reference first = monitor(other);
    reference second = monitor(other);
    auto mine = co_await info_of(self());
    auto theirs = co_await info_of(other);
    EXPECT_EQ(mine ? mine->monitors : 99, 2u);
    EXPECT_EQ(theirs ? theirs->monitored_by : 99, 2u);
    demonitor(first);
    demonitor(second);
    mine = co_await info_of(self());
    theirs = co_await info_of(other);
    EXPECT_EQ(mine ? mine->monitors : 99, 0u);
    EXPECT_EQ(theirs ? theirs->monitored_by : 99, 0u);
  });
}

TEST_P(monitors, by_many_all_fire) {
  run([](std::uint32_t peer) -> process<> {
    constexpr int many = 100;
    pid watched = spawn(wait_for_go);
    for (int i = 0; i < many; ++i) {
      spawn(
          on(peer),
          [](pid other, pid teller) -> process<> {
            reference watching = monitor(other);
            send(teller, co_await end_of(watching));
          },
          watched, self());
    }
    co_await sleep_for(1ms);
    exit(watched, because("everybody"));
    for (int i = 0; i < many; ++i) EXPECT_EQ(co_await receive<exit_reason>(), because("everybody"));
  });
}

}  // namespace
}  // namespace dialtone
