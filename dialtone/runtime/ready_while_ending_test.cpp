// SPDX-License-Identifier: Apache-2.0
// A process may be made ready by itself: one branch of a combination sends what another one waits for. When it ends in
// the same slice, or while its destructors run, or as a zombie, the run queue must not keep it.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include <dialtone/runtime/blocking.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/reply.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

struct poke {};
struct done {
  int who = 0;
};

task<> wait_for_poke() { co_await receive<poke>(); }

process<> report(pid to, int who) {
  send(to, done{who});
  co_return;
}

task<> poke_spawn_and_exit(pid to) {
  send(self(), poke{});
  for (int who = 0; who < 3; ++who) spawn(report, to, who);
  exit(exit_reason::custom_text("done"));
  co_return;
}

process<> wake_self_and_exit(pid to) { co_await all(wait_for_poke(), poke_spawn_and_exit(to)); }

TEST(ready_while_ending, a_process_that_wakes_itself_and_exits_does_not_take_the_run_queue_with_it) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    spawn_monitor(wake_self_and_exit, self());
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::custom_text("done"));
    for (int who = 0; who < 3; ++who) EXPECT_EQ((co_await receive<done>()).who, who);
    EXPECT_EQ(process_count(), 1u);
  }),
            exit_reason::normal);
}

struct poke_at_the_end {
  ~poke_at_the_end() {
    send(self(), poke{});
    for (int who = 0; who < 3; ++who) spawn(report, to, who);
  }
  pid to;
};

task<> poke_in_a_destructor(pid to) {
  poke_at_the_end farewell{to};
  co_await receive<done>();
}

process<> wake_self_in_a_destructor(pid to) { co_await all(poke_in_a_destructor(to), wait_for_poke()); }

TEST(ready_while_ending, a_destructor_that_wakes_another_branch_does_not_bring_the_process_back) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto [victim, name] = spawn_monitor(wake_self_in_a_destructor, self());
    co_await yield();
    exit(victim, exit_reason::kill);
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::killed);
    for (int who = 0; who < 3; ++who) EXPECT_EQ((co_await receive<done>()).who, who);
    EXPECT_EQ(process_count(), 1u);
  }),
            exit_reason::normal);
}

std::atomic<bool> may_return;
std::atomic<int> frames_destroyed;
std::atomic<std::uint64_t> pid_in_destructor;

struct frame_guard {
  ~frame_guard() {
    pid_in_destructor = self().value();
    ++frames_destroyed;
  }
};

struct address_of_reply {
  reply_to<int> reply;
};

task<> block_until_told() {
  co_await blocking([] {
    while (!may_return.load()) std::this_thread::yield();
  });
}

task<> wait_for_a_reply(pid asker) {
  pending_reply<int> answer;
  send(asker, address_of_reply{answer.address()});
  (void)co_await answer.within(std::chrono::hours{1});
}

process<> blocks_and_waits(pid asker) {
  frame_guard guard;
  co_await race(block_until_told(), wait_for_a_reply(asker));
}

TEST(ready_while_ending, a_zombie_whose_reply_comes_does_not_die_twice) {
  may_return = false;
  frames_destroyed = 0;
  runtime rt{{.schedulers = 1}};
  pid zombie = rt.call([]() -> task<pid> {
    auto [victim, name] = spawn_monitor(blocks_and_waits, self());
    auto address = co_await receive<address_of_reply>();
    exit(victim, exit_reason::kill);
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::killed);
    EXPECT_EQ(frames_destroyed, 0);
    reply(address.reply, 1);
    for (int turn = 0; turn < 10; ++turn) co_await yield();
    EXPECT_EQ(frames_destroyed, 0);
    co_return victim;
  });
  may_return = true;
  rt.stop();
  EXPECT_EQ(frames_destroyed, 1);
  EXPECT_EQ(pid::from_value(pid_in_destructor), zombie);
}

}  // namespace
}  // namespace dialtone
