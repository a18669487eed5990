// SPDX-License-Identifier: Apache-2.0
// Restarts: how many are allowed, and what becomes of those that fail.
#include <dialtone/otp/fragile_test.hpp>
#include <dialtone/otp/supervised_test.hpp>
#include <dialtone/otp/supervisor_events.hpp>
#include <dialtone/runtime/telemetry.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using testing::because;
using testing::fragile;
using testing::hold_fragile;
using testing::member;
using testing::world;
using enum supervisor_strategy;
using enum restart_type;

class supervisor_restart : public testing::supervised {};

TEST_F(supervisor_restart, as_many_as_the_intensity_are_allowed_and_one_more_is_the_end) {
  start({.intensity = 3, .children = {member("a"), member("b")}});
  for (int count = 0; count < 3; ++count) {
    end(count == 1 ? "b" : "a", because("crash"));
    EXPECT_EQ(states(), "a running, b running");
  }
  end("a", because("crash"));
  EXPECT_EQ(notes(), "stop a, stop b");
  EXPECT_EQ(world.end, exit_reason::shutdown);
}

TEST_F(supervisor_restart, an_intensity_of_zero_allows_none) {
  start({.intensity = 0, .children = {member("a")}});
  end("a", exit_reason::normal);
  EXPECT_EQ(world.end, exit_reason::shutdown);
}

TEST_F(supervisor_restart, those_of_past_periods_do_not_count) {
  start({.intensity = 1, .period = 5s, .children = {member("a")}});
  for (int count = 0; count < 10; ++count) {
    end("a", because("crash"));
    rt.advance(5s + 1ms);
  }
  EXPECT_EQ(states(), "a running");
  end("a", because("crash"));
  rt.advance(5s - 1ms);
  end("a", because("crash"));
  EXPECT_EQ(world.end, exit_reason::shutdown);
}

TEST_F(supervisor_restart, ends_that_need_no_restart_do_not_count) {
  start({.intensity = 0, .children = {member("a", transient), member("b", temporary), member("c")}});
  end("a", exit_reason::normal);
  end("b", because("crash"));
  EXPECT_EQ(states(), "a stopped, c running");
}

TEST_F(supervisor_restart, that_fails_is_tried_again_and_counts) {
  start({.intensity = 3, .children = {member("a"), member("b")}});
  world.failing["a"] = 2;
  end("a", because("crash"));
  rt.advance(10ms);
  EXPECT_EQ(notes(), "stop a, fail a, fail a, start a");
  end("b", because("crash"));
  EXPECT_EQ(notes(), "stop b, stop a");
  EXPECT_EQ(world.end, exit_reason::shutdown);
}

TEST_F(supervisor_restart, that_fails_too_often_is_the_end) {
  start({.intensity = 3, .children = {member("a"), member("b")}});
  world.failing["b"] = 100;
  end("b", because("crash"));
  rt.advance(10ms);
  EXPECT_EQ(notes(), "stop b, fail b, fail b, fail b, stop a");
  EXPECT_EQ(world.end, exit_reason::shutdown);
}

TEST_F(supervisor_restart, that_fails_under_one_for_all_begins_with_all_again) {
  start({.strategy = one_for_all, .intensity = 3, .children = {member("a"), member("b"), member("c")}});
  world.failing["b"] = 1;
  end("c", because("crash"));
  rt.advance(10ms);
  EXPECT_EQ(notes(), "stop c, stop b, stop a, start a, fail b, stop a, start a, start b, start c");
}

TEST_F(supervisor_restart, that_fails_under_rest_for_one_goes_on_with_the_one_that_failed) {
  start({.strategy = rest_for_one, .intensity = 3, .children = {member("a"), member("b"), member("c")}});
  world.failing["b"] = 1;
  end("a", because("crash"));
  rt.advance(10ms);
  EXPECT_EQ(notes(), "stop a, stop c, stop b, start a, fail b, start b, start c");
}

TEST_F(supervisor_restart, that_is_ignored_leaves_the_child_down) {
  start({.children = {member("a"), member("b")}});
  world.ignoring["a"] = 1;
  end("a", because("crash"));
  EXPECT_EQ(states(), "a stopped, b running");
}

// --- what comes between a failed attempt and the next ---

process<> fail_until_told(start_ticket ticket, std::string id) {
  // Between the attempts of a supervisor there is no time: here each attempt takes some.
  co_await sleep_for(10ms);
  if (world.failing[id] > 0) exit(because("planned"));
  ticket.started();
  exit((co_await receive<testing::end_now>()).reason);
}

child_spec slow(const std::string& id) { return child(id, fail_until_told, id); }

process<> crash_child(supervisor_ref top, std::size_t index) {
  exit((co_await top.which_children())[index].pid, exit_reason::kill);
}

class between_attempts : public testing::supervised {
 protected:
  between_attempts() {
    parent = rt.spawn(testing::keep_supervisor,
                      supervisor_spec{.intensity = 1'000'000, .children = {slow("a"), member("b")}});
    rt.advance(100ms);
    world.failing["a"] = 1;
    rt.spawn(crash_child, world.top, std::size_t{0});
    rt.advance(105ms);
    notes();
  }
};

TEST_F(between_attempts, requests_are_answered) {
  EXPECT_EQ(states(), "a restarting, b running");
  EXPECT_EQ(counts(), (child_counts{.specs = 2, .active = 1, .supervisors = 0, .workers = 2}));
  EXPECT_EQ(rt.call([](supervisor_ref top) { return top.restart_child("a"); }, world.top).error(),
            child_error::restarting);
  EXPECT_EQ(rt.call([](supervisor_ref top) { return top.delete_child("a"); }, world.top).error(),
            child_error::restarting);
  EXPECT_EQ(rt.call([](supervisor_ref top) { return top.start_child(member("a")); }, world.top).error(),
            child_error::already_present);
  world.failing.clear();
  rt.advance(100ms);
  EXPECT_EQ(states(), "a running, b running");
}

TEST_F(between_attempts, terminate_child_is_the_end_of_them) {
  EXPECT_TRUE(rt.call([](supervisor_ref top) { return top.terminate_child("a"); }, world.top));
  EXPECT_EQ(states(), "a stopped, b running");
  world.failing.clear();
  rt.advance(1s);
  EXPECT_EQ(states(), "a stopped, b running");
  EXPECT_TRUE(rt.call([](supervisor_ref top) { return top.restart_child("a"); }, world.top));
  rt.advance(100ms);
  EXPECT_EQ(states(), "a running, b running");
}

TEST_F(between_attempts, the_end_of_the_parent_is_heard) {
  rt->exit(parent, exit_reason::kill);
  rt.advance(30ms);
  EXPECT_EQ(notes(), "stop b");
  EXPECT_FALSE(lives(world.top.pid()));
}

TEST_F(between_attempts, a_stop_is_heard) {
  rt.call([](supervisor_ref top) { return top.stop(exit_reason::normal); }, world.top);
  EXPECT_EQ(world.end, exit_reason::normal);
}

// --- start functions that throw ---

TEST_F(supervisor_restart, by_a_start_function_that_throws_has_failed_as_any_other) {
  fragile::armed = false;
  start({.intensity = 2, .children = {member("a"), child("b", hold_fragile, fragile{})}});
  rt.spawn(crash_child, world.top, std::size_t{1});
  rt.settle();
  EXPECT_EQ(states(), "a running, b running");
  fragile::armed = true;
  rt.spawn(crash_child, world.top, std::size_t{1});
  rt.advance(10ms);
  EXPECT_EQ(world.end, exit_reason::shutdown);
  fragile::armed = false;
}

// --- what is told ---

TEST_F(supervisor_restart, is_told_by_telemetry) {
  std::vector<std::string> told;
  ASSERT_TRUE(rt->telemetry().attach("test", "dialtone.supervisor.*", [&](const telemetry::record& record) {
    std::string text{record.event()};
    for (const char* tag : {"child", "reason"})
      if (const std::string* value = record.find_tag(tag)) text += " " + *value;
    told.push_back(text);
  }));
  start({.intensity = 1, .children = {member("a")}});
  end("a", because("crash"));
  end("a", exit_reason::normal);
  EXPECT_EQ(told, (std::vector<std::string>{
                      "dialtone.supervisor.child_exit a custom: crash", "dialtone.supervisor.child_restart a",
                      "dialtone.supervisor.child_exit a normal", "dialtone.supervisor.intensity_reached a"}));
}

}  // namespace
}  // namespace dialtone
