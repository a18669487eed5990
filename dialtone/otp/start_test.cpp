// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/start.hpp>

#include <gtest/gtest.h>

#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>
#include <dialtone/runtime/witness_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using outcome = std::expected<pid, start_error>;

static_assert(sendable<start_ticket> && sendable<start_error>);

class start_protocol : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, start_protocol, beside_and_elsewhere, name_of_place);

process<> up_after(start_ticket ticket, duration time) {
  co_await sleep_for(time);
  ticket.started();
  co_await receive<go>();
}
process<> ignores(start_ticket ticket) {
  ticket.ignore();
  co_return;
}
process<> fails(start_ticket, exit_reason reason) {
  exit(std::move(reason));
  co_return;
}
process<> throws(start_ticket) {
  throw std::runtime_error{"out of paper"};
  co_return;
}
process<> forgets(start_ticket) { co_return; }
process<> never_up(start_ticket) { co_await receive<go>(); }

// Whether anything has come to the caller that it did not ask for.
task<bool> heard_something() {
  co_await sleep_for(1s);
  co_return (co_await info_of(self()))->mailbox_length != 0 || (co_await links_of(self())) != 0 ||
      (co_await info_of(self()))->monitors != 0;
}

TEST_P(start_protocol, resumes_the_starter_when_the_process_is_up) {
  run([](std::uint32_t where) -> process<> {
    time_point before = now();
    pid up = co_await start_process(on(where), up_after, 10ms);
    EXPECT_GE(now() - before, 10ms);
    EXPECT_TRUE((co_await info_of(up)).has_value());
    EXPECT_EQ(co_await links_of(self()), 0u);
    send(up, go{});
  });
}

TEST_P(start_protocol, links_a_process_that_is_up) {
  run([](std::uint32_t where) -> process<> {
    trap_exit();
    pid up = co_await start_process_link(on(where), up_after, 0s);
    EXPECT_EQ(co_await links_of(self()), 1u);
    EXPECT_EQ(co_await links_of(up), 1u);
    exit(up, because("later"));
    exited signal = co_await receive<exited>();
    EXPECT_EQ(signal.pid, up);
    EXPECT_EQ(signal.reason, because("later"));
  });
}

TEST_P(start_protocol, tells_why_there_is_no_process) {
  run([](std::uint32_t where) -> process<> {
    outcome ignored = co_await try_start_process_link(on(where), ignores);
    EXPECT_EQ(ignored.error(), start_error::ignore());
    outcome failed = co_await try_start_process_link(on(where), fails, because("no"));
    EXPECT_EQ(failed.error(), start_error::because(because("no")));
    outcome thrown = co_await try_start_process_link(on(where), throws);
    EXPECT_EQ(thrown.error().reason(), exit_reason::of_exception("std::runtime_error", "out of paper", {}));
    outcome ended = co_await try_start_process_link(on(where), forgets);
    EXPECT_EQ(ended.error(), start_error::because(exit_reason::normal));
    EXPECT_FALSE(co_await heard_something());
  });
}

TEST_P(start_protocol, a_failure_says_nothing_to_a_starter_that_traps_exits) {
  run([](std::uint32_t where) -> process<> {
    trap_exit();
    EXPECT_FALSE(co_await try_start_process_link(on(where), ignores));
    EXPECT_FALSE(co_await try_start_process_link(on(where), fails, because("no")));
    EXPECT_FALSE(co_await try_start_process_link(on(where), forgets));
    EXPECT_FALSE(co_await heard_something());
  });
}

TEST_P(start_protocol, monitors_a_process_that_is_up) {
  run([](std::uint32_t where) -> process<> {
    auto [up, watched] = co_await start_process_monitor(on(where), up_after, 5ms);
    EXPECT_EQ(co_await links_of(self()), 0u);
    EXPECT_EQ((co_await info_of(self()))->monitors, 1u);
    exit(up, because("later"));
    down signal = co_await receive<down>();
    EXPECT_EQ(signal.pid, up);
    EXPECT_EQ(signal.reference, watched);
    EXPECT_EQ(signal.reason, because("later"));
  });
}

TEST_P(start_protocol, a_failure_leaves_no_monitor) {
  run([](std::uint32_t where) -> process<> {
    EXPECT_EQ((co_await try_start_process_monitor(on(where), ignores)).error(), start_error::ignore());
    EXPECT_EQ((co_await try_start_process_monitor(on(where), fails, because("no"))).error(),
              start_error::because(because("no")));
    EXPECT_EQ((co_await try_start_process_monitor(on(where), forgets)).error(),
              start_error::because(exit_reason::normal));
    spawn_options named{.name = "taken", .scheduler = placement::on(where)};
    auto first = co_await try_start_process_monitor(named, up_after, 0s);
    EXPECT_EQ((co_await try_start_process_monitor(named, up_after, 0s)).error(), start_error::already(first->pid));
    demonitor(first->reference);
    send(first->pid, go{});
    co_await await_death(first->pid);
    auto late = co_await with_deadline(10ms, try_start_process_monitor(named, never_up));
    EXPECT_FALSE(late.has_value());
    EXPECT_FALSE(co_await heard_something());
  });
}

TEST_P(start_protocol, monitors_throw_what_is_not_asked_for_as_a_value) {
  run([](std::uint32_t where) -> process<> {
    auto starter = spawn_monitor(
        [](std::uint32_t there) -> process<> { co_await start_process_monitor(on(there), fails, because("no")); },
        where);
    EXPECT_EQ(co_await end_of(starter.reference), because("no"));
  });
}

TEST_P(start_protocol, without_link_or_monitor_tells_why_as_well) {
  run([](std::uint32_t where) -> process<> {
    outcome failed = co_await try_start_process(on(where), fails, because("no"));
    EXPECT_EQ(failed.error(), start_error::because(because("no")));
    outcome up = co_await try_start_process(on(where), up_after, 0s);
    EXPECT_EQ(co_await links_of(self()), 0u);
    send(*up, go{});
    co_await await_death(*up);
    EXPECT_FALSE(co_await heard_something());
  });
}

// By somebody else, who knows its name: the process itself can say nothing any more.
TEST_P(start_protocol, a_process_that_is_killed_while_it_starts_does_not_take_the_starter_with_it) {
  run([](std::uint32_t where) -> process<> {
    spawn([]() -> process<> {
      co_await sleep_for(10ms);
      exit(*whereis("slow"), exit_reason::kill);
    });
    outcome killed = co_await try_start_process_link({.name = "slow", .scheduler = placement::on(where)}, never_up);
    EXPECT_EQ(killed.error(), start_error::because(exit_reason::killed));
    EXPECT_FALSE(co_await heard_something());
  });
}

TEST_P(start_protocol, thrown_errors_end_the_starter_with_their_reason) {
  run([](std::uint32_t where) -> process<> {
    auto failed = spawn_monitor(
        [](std::uint32_t there) -> process<> { co_await start_process(on(there), fails, because("no")); }, where);
    EXPECT_EQ(co_await end_of(failed.reference), because("no"));
    auto ignored =
        spawn_monitor([](std::uint32_t there) -> process<> { co_await start_process(on(there), ignores); }, where);
    EXPECT_EQ(co_await end_of(ignored.reference), because("the start was ignored"));
    auto ended =
        spawn_monitor([](std::uint32_t there) -> process<> { co_await start_process(on(there), forgets); }, where);
    EXPECT_EQ(co_await end_of(ended.reference), because("the start failed: normal"));
  });
}

process<> holds_then_ignores(start_ticket ticket, witness) {
  ticket.ignore();
  co_await sleep_for(50ms);
}

TEST_P(start_protocol, ignored_is_said_when_nothing_is_left_of_the_process) {
  run([](std::uint32_t where) -> process<> {
    outcome ignored = co_await try_start_process_link({.name = "held", .scheduler = placement::on(where)},
                                                      holds_then_ignores, witness{});
    EXPECT_EQ(ignored.error().code(), start_error::ignored);
    EXPECT_EQ(witness::alive(), 0);
    EXPECT_EQ(whereis("held"), std::nullopt);
  });
}

TEST_P(start_protocol, a_name_that_is_taken_is_already_started) {
  run([](std::uint32_t where) -> process<> {
    spawn_options named{.name = "printer", .scheduler = placement::on(where)};
    pid first = co_await start_process(named, up_after, 0s);
    outcome second = co_await try_start_process_link(named, up_after, 0s);
    EXPECT_EQ(second.error(), start_error::already(first));
    EXPECT_EQ(second.error().pid(), first);
    EXPECT_EQ(to_string(second.error()), "already started: " + to_string(first));
    send(first, go{});
  });
}

TEST_P(start_protocol, a_deadline_kills_what_has_not_started) {
  run([](std::uint32_t where) -> process<> {
    spawn_options named{.name = "slow", .scheduler = placement::on(where)};
    auto late = co_await with_deadline(10ms, try_start_process_link(named, never_up));
    EXPECT_FALSE(late.has_value());
    co_await sleep_for(1ms);
    EXPECT_EQ(whereis("slow"), std::nullopt);
    EXPECT_FALSE(co_await heard_something());
  });
}

TEST_P(start_protocol, the_death_of_the_starter_kills_what_has_not_started) {
  run([](std::uint32_t where) -> process<> {
    pid starter = spawn(
        [](std::uint32_t there) -> process<> {
          co_await start_process({.name = "orphan", .scheduler = placement::on(there)}, never_up);
        },
        where);
    co_await sleep_for(1ms);
    std::optional<pid> orphan = whereis("orphan");
    EXPECT_TRUE(orphan.has_value());
    reference watched = monitor(*orphan);
    exit(starter, exit_reason::shutdown);
    EXPECT_EQ(co_await end_of(watched), exit_reason::killed);
  });
}

// Started in the last moments of a starter that has ended already: nobody will ever wait for it.
TEST_P(start_protocol, a_starter_that_has_been_ended_leaves_nothing_behind) {
  run([](std::uint32_t where) -> process<> {
    auto starter = spawn_monitor(
        [](std::uint32_t there) -> process<> {
          pid dead = spawn(end_at_once);
          co_await sleep_for(1ms);
          link(dead);
          co_await start_process({.name = "orphan", .scheduler = placement::on(there)}, never_up);
        },
        where);
    EXPECT_EQ(co_await end_of(starter.reference), exit_reason::noproc);
    co_await sleep_for(1ms);
    EXPECT_EQ(whereis("orphan"), std::nullopt);
  });
}

TEST(start_error, has_a_sentence) {
  EXPECT_EQ(to_string(start_error::ignore()), "ignored");
  EXPECT_EQ(to_string(start_error::because(exit_reason::system_limit)), "failed: system_limit");
}

}  // namespace
}  // namespace dialtone
