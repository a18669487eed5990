// SPDX-License-Identifier: Apache-2.0
// A process that is started on another scheduler: its pid is of use at once, to its parent and to third parties, whose
// signals may overtake the start. There, real threads run, and are held where they have to wait for each other.
#include <atomic>
#include <future>

#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/runtime/reply.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

process<> send_on(pid teller) {
  for (;;) send(teller, co_await receive<int>());
}

TEST(remote_spawn, has_a_pid_that_takes_messages_at_once) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    pid other = spawn(on(1), send_on, self());
    EXPECT_TRUE(is_alive(other));
    for (int i = 0; i < 200; ++i) send(other, i);
    for (int i = 0; i < 200; ++i) EXPECT_EQ(co_await receive<int>(), i);
  }),
            exit_reason::normal);
}

TEST(remote_spawn, has_a_pid_that_takes_signals_at_once) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    trap_exit();
    pid other = spawn(on(1), wait_for_go);
    link(other);
    reference watched = monitor(other);
    unlink(other);
    link(other);
    auto info = co_await info_of(other);
    EXPECT_EQ(info ? info->links : 99, 1u);
    exit(other, because("already"));
    EXPECT_EQ((co_await receive<exited>()).reason, because("already"));
    EXPECT_EQ(co_await end_of(watched), because("already"));
  }),
            exit_reason::normal);
}

TEST(remote_spawn, of_a_parent_that_dies_at_once_is_told) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    auto parent = spawn_monitor(
        [](pid teller) -> process<> {
          send(teller, spawn_link(on(1), wait_for_go));
          exit(because("orphans"));
          co_return;
        },
        self());
    pid child = co_await receive<pid>();
    reference watched = monitor(child);
    co_await end_of(parent.reference);
    exit_reason reason = co_await end_of(watched);
    EXPECT_TRUE(reason == because("orphans") || reason == exit_reason::noproc) << to_string(reason);
  }),
            exit_reason::normal);
}

TEST(remote_spawn, answers_by_reply_before_anything_else_is_known_of_it) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    pid server = spawn(on(1), []() -> process<> { reply(co_await receive<reply_to<int>>(), 5); });
    pending_reply<int> answer{server};
    send(server, answer.address());
    EXPECT_EQ(co_await answer.within(1s), 5);
    pid crasher = spawn(on(1), end_with, because("no answer"));
    pending_reply<int> none{crasher};
    auto outcome = co_await none.within(1s);
    EXPECT_FALSE(outcome.has_value());
    if (!outcome) EXPECT_EQ(outcome.error(), because("no answer"));
  }),
            exit_reason::normal);
}

// What a third party does with the pid before its scheduler has heard of the process.
using deed = void (*)(pid process);

struct stage {
  std::atomic<bool> done{false};
  std::atomic<deed> what{nullptr};
  spawn_options options;
};
stage* set = nullptr;

// On scheduler 1, as the third party. Once scheduler 2 answers, it has seen what was done.
process<> meddle() {
  pid newborn = co_await receive<pid>();
  (*set->what.load())(newborn);
  auto info = co_await info_of(newborn);
  EXPECT_FALSE(info.has_value()) << "the process was started before the third party came: the test is void";
  set->done = true;
  co_await receive<go>();
}

// On scheduler 0, which does not let the start leave before the third party has done its deed: signals leave when a
// process awaits, or when 64 are under way to one scheduler.
task<exit_reason> start_late(pid third) {
  auto newborn = spawn_monitor(set->options, []() -> process<> {
    int sum = 0;
    for (int i = 0; i < 3; ++i) {
      auto either = co_await receive<int, exited>();
      if (either.index() == 1) exit(because("trapped"));
      sum = 10 * sum + std::get<int>(either);
    }
    exit(exit_reason::custom_text(std::to_string(sum)));
  });
  send(third, newborn.pid);
  for (int i = 0; i < 200; ++i) send(third, 'x');
  while (!set->done) std::this_thread::yield();
  for (int i = 1; i <= 3; ++i) send(newborn.pid, i);
  exit_reason reason = co_await end_of(newborn.reference);
  send(third, go{});
  co_return reason;
}

exit_reason end_after(deed what, spawn_options options = {}) {
  runtime rt{{.schedulers = 3, .long_schedule = 0s}};
  stage here;
  here.what = what;
  here.options = std::move(options);
  here.options.scheduler = placement::on(2);
  set = &here;
  pid third = rt.spawn(on(1), meddle);
  return rt.call(start_late, third);
}

TEST(remote_spawn, keeps_what_third_parties_send_before_it_has_started) {
  EXPECT_EQ(end_after([](pid newborn) {
              send(newborn, 7);
              send(newborn, 8);
            }),
            because("781"));
}

TEST(remote_spawn, is_ended_by_an_exit_signal_of_a_third_party_before_it_has_started) {
  EXPECT_EQ(end_after([](pid newborn) { exit(newborn, because("early")); }), because("early"));
  EXPECT_EQ(end_after([](pid newborn) { exit(newborn, exit_reason::kill); }, {.trap_exit = true}), exit_reason::killed);
}

TEST(remote_spawn, traps_an_exit_signal_of_a_third_party_before_it_has_started) {
  EXPECT_EQ(end_after([](pid newborn) { exit(newborn, because("early")); }, {.trap_exit = true}), because("trapped"));
}

TEST(remote_spawn, keeps_the_order_of_what_third_parties_send_before_it_has_started) {
  EXPECT_EQ(end_after(
                [](pid newborn) {
                  for (int i = 7; i < 10; ++i) send(newborn, i);
                  exit(newborn, because("after three messages"));
                },
                {.trap_exit = true}),
            because("789"));
}

TEST(remote_spawn, may_be_linked_by_a_third_party_before_it_has_started) {
  EXPECT_EQ(end_after([](pid newborn) {
              trap_exit();
              link(newborn);
              unlink(newborn);
              link(newborn);
            }),
            because("123"));
}

TEST(remote_spawn, obeys_its_mailbox_limit_for_what_came_before_it_has_started) {
  EXPECT_EQ(end_after(
                [](pid newborn) {
                  for (int i = 0; i < 5; ++i) send(newborn, i);
                },
                {.mailbox_limit = 1}),
            exit_reason::mailbox_overflow);
}

}  // namespace
}  // namespace dialtone
