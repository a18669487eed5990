// SPDX-License-Identifier: Apache-2.0
// exit(pid, reason) and trap_exit. What is doubtful was asked of Erlang/OTP 25 (Debian's erl), and is said where it
// was. Every rule is tested with the other process on the same scheduler and on another one.
#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

class exit_signals : public two_schedulers {};

INSTANTIATE_TEST_SUITE_P(placed, exit_signals, beside_and_elsewhere, name_of_place);

// Traps, and sends on each exit signal that reaches it.
process<> report_exits(pid watcher) {
  trap_exit();
  for (;;) send(watcher, co_await receive<exited>());
}

TEST_P(exit_signals, end_a_process_with_their_reason) {
  run([](std::uint32_t peer) -> process<> {
    for (exit_reason reason : {exit_reason{exit_reason::shutdown}, because("enough"), exit_reason{exit_reason::killed},
                               exit_reason::shutdown_because("moving"), exit_reason{exit_reason::noproc}}) {
      auto victim = spawn_monitor(on(peer), wait_for_go);
      exit(victim.pid, reason);
      EXPECT_EQ(co_await end_of(victim.reference), reason);
    }
  });
}

TEST_P(exit_signals, reach_a_process_in_the_middle_of_its_wait) {
  run([](std::uint32_t peer) -> process<> {
    auto victim = spawn_monitor(on(peer), []() -> process<> { co_await sleep_for(1h); });
    co_await sleep_for(1ms);
    exit(victim.pid, because("waited enough"));
    time_point before = now();
    EXPECT_EQ(co_await end_of(victim.reference), because("waited enough"));
    EXPECT_LT(now() - before, 1h);
  });
}

// erl: exit(Other, normal) leaves Other alive.
TEST_P(exit_signals, with_normal_do_nothing_to_another) {
  run([](std::uint32_t peer) -> process<> {
    auto other = spawn_monitor(on(peer), end_later_with, because("told to go"));
    exit(other.pid, exit_reason::normal);
    send(other.pid, go{});
    EXPECT_EQ(co_await end_of(other.reference), because("told to go"));
  });
}

// erl: {'EXIT', Sender, normal}.
TEST_P(exit_signals, come_as_messages_that_name_their_sender) {
  run([](std::uint32_t peer) -> process<> {
    pid trapping = spawn(on(peer), report_exits, self());
    co_await sleep_for(1ms);
    for (exit_reason reason :
         {exit_reason{exit_reason::normal}, exit_reason{exit_reason::shutdown}, because("why not")}) {
      exit(trapping, reason);
      exited told = co_await receive<exited>();
      EXPECT_EQ(told.pid, self());
      EXPECT_EQ(told.reason, reason);
    }
  });
}

TEST_P(exit_signals, with_kill_cannot_be_trapped) {
  run([](std::uint32_t peer) -> process<> {
    auto trapping = spawn_monitor(on(peer), report_exits, self());
    co_await sleep_for(1ms);
    exit(trapping.pid, exit_reason::kill);
    EXPECT_EQ(co_await end_of(trapping.reference), exit_reason::killed);
    EXPECT_FALSE(co_await receive<exited>(after(1s)));
  });
}

// erl: only the atom kill is special; {'EXIT', Sender, killed}.
TEST_P(exit_signals, with_killed_can_be_trapped) {
  run([](std::uint32_t peer) -> process<> {
    pid trapping = spawn(on(peer), report_exits, self());
    co_await sleep_for(1ms);
    exit(trapping, exit_reason::killed);
    EXPECT_EQ((co_await receive<exited>()).reason, exit_reason::killed);
  });
}

TEST_P(exit_signals, need_no_await_of_a_process_that_was_started_trapping) {
  run([](std::uint32_t peer) -> process<> {
    spawn_options trapping{.scheduler = placement::on(peer), .trap_exit = true};
    pid other = spawn(trapping, [](pid watcher) -> process<> { send(watcher, co_await receive<exited>()); }, self());
    exit(other, because("before it ran"));
    EXPECT_EQ((co_await receive<exited>()).reason, because("before it ran"));
  });
}

TEST_P(exit_signals, end_a_process_before_it_has_run) {
  run([](std::uint32_t peer) -> process<> {
    auto victim = spawn_monitor(
        on(peer),
        [](pid watcher) -> process<> {
          send(watcher, go{});
          co_return;
        },
        self());
    exit(victim.pid, because("too soon"));
    EXPECT_EQ(co_await end_of(victim.reference), because("too soon"));
    EXPECT_FALSE(co_await receive<go>(after(1s)));
  });
}

TEST_P(exit_signals, after_the_first_change_nothing) {
  run([](std::uint32_t peer) -> process<> {
    auto victim = spawn_monitor(on(peer), wait_for_go);
    exit(victim.pid, because("first"));
    exit(victim.pid, because("second"));
    exit(victim.pid, exit_reason::kill);
    EXPECT_EQ(co_await end_of(victim.reference), because("first"));
  });
}

TEST_P(exit_signals, to_the_dead_do_nothing) {
  run([](std::uint32_t peer) -> process<> {
    pid dead = spawn(on(peer), end_at_once);
    co_await await_death(dead);
    exit(dead, exit_reason::kill);
    exit(pid{}, exit_reason::kill);
    co_await sleep_for(1ms);
  });
}

TEST_P(exit_signals, keep_their_place_between_messages) {
  run([](std::uint32_t peer) -> process<> {
    trap_exit();
    pid echo = spawn(
        on(peer),
        [](pid watcher) -> process<> {
          trap_exit();
          for (int i = 0; i < 3; ++i) {
            auto either = co_await receive<go, exited>();
            send(watcher, static_cast<int>(either.index()));
          }
        },
        self());
    co_await sleep_for(1ms);
    send(echo, go{});
    exit(echo, because("between"));
    send(echo, go{});
    EXPECT_EQ(co_await receive<int>(), 0);
    EXPECT_EQ(co_await receive<int>(), 1);
    EXPECT_EQ(co_await receive<int>(), 0);
  });
}

TEST(trap_exit, tells_what_was_set_before) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    EXPECT_FALSE(trap_exit());
    EXPECT_TRUE(trap_exit(true));
    EXPECT_TRUE(trap_exit(false));
    EXPECT_FALSE(trap_exit(false));
    co_return;
  }),
            exit_reason::normal);
}

TEST(trap_exit, can_be_switched_off_again) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto victim = spawn_monitor([]() -> process<> {
      trap_exit();
      trap_exit(false);
      co_await receive<go>();
    });
    co_await yield();
    exit(victim.pid, because("not trapped"));
    EXPECT_EQ(co_await end_of(victim.reference), because("not trapped"));
  }),
            exit_reason::normal);
}

TEST(exit_signals_to_oneself, with_normal_end_the_caller) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    // erl: exit(self(), normal) ends a process that does not trap exits.
    auto quiet = spawn_monitor([]() -> process<> {
      exit(self(), exit_reason::normal);
      exit(because("went on"));
      co_return;
    });
    EXPECT_EQ(co_await end_of(quiet.reference), exit_reason::normal);
  }),
            exit_reason::normal);
}

TEST(exit_signals_to_oneself, act_before_the_call_returns) {
  stepped_runtime rt;
  static int lines;
  lines = 0;
  EXPECT_EQ(rt.run([]() -> process<> {
    // erl: what follows exit(self(), x) is not run.
    auto victim = spawn_monitor([]() -> process<> {
      ++lines;
      exit(self(), because("at once"));
      ++lines;
      co_return;
    });
    EXPECT_EQ(co_await end_of(victim.reference), because("at once"));
  }),
            exit_reason::normal);
  EXPECT_EQ(lines, 1);
}

TEST(exit_signals_to_oneself, come_as_messages_when_trapped) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    trap_exit();
    exit(self(), exit_reason::normal);
    exited told = co_await receive<exited>();
    EXPECT_EQ(told.pid, self());
    EXPECT_EQ(told.reason, exit_reason::normal);
    exit(self(), because("again"));
    EXPECT_EQ((co_await receive<exited>()).reason, because("again"));
  }),
            exit_reason::normal);
}

TEST(exit_signals_to_oneself, with_kill_cannot_be_trapped) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    trap_exit();
    exit(self(), exit_reason::kill);
    co_await receive<go>();
  }),
            exit_reason::killed);
}

TEST(is_alive, is_false_from_the_exit_signal_on) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    EXPECT_TRUE(is_alive(self()));
    pid other = spawn(wait_for_go);
    EXPECT_TRUE(is_alive(other));
    // erl: is_process_alive is false once the exit signal has been sent, though its end may take a while.
    exit(other, because("doomed"));
    EXPECT_FALSE(is_alive(other));
    co_await await_death(other);
    EXPECT_FALSE(is_alive(other));
    EXPECT_FALSE(is_alive(pid{}));
  }),
            exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
