// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/send.hpp>

#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/witness_test.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using testing::witness;

struct number {
  int value;
};
struct load {
  witness seen;
};

process<> end_at_once() { co_return; }

TEST(send, to_a_dead_process_destroys_the_message_and_is_no_error) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto [dead, reference] = spawn_monitor(end_at_once);
    co_await receive<down>();
    send(dead, load{});
    EXPECT_EQ(witness::alive(), 0);
  }),
            exit_reason::normal);
}

TEST(send, to_nobody_destroys_the_message) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    send(pid{}, load{});
    send(pid{0, 0, self().generation() + 1}, load{});
    send(pid{0, 0xffffff, 1}, load{});
    send(pid{1, 0xffffff, 1}, load{});
    send(pid{77, 0, 1}, load{});
    send(pid::from_value(~std::uint64_t{0}), load{});
    co_return;
  }),
            exit_reason::normal);
  EXPECT_EQ(witness::alive(), 0);
}

TEST(send, to_the_pid_of_a_dead_process_never_reaches_who_has_its_slot_now) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto [dead, reference] = spawn_monitor(end_at_once);
    co_await receive<down>();
    pid next = spawn([]() -> process<> { EXPECT_FALSE(co_await receive<number>(after(1ms))); });
    EXPECT_EQ(next.slot(), dead.slot());
    EXPECT_NE(next, dead);
    send(dead, number{1});
    co_await sleep_for(2ms);
    EXPECT_FALSE(is_alive(next));
  }),
            exit_reason::normal);
}

TEST(send, to_oneself_arrives) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    send(self(), number{1});
    send(self(), number{2});
    EXPECT_EQ((co_await receive<number>()).value, 1);
    EXPECT_EQ((co_await receive<number>()).value, 2);
  }),
            exit_reason::normal);
}

TEST(send, does_not_run_the_receiver) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    pid other = spawn(
        [](pid parent) -> process<> {
          co_await receive<number>();
          send(parent, number{2});
        },
        self());
    co_await yield();
    send(other, number{1});
    EXPECT_FALSE(co_await receive<number>(after(0s)));
    co_await yield();
    EXPECT_TRUE(co_await receive<number>(after(0s)));
  }),
            exit_reason::normal);
}

TEST(send, keeps_order_with_spawn_links_and_exits) {
  testing::stepped_runtime rt{{.schedulers = 2}};
  for (std::uint32_t scheduler : {0u, 1u}) {
    EXPECT_EQ(rt.run(
                  [](std::uint32_t where) -> process<> {
                    auto [other, reference] = spawn_monitor(
                        {.scheduler = placement::on(where), .trap_exit = true},
                        [](pid parent) -> process<> {
                          EXPECT_EQ((co_await receive<number>()).value, 1);
                          auto second = co_await receive<number, exited>();
                          EXPECT_EQ(second.index(), 1u);
                          EXPECT_EQ((co_await receive<number>()).value, 2);
                          send(parent, number{3});
                        },
                        self());
                    send(other, number{1});
                    exit(other, exit_reason::shutdown);
                    send(other, number{2});
                    auto first = co_await receive<number, down>();
                    EXPECT_EQ(first.index(), 0u) << "what a process sends arrives before the news of its death";
                    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::normal);
                  },
                  scheduler),
              exit_reason::normal);
  }
}

TEST(send, of_what_a_dying_process_has_not_received_is_destroyed) {
  testing::stepped_runtime rt;
  pid receiver = rt.spawn([]() -> process<> { co_await receive<number>(); });
  rt.settle();
  for (int i = 0; i < 5; ++i) rt->send(receiver, load{});
  rt.settle();
  EXPECT_EQ(witness::alive(), 5);
  rt->send(receiver, number{1});
  rt.settle();
  EXPECT_EQ(witness::alive(), 0);
}

struct last_words {
  pid to;
  ~last_words() { send(to, number{static_cast<int>(self().slot())}); }
};

TEST(send, works_in_destructors_of_a_dying_process_and_comes_before_its_down) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto [victim, reference] = spawn_monitor(
        [](pid parent) -> process<> {
          last_words farewell{parent};
          co_await sleep_for(1h);
        },
        self());
    co_await yield();
    exit(victim, exit_reason::kill);
    auto first = co_await receive<number, down>();
    EXPECT_EQ(std::get<number>(first).value, static_cast<int>(victim.slot()));
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::killed);
  }),
            exit_reason::normal);
}

TEST(send, of_a_dying_process_to_itself_vanishes) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto [victim, reference] = spawn_monitor([]() -> process<> {
      last_words farewell{self()};
      co_await receive<number>();
    });
    co_await yield();
    exit(victim, exit_reason::kill);
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::killed);
  }),
            exit_reason::normal);
}

TEST(send, from_outside_keeps_its_order) {
  testing::stepped_runtime rt;
  pid receiver = rt.spawn([]() -> process<> {
    for (int i = 0; i < 100; ++i) EXPECT_EQ((co_await receive<number>()).value, i);
  });
  for (int i = 0; i < 100; ++i) rt->send(receiver, number{i});
  rt.settle();
  EXPECT_FALSE(rt->info(receiver).has_value());
  rt->send(receiver, load{});
  rt->send(pid{}, load{});
  rt.settle();
  EXPECT_EQ(witness::alive(), 0);
}

TEST(send, functions_of_the_runtime_inside_a_process_end_the_program_with_a_sentence) {
  static testing::stepped_runtime* used;
  testing::stepped_runtime rt;
  used = &rt;
  EXPECT_DEATH(rt.run([]() -> process<> {
    (*used)->send(self(), number{1});
    co_return;
  }),
               "functions of a runtime object are for ordinary threads");
}

}  // namespace
}  // namespace dialtone
