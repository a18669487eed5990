// SPDX-License-Identifier: Apache-2.0
// A process that is started on another scheduler has a pid before it is there. What third parties send to it meanwhile
// may come first, and must find it as if it had been there already. Here the spawner holds its scheduler until it has.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/runtime.hpp>

namespace dialtone {
namespace {

struct number {
  int value;
};
struct target {
  dialtone::pid pid;
};
struct filler {};
struct report {
  std::string text;
};

// More than a chain of signals: it leaves before the slice of its sender ends.
constexpr int a_chain = 64;

std::atomic<bool> third_party_is_through;

process<> wait_for_ever() { co_await receive<filler>(); }

using deed = void (*)(pid victim);

// On scheduler 2: does its deed to the process that is not there yet, and sees to it that scheduler 1 has been told.
template <deed Do>
process<> third_party(pid neighbour) {
  pid victim = (co_await receive<target>()).pid;
  Do(victim);
  EXPECT_TRUE(co_await info_of(neighbour));
  EXPECT_FALSE(co_await info_of(victim)) << "it has been started too early";
  third_party_is_through = true;
  for (;;) {
    auto fate = co_await receive<down>();
    send(fate.pid, number{0});
  }
}

template <deed Do, class Function>
task<std::string> meet_before_birth(Function function, bool trap) {
  third_party_is_through = false;
  pid neighbour = spawn({.scheduler = placement::on(1)}, wait_for_ever);
  pid third = spawn({.scheduler = placement::on(2)}, third_party<Do>, neighbour);
  while (!co_await info_of(third) || !co_await info_of(neighbour)) co_await yield();
  auto [victim, name] =
      spawn_monitor({.scheduler = placement::on(1), .mailbox_limit = 10, .trap_exit = trap}, function, self());
  send(third, target{victim});
  for (int sent = 0; sent < a_chain; ++sent) send(third, filler{});
  while (!third_party_is_through.load()) std::this_thread::yield();
  auto first = co_await receive<report, down>();
  co_return std::holds_alternative<report>(first) ? std::get<report>(first).text
                                                  : to_string(std::get<down>(first).reason);
}

process<> report_a_number(pid to) { send(to, report{std::to_string((co_await receive<number>()).value)}); }
process<> report_an_exit(pid to) { send(to, report{"exited: " + to_string((co_await receive<exited>()).reason)}); }

TEST(embryo, a_message_that_comes_before_the_start_is_received) {
  runtime rt{{.schedulers = 3}};
  EXPECT_EQ(rt.call([]() -> task<std::string> {
    return meet_before_birth<[](pid victim) { send(victim, number{7}); }>(report_a_number, false);
  }),
            "7");
}

TEST(embryo, messages_that_come_before_the_start_may_be_as_many_as_the_mailbox_takes) {
  runtime rt{{.schedulers = 3}};
  EXPECT_EQ(rt.call([]() -> task<std::string> {
    return meet_before_birth<[](pid victim) {
      for (int value = 40; value > 0; --value) send(victim, number{value});
    }>(report_a_number, false);
  }),
            "40");
}

TEST(embryo, one_message_more_overflows_it_as_it_would_have_later) {
  runtime rt{{.schedulers = 3}};
  EXPECT_EQ(rt.call([]() -> task<std::string> {
    return meet_before_birth<[](pid victim) {
      for (int value = 41; value > 0; --value) send(victim, number{value});
    }>(report_a_number, false);
  }),
            "mailbox_overflow");
}

TEST(embryo, an_exit_signal_that_comes_before_the_start_ends_the_process) {
  runtime rt{{.schedulers = 3}};
  EXPECT_EQ(rt.call([]() -> task<std::string> {
    return meet_before_birth<[](pid victim) { exit(victim, exit_reason::shutdown); }>(report_an_exit, false);
  }),
            "shutdown");
}

TEST(embryo, a_process_started_to_trap_exits_traps_those_that_come_before_the_start) {
  runtime rt{{.schedulers = 3}};
  EXPECT_EQ(rt.call([]() -> task<std::string> {
    return meet_before_birth<[](pid victim) { exit(victim, exit_reason::shutdown); }>(report_an_exit, true);
  }),
            "exited: shutdown");
}

process<> report_both(pid to) {
  auto one = co_await receive<number, exited>();
  auto other = co_await receive<number, exited>();
  auto third = co_await receive<number, exited>();
  send(to, report{std::to_string(one.index()) + std::to_string(other.index()) + std::to_string(third.index())});
}

TEST(embryo, exit_signals_and_messages_that_come_before_the_start_keep_their_order) {
  runtime rt{{.schedulers = 3}};
  EXPECT_EQ(rt.call([]() -> task<std::string> {
    return meet_before_birth<[](pid victim) {
      send(victim, number{1});
      exit(victim, exit_reason::shutdown);
      send(victim, number{2});
    }>(report_both, true);
  }),
            "010");
}

TEST(embryo, a_kill_that_comes_before_the_start_is_not_trapped) {
  runtime rt{{.schedulers = 3}};
  EXPECT_EQ(rt.call([]() -> task<std::string> {
    return meet_before_birth<[](pid victim) { exit(victim, exit_reason::kill); }>(report_an_exit, true);
  }),
            "killed");
}

TEST(embryo, a_monitor_that_comes_before_the_start_does_not_report_noproc) {
  runtime rt{{.schedulers = 3}};
  EXPECT_EQ(rt.call([]() -> task<std::string> {
    return meet_before_birth<[](pid victim) {
      (void)monitor(victim);
      send(victim, number{3});
    }>(report_a_number, false);
  }),
            "3");
}

TEST(embryo, a_link_that_comes_before_the_start_holds) {
  runtime rt{{.schedulers = 3}};
  EXPECT_EQ(rt.call([]() -> task<std::string> {
    return meet_before_birth<[](pid victim) {
      link(victim);
      unlink(victim);
      link(victim);
      send(victim, number{5});
    }>(report_a_number, false);
  }),
            "5");
}

}  // namespace
}  // namespace dialtone
