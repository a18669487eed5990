// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/dynamic_supervisor.hpp>

#include <gtest/gtest.h>
#include <algorithm>
#include <set>

#include <dialtone/otp/fragile_test.hpp>
#include <dialtone/otp/sys.hpp>
#include <dialtone/runtime/process_info.hpp>
#include <dialtone/runtime/telemetry.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

struct quit {
  exit_reason reason = exit_reason::normal;
};

process<> session() { exit((co_await receive<quit>()).reason); }
process<> stubborn() { co_await receive<quit>(); }
const spawn_options trapping{.trap_exit = true};
process<> at_once() { co_return; }
process<> refuses(start_ticket ticket) {
  exit(exit_reason::custom_text("no paper"));
  co_return;
}
process<> unneeded(start_ticket ticket) {
  ticket.ignore();
  co_return;
}
// Goes up only while nobody has the name.
process<> alone(start_ticket ticket, std::string name) {
  if (!try_register_name(name)) {
    exit(exit_reason::custom_text("taken"));
  }
  ticket.started();
  exit((co_await receive<quit>()).reason);
}
process<> holder(std::string name) {
  register_name(name);
  co_await receive<quit>();
}

task<pid> start_one(dynamic_supervisor_ref supervisor, child_spec spec) {
  auto started = co_await supervisor.start_child(std::move(spec));
  EXPECT_TRUE(started) << to_string(started.error());
  co_return *started;
}

task<> end_one(pid child, exit_reason reason) {
  reference watch = monitor(child);
  send(child, quit{reason});
  co_await receive<down>([watch](const down& signal) { return signal.reference == watch; });
}

class dynamic_supervisor : public ::testing::Test {
 protected:
  void run(process<> (*scenario)()) { EXPECT_EQ(rt.run(scenario), exit_reason::normal); }
  testing::stepped_runtime rt{{.schedulers = 2}};
};

TEST_F(dynamic_supervisor, has_the_defaults_of_Elixir) {
  const dynamic_supervisor_spec plain;
  EXPECT_EQ(plain.intensity, 3u);
  EXPECT_EQ(plain.period, duration{5s});
}

TEST_F(dynamic_supervisor, begins_without_children) {
  run([]() -> process<> {
    auto supervisor = co_await start_link(dynamic_supervisor_spec{});
    EXPECT_EQ(co_await supervisor.count_children(), child_counts{});
    EXPECT_TRUE((co_await supervisor.which_children()).empty());
    co_await supervisor.stop();
  });
}

TEST_F(dynamic_supervisor, children_may_have_the_same_id) {
  run([]() -> process<> {
    auto supervisor = co_await start_link(dynamic_supervisor_spec{});
    pid first = co_await start_one(supervisor, child("session", session));
    pid second = co_await start_one(supervisor, child("session", session));
    EXPECT_NE(first, second);
    EXPECT_EQ(co_await supervisor.count_children(), (child_counts{.specs = 2, .active = 2, .workers = 2}));
    std::set<pid> known;
    for (const child_info& one : co_await supervisor.which_children()) {
      EXPECT_EQ(one.id, "session");
      EXPECT_EQ(one.state, child_state::running);
      known.insert(one.pid);
    }
    EXPECT_EQ(known, (std::set{first, second}));
    co_await supervisor.stop();
  });
}

TEST_F(dynamic_supervisor, spreads_its_children_unless_they_say_where) {
  run([]() -> process<> {
    auto supervisor = co_await start_link(dynamic_supervisor_spec{});
    std::set<std::uint32_t> used;
    for (int count = 0; count < 4; ++count)
      used.insert((co_await start_one(supervisor, child("session", session))).scheduler());
    EXPECT_EQ(used, (std::set<std::uint32_t>{0, 1}));
    for (int count = 0; count < 3; ++count)
      EXPECT_EQ(
          (co_await start_one(supervisor, child("here", session).spawn({.scheduler = placement::on(1)}))).scheduler(),
          1u);
    co_await supervisor.stop();
    auto local = co_await start_link(dynamic_supervisor_spec{.children = placement::local()});
    for (int count = 0; count < 3; ++count)
      EXPECT_EQ((co_await start_one(local, child("session", session))).scheduler(), 0u);
    co_await local.stop();
  });
}

TEST_F(dynamic_supervisor, a_start_function_that_throws_has_failed_as_any_other) {
  run([]() -> process<> {
    using testing::fragile;
    trap_exit();
    auto supervisor = co_await start_link(dynamic_supervisor_spec{.intensity = 2});
    const child_spec spec = child("a", testing::hold_fragile, fragile{});
    fragile::armed = true;
    auto failed = co_await supervisor.start_child(spec);
    EXPECT_EQ(failed.error().code(), child_error::start_failed);
    EXPECT_TRUE(failed.error().text().contains("cannot be copied")) << failed.error().text();
    EXPECT_EQ((co_await supervisor.count_children()).specs, 0u);
    fragile::armed = false;
    pid child = co_await start_one(supervisor, spec);
    fragile::armed = true;
    send(child, testing::end_now{exit_reason::custom_text("crash")});
    EXPECT_EQ((co_await receive<exited>()).reason, exit_reason::shutdown) << "one restart too many";
    fragile::armed = false;
  });
}

TEST_F(dynamic_supervisor, restarts_are_told_by_telemetry) {
  static std::vector<std::string> told;
  told.clear();
  ASSERT_TRUE(rt->telemetry().attach("test", "dialtone.supervisor.*", [](const telemetry::record& record) {
    std::string text{record.event()};
    for (const char* tag : {"child", "reason"})
      if (const std::string* value = record.find_tag(tag)) text += " " + *value;
    told.push_back(text);
  }));
  run([]() -> process<> {
    trap_exit();
    auto supervisor = co_await start_link(dynamic_supervisor_spec{.intensity = 1});
    co_await end_one(co_await start_one(supervisor, child("a", session)), exit_reason::custom_text("crash"));
    co_await end_one((co_await supervisor.which_children()).at(0).pid, exit_reason::normal);
    co_await receive<exited>();
  });
  EXPECT_EQ(told, (std::vector<std::string>{
                      "dialtone.supervisor.child_exit a custom: crash", "dialtone.supervisor.child_restart a",
                      "dialtone.supervisor.child_exit a normal", "dialtone.supervisor.intensity_reached a"}));
}

TEST_F(dynamic_supervisor, refuses_one_child_more_than_it_may_have) {
  run([]() -> process<> {
    auto supervisor = co_await start_link(dynamic_supervisor_spec{.max_children = 2});
    pid first = co_await start_one(supervisor, child("a", session).restart(restart_type::temporary));
    co_await start_one(supervisor, child("b", session));
    auto refused = co_await supervisor.start_child(child("c", session));
    EXPECT_EQ(refused.error(), child_error{child_error::limit_reached});
    co_await end_one(first, exit_reason::normal);
    co_await start_one(supervisor, child("c", session));
    co_await supervisor.stop();
  });
}

TEST_F(dynamic_supervisor, a_child_that_waits_for_its_restart_counts_towards_the_limit) {
  run([]() -> process<> {
    auto supervisor = co_await start_link(dynamic_supervisor_spec{.max_children = 1});
    pid first =
        co_await start_one(supervisor, child("a", session).backoff({.initial = 10s, .maximum = 10s, .jitter = 0}));
    co_await end_one(first, exit_reason::normal);
    EXPECT_EQ((co_await supervisor.start_child(child("b", session))).error(), child_error{child_error::limit_reached});
    EXPECT_EQ(co_await supervisor.count_children(), (child_counts{.specs = 1, .active = 0, .workers = 1}));
    EXPECT_EQ((co_await supervisor.which_children()).front().state, child_state::restarting);
    co_await supervisor.stop();
  });
}

TEST_F(dynamic_supervisor, restarts_as_the_restart_type_says) {
  struct row {
    restart_type type;
    exit_reason reason;
    bool again;
  };
  const exit_reason crash = exit_reason::custom_text("crash");
  const std::vector<row> rows{
      {restart_type::permanent, exit_reason::normal, true},
      {restart_type::permanent, crash, true},
      {restart_type::transient, exit_reason::normal, false},
      {restart_type::transient, exit_reason::shutdown, false},
      {restart_type::transient, crash, true},
      {restart_type::temporary, crash, false},
      {restart_type::temporary, exit_reason::normal, false},
  };
  for (const row& one : rows) {
    auto scenario = [](restart_type type, exit_reason reason, bool again) -> process<> {
      auto supervisor = co_await start_link(dynamic_supervisor_spec{});
      pid first = co_await start_one(supervisor, child("session", session).restart(type));
      co_await end_one(first, reason);
      auto children = co_await supervisor.which_children();
      EXPECT_EQ(children.size(), again ? 1u : 0u) << to_string(type) << " " << to_string(reason);
      if (again) EXPECT_NE(children.front().pid, first);
      co_await supervisor.stop();
    };
    EXPECT_EQ(rt.run(scenario, one.type, one.reason, one.again), exit_reason::normal);
  }
}

process<> break_it(reply_to<pid> known) {
  auto supervisor = co_await start_link(dynamic_supervisor_spec{.intensity = 2, .period = 5s});
  reply(known, supervisor.pid());
  co_await receive<quit>();
}

TEST_F(dynamic_supervisor, gives_up_after_more_restarts_than_its_intensity) {
  run([]() -> process<> {
    pending_reply<pid> known;
    spawn(break_it, known.address());
    pid process = (co_await known.within(1s)).value();
    dynamic_supervisor_ref supervisor{process};
    pid other = co_await start_one(supervisor, child("other", session));
    co_await start_one(supervisor, child("session", session));
    reference watch = monitor(process);
    reference of_other = monitor(other);
    for (int count = 0; count < 3; ++count) {
      auto children = co_await supervisor.which_children();
      auto it = std::ranges::find(children, "session", &child_info::id);
      co_await end_one(it->pid, exit_reason::custom_text("crash"));
      if (count < 2) EXPECT_EQ((co_await supervisor.count_children()).active, 2u);
    }
    down ended = co_await receive<down>([watch](const down& signal) { return signal.reference == watch; });
    EXPECT_EQ(ended.reason, exit_reason::shutdown);
    down with_it = co_await receive<down>([of_other](const down& signal) { return signal.reference == of_other; });
    EXPECT_EQ(with_it.reason, exit_reason::shutdown);
  });
}

TEST_F(dynamic_supervisor, restarts_that_lie_apart_do_not_add_up) {
  run([]() -> process<> {
    auto supervisor = co_await start_link(dynamic_supervisor_spec{.intensity = 1, .period = 5s});
    co_await start_one(supervisor, child("session", session));
    for (int count = 0; count < 5; ++count) {
      co_await end_one((co_await supervisor.which_children()).front().pid, exit_reason::normal);
      co_await sleep_for(5s + 1ms);
    }
    EXPECT_EQ((co_await supervisor.count_children()).active, 1u);
    co_await supervisor.stop();
  });
}

TEST_F(dynamic_supervisor, says_why_a_child_did_not_start) {
  run([]() -> process<> {
    auto supervisor = co_await start_link(dynamic_supervisor_spec{});
    auto failed = co_await supervisor.start_child(child("printer", refuses));
    EXPECT_EQ(failed.error().code(), child_error::start_failed);
    EXPECT_NE(failed.error().text().find("no paper"), std::string::npos) << failed.error().text();
    auto ignored = co_await supervisor.start_child(child("spare", unneeded));
    EXPECT_EQ(ignored, (std::expected<pid, child_error>{pid{}}));
    auto bad = co_await supervisor.start_child(child("", session));
    EXPECT_EQ(bad.error().code(), child_error::bad_spec);
    auto significant =
        co_await supervisor.start_child(child("x", session).restart(restart_type::transient).significant());
    EXPECT_EQ(significant.error().code(), child_error::bad_spec);
    EXPECT_EQ((co_await supervisor.count_children()).specs, 0u);
    co_await supervisor.stop();
  });
}

TEST_F(dynamic_supervisor, tries_a_restart_that_fails_again_until_it_is_too_often) {
  run([]() -> process<> {
    auto supervisor = co_await start_link(dynamic_supervisor_spec{.intensity = 1'000});
    pid first = co_await start_one(supervisor, child("alone", alone, "seat").spawn({.scheduler = placement::on(1)}));
    // Somebody else sits down first; the restarts fail until that one has gone.
    co_await end_one(first, exit_reason::custom_text("crash"));
    pid now_there = whereis("seat").value_or(pid{});
    if (now_there) co_await end_one(now_there, exit_reason::normal);
    pid other = spawn(holder, "seat");
    co_await yield();
    EXPECT_EQ((co_await supervisor.count_children()).specs, 1u);
    co_await end_one(other, exit_reason::normal);
    while ((co_await supervisor.count_children()).active == 0) co_await yield();
    EXPECT_NE(whereis("seat"), std::nullopt);
    co_await supervisor.stop();
  });
}

TEST_F(dynamic_supervisor, ends_one_child_and_forgets_it) {
  run([]() -> process<> {
    auto supervisor = co_await start_link(dynamic_supervisor_spec{});
    pid first = co_await start_one(supervisor, child("a", session));
    reference watch = monitor(first);
    EXPECT_TRUE(co_await supervisor.terminate_child(first));
    EXPECT_EQ((co_await receive<down>([watch](const down& d) { return d.reference == watch; })).reason,
              exit_reason::shutdown);
    EXPECT_EQ((co_await supervisor.terminate_child(first)).error(), child_error{child_error::not_found});
    EXPECT_EQ((co_await supervisor.count_children()).specs, 0u);
    co_await supervisor.stop();
  });
}

TEST_F(dynamic_supervisor, ends_all_at_the_same_time_each_within_its_own_limit) {
  run([]() -> process<> {
    auto supervisor = co_await start_link(dynamic_supervisor_spec{});
    for (int count = 0; count < 3; ++count) {
      co_await start_one(supervisor, child("slow", stubborn).spawn(trapping).shutdown(2s));
      co_await start_one(supervisor, child("slower", stubborn).spawn(trapping).shutdown(3s));
      co_await start_one(supervisor, child("polite", session));
      co_await start_one(supervisor, child("shot", stubborn).spawn(trapping).shutdown(brutal_kill));
    }
    const time_point before = now();
    co_await supervisor.stop();
    EXPECT_GE(now() - before, 3s);
    EXPECT_LE(now() - before, 3s + 2ms);
    EXPECT_EQ(process_count(), 1u);
  });
  EXPECT_TRUE(std::ranges::any_of(
      rt.log(), [](const std::string& line) { return line.find("6 children had to be killed") != std::string::npos; }));
}

TEST_F(dynamic_supervisor, takes_its_children_with_it_when_its_parent_ends) {
  run([]() -> process<> {
    pending_reply<pid> known;
    pid parent = spawn(break_it, known.address());
    dynamic_supervisor_ref supervisor{(co_await known.within(1s)).value()};
    pid one = co_await start_one(supervisor, child("session", session));
    reference watch = monitor(one);
    exit(parent, exit_reason::shutdown);
    EXPECT_EQ((co_await receive<down>([watch](const down& d) { return d.reference == watch; })).reason,
              exit_reason::shutdown);
  });
}

TEST_F(dynamic_supervisor, is_a_child_of_a_supervisor_and_shows_in_its_sketch) {
  run([]() -> process<> {
    supervisor_spec tree{
        .children = {child("sessions", dynamic_supervisor_spec{.max_children = 7, .spawn = {.name = "sessions"}})}};
    EXPECT_EQ(sketch(tree),
              "supervisor one_for_one, 1 restart in 5s\n"
              "└─ sessions: dynamic supervisor, at most 7 children, 3 restarts in 5s, permanent\n");
    auto top = co_await start_link(tree);
    EXPECT_EQ(co_await top.sketch(), sketch(tree));
    dynamic_supervisor_ref sessions{whereis("sessions").value()};
    co_await start_one(sessions, child("session", session));
    EXPECT_EQ((co_await top.count_children()).supervisors, 1u);
    EXPECT_EQ(co_await sys::get_state(sessions.pid()), "1 children run, 0 are restarting");
    co_await top.stop();
  });
}

TEST_F(dynamic_supervisor, survives_a_child_that_ends_before_it_is_asked_about) {
  run([]() -> process<> {
    auto supervisor = co_await start_link(dynamic_supervisor_spec{});
    for (int count = 0; count < 100; ++count)
      co_await start_one(supervisor, child("short", at_once).restart(restart_type::temporary));
    while ((co_await supervisor.count_children()).specs != 0) co_await yield();
    co_await supervisor.stop();
    EXPECT_EQ(process_count(), 1u);
  });
}

TEST_F(dynamic_supervisor, ends_many_of_which_half_have_ended_before) {
  run([]() -> process<> {
    auto supervisor = co_await start_link(dynamic_supervisor_spec{});
    for (int count = 0; count < 20'000; ++count)
      co_await start_one(supervisor, child("session", session).restart(restart_type::temporary));
    const auto all = co_await supervisor.which_children();
    // Their exit signals wait in its mailbox when it is told to stop.
    co_await sys::suspend(supervisor.pid());
    for (std::size_t index = 0; index < all.size() / 2; ++index) co_await end_one(all[index].pid, exit_reason::normal);
    co_await supervisor.stop();
    EXPECT_EQ(process_count(), 1u);
  });
}

}  // namespace
}  // namespace dialtone
