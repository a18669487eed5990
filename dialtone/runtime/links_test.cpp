// SPDX-License-Identifier: Apache-2.0
// What is doubtful about links and exit signals was asked of Erlang/OTP 25 (Debian's erl), and is said where it was.
// Every rule is tested with the other process on the same scheduler and on another one.
#include <dialtone/runtime/links.hpp>

#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

class links : public two_schedulers {};

INSTANTIATE_TEST_SUITE_P(placed, links, beside_and_elsewhere, name_of_place);

// Links itself to `other`, and waits.
process<> link_and_wait(pid other) {
  link(other);
  co_await receive<go>();
}

// As above, and sends on what its links bring.
process<> link_trap_and_report(pid other, pid watcher) {
  trap_exit();
  link(other);
  send(watcher, co_await receive<exited>());
}

TEST_P(links, end_both_with_one_reason) {
  run([](std::uint32_t peer) -> process<> {
    pid first = spawn(end_later_with, because("broken"));
    auto second = spawn_monitor(on(peer), link_and_wait, first);
    co_await sleep_for(1ms);
    send(first, go{});
    EXPECT_EQ(co_await end_of(second.reference), because("broken"));
  });
}

TEST_P(links, work_in_both_directions) {
  run([](std::uint32_t peer) -> process<> {
    auto first = spawn_monitor(wait_for_go);
    pid second = spawn(on(peer), link_and_wait, first.pid);
    co_await sleep_for(1ms);
    exit(second, because("other way round"));
    EXPECT_EQ(co_await end_of(first.reference), because("other way round"));
  });
}

TEST_P(links, do_not_pass_on_a_normal_end) {
  run([](std::uint32_t peer) -> process<> {
    pid child = spawn_link(on(peer), end_at_once);
    co_await await_death(child);
    EXPECT_EQ(co_await links_of(self()), 0u);
  });
}

TEST_P(links, tell_a_trapping_process_of_a_normal_end) {
  run([](std::uint32_t peer) -> process<> {
    trap_exit();
    pid child = spawn_link(on(peer), end_at_once);
    exited told = co_await receive<exited>();
    EXPECT_EQ(told.pid, child);
    EXPECT_EQ(told.reason, exit_reason::normal);
  });
}

TEST_P(links, pass_on_a_shutdown) {
  run([](std::uint32_t peer) -> process<> {
    auto parent = spawn_monitor(on(peer), []() -> process<> {
      spawn_link(end_with, exit_reason::shutdown);
      co_await receive<go>();
    });
    EXPECT_EQ(co_await end_of(parent.reference), exit_reason::shutdown);
  });
}

TEST_P(links, pass_on_a_death_along_a_chain) {
  run([](std::uint32_t peer) -> process<> {
    pid first = spawn(wait_for_go);
    pid previous = first;
    for (int i = 0; i < 10; ++i) previous = spawn(on(i % 2 == 0 ? peer : 0), link_and_wait, previous);
    co_await sleep_for(1ms);
    reference last = monitor(previous);
    exit(first, because("pulled"));
    EXPECT_EQ(co_await end_of(last), because("pulled"));
  });
}

TEST_P(links, pass_on_the_text_of_an_exception) {
  run([](std::uint32_t peer) -> process<> {
    trap_exit();
    spawn_link(on(peer), []() -> process<> {
      throw std::runtime_error{"as planned"};
      co_return;
    });
    exited told = co_await receive<exited>();
    EXPECT_EQ(told.reason.code(), exit_reason::exception);
    EXPECT_EQ(told.reason.text(), "as planned");
    EXPECT_EQ(told.reason.type(), "std::runtime_error");
  });
}

TEST_P(links, die_with_one_end) {
  run([](std::uint32_t peer) -> process<> {
    trap_exit();
    pid child = spawn_link(on(peer), wait_for_go);
    EXPECT_EQ(co_await links_of(self()), 1u);
    EXPECT_EQ(co_await links_of(child), 1u);
    exit(child, exit_reason::kill);
    co_await receive<exited>();
    EXPECT_EQ(co_await links_of(self()), 0u);
  });
}

// erl: P = spawn_link(...), exit(P, kill) leaves the caller with `killed`, trapping or not.
TEST_P(links, show_a_kill_as_killed) {
  run([](std::uint32_t peer) -> process<> {
    pid victim = spawn(on(peer), wait_for_go);
    auto bystander = spawn_monitor(link_and_wait, victim);
    spawn(link_trap_and_report, victim, self());
    co_await sleep_for(1ms);
    exit(victim, exit_reason::kill);
    EXPECT_EQ(co_await end_of(bystander.reference), exit_reason::killed);
    EXPECT_EQ((co_await receive<exited>()).reason, exit_reason::killed);
  });
}

// erl: spawn_link(fun() -> exit(kill) end) ends the parent with `kill`; a trapping one gets {'EXIT', P, kill}.
TEST_P(links, pass_on_a_kill_of_ones_own_as_any_other_reason) {
  run([](std::uint32_t peer) -> process<> {
    auto parent = spawn_monitor(on(peer), []() -> process<> {
      spawn_link(end_with, exit_reason::kill);
      co_await receive<go>();
    });
    EXPECT_EQ(co_await end_of(parent.reference), exit_reason::kill);
    trap_exit();
    spawn_link(on(peer), end_with, exit_reason::kill);
    EXPECT_EQ((co_await receive<exited>()).reason, exit_reason::kill);
  });
}

// erl: {'EXIT', Dead, noproc} when trapping; else the caller ends (there with a stack beside the noproc).
TEST_P(links, to_a_dead_process_bring_noproc) {
  run([](std::uint32_t peer) -> process<> {
    pid dead = spawn(on(peer), end_at_once);
    co_await await_death(dead);
    auto not_trapping = spawn_monitor(link_and_wait, dead);
    EXPECT_EQ(co_await end_of(not_trapping.reference), exit_reason::noproc);
    trap_exit();
    link(dead);
    exited told = co_await receive<exited>();
    EXPECT_EQ(told.pid, dead);
    EXPECT_EQ(told.reason, exit_reason::noproc);
    EXPECT_EQ(co_await links_of(self()), 0u);
  });
}

TEST_P(links, to_a_dead_process_can_be_tried_again) {
  run([](std::uint32_t peer) -> process<> {
    pid dead = spawn(on(peer), end_at_once);
    co_await await_death(dead);
    trap_exit();
    for (int i = 0; i < 3; ++i) {
      link(dead);
      EXPECT_EQ((co_await receive<exited>()).reason, exit_reason::noproc);
    }
    EXPECT_FALSE(co_await receive<exited>(after(1s)));
  });
}

// erl says noproc here: the exit signal has ended the process before the link comes. Here it dies, with its
// destructors, when it is its turn; that the link tells why, and not before its names are gone, serves the same purpose
// better.
TEST_P(links, to_a_process_that_is_about_to_die_bring_its_reason) {
  run([](std::uint32_t peer) -> process<> {
    trap_exit();
    pid doomed = spawn(on(peer), wait_for_go);
    exit(doomed, because("told so"));
    link(doomed);
    exited told = co_await receive<exited>();
    EXPECT_EQ(told.reason, because("told so"));
    EXPECT_FALSE(co_await receive<exited>(after(1s)));
  });
}

// erl: link(self()) is true and leaves no link.
TEST_P(links, to_oneself_are_none) {
  run([](std::uint32_t) -> process<> {
    link(self());
    EXPECT_EQ(co_await links_of(self()), 0u);
    unlink(self());
  });
}

// erl: link, link, unlink leaves nothing.
TEST_P(links, made_twice_are_one) {
  run([](std::uint32_t peer) -> process<> {
    trap_exit();
    pid twice = spawn_link(on(peer), wait_for_go);
    link(twice);
    EXPECT_EQ(co_await links_of(self()), 1u);
    exit(twice, exit_reason::kill);
    co_await receive<exited>();
    EXPECT_FALSE(co_await receive<exited>(after(1s)));

    pid unlinked = spawn_link(on(peer), wait_for_go);
    link(unlinked);
    unlink(unlinked);
    exit(unlinked, exit_reason::kill);
    EXPECT_FALSE(co_await receive<exited>(after(1s)));
  });
}

TEST_P(links, made_from_both_sides_are_one) {
  run([](std::uint32_t peer) -> process<> {
    trap_exit();
    pid other = spawn(on(peer), link_and_wait, self());
    link(other);
    co_await sleep_for(1ms);
    EXPECT_EQ(co_await links_of(self()), 1u);
    EXPECT_EQ(co_await links_of(other), 1u);
    exit(other, exit_reason::kill);
    co_await receive<exited>();
    EXPECT_FALSE(co_await receive<exited>(after(1s)));
  });
}

TEST_P(links, have_no_effect_once_unlinked) {
  run([](std::uint32_t peer) -> process<> {
    pid child = spawn_link(on(peer), wait_for_go);
    unlink(child);
    reference watched = monitor(child);
    exit(child, exit_reason::kill);
    EXPECT_EQ(co_await end_of(watched), exit_reason::killed);
    EXPECT_EQ(co_await links_of(self()), 0u);
  });
}

TEST_P(links, are_undone_for_the_other_side_too) {
  run([](std::uint32_t peer) -> process<> {
    pid survivor = spawn(on(peer), wait_for_go);
    auto loner = spawn_monitor(
        [](pid other) -> process<> {
          link(other);
          unlink(other);
          exit(because("alone"));
          co_return;
        },
        survivor);
    co_await end_of(loner.reference);
    co_await sleep_for(1ms);
    EXPECT_TRUE(co_await info_of(survivor));
    EXPECT_EQ(co_await links_of(survivor), 0u);
  });
}

TEST_P(links, can_be_undone_by_who_did_not_make_them) {
  run([](std::uint32_t peer) -> process<> {
    trap_exit();
    pid other = spawn(on(peer), link_and_wait, self());
    co_await sleep_for(1ms);
    unlink(other);
    co_await sleep_for(1ms);
    EXPECT_EQ(co_await links_of(other), 0u);
    exit(other, exit_reason::kill);
    EXPECT_FALSE(co_await receive<exited>(after(1s)));
  });
}

TEST_P(links, can_be_made_again) {
  run([](std::uint32_t peer) -> process<> {
    trap_exit();
    pid other = spawn(on(peer), wait_for_go);
    for (int i = 0; i < 5; ++i) {
      link(other);
      unlink(other);
    }
    link(other);
    co_await sleep_for(1ms);
    EXPECT_EQ(co_await links_of(self()), 1u);
    EXPECT_EQ(co_await links_of(other), 1u);
    exit(other, exit_reason::kill);
    EXPECT_EQ((co_await receive<exited>()).reason, exit_reason::killed);
    EXPECT_FALSE(co_await receive<exited>(after(1s)));
  });
}

TEST_P(links, that_never_were_can_be_undone) {
  run([](std::uint32_t peer) -> process<> {
    pid alive = spawn(on(peer), wait_for_go);
    pid dead = spawn(on(peer), end_at_once);
    co_await await_death(dead);
    unlink(alive);
    unlink(dead);
    unlink(pid{});
    send(alive, go{});
    co_await await_death(alive);
  });
}

// erl: unlink does not take an {'EXIT', ...} out of the mailbox, nor does switching trap_exit off.
TEST_P(links, leave_what_they_have_brought_in_the_mailbox) {
  run([](std::uint32_t peer) -> process<> {
    trap_exit();
    pid child = spawn_link(on(peer), end_with, because("early"));
    co_await sleep_for(1ms);
    unlink(child);
    trap_exit(false);
    EXPECT_EQ((co_await receive<exited>()).reason, because("early"));
  });
}

TEST_P(links, of_a_process_with_many_all_fire) {
  run([](std::uint32_t peer) -> process<> {
    constexpr int many = 100;
    pid hub = spawn(wait_for_go);
    std::vector<reference> watched;
    for (int i = 0; i < many; ++i) watched.push_back(spawn_monitor(on(peer), link_and_wait, hub).reference);
    co_await sleep_for(1ms);
    EXPECT_EQ(co_await links_of(hub), std::uint64_t{many});
    exit(hub, because("all"));
    for (reference each : watched) EXPECT_EQ(co_await end_of(each), because("all"));
  });
}

TEST_P(links, end_the_child_with_its_parent) {
  run([](std::uint32_t peer) -> process<> {
    pid parent = spawn(
        [](std::uint32_t where, pid asker) -> process<> {
          send(asker, spawn_link(on(where), wait_for_go));
          co_await receive<go>();
        },
        peer, self());
    reference child = monitor(co_await receive<pid>());
    exit(parent, because("with its children"));
    EXPECT_EQ(co_await end_of(child), because("with its children"));
  });
}

}  // namespace
}  // namespace dialtone
