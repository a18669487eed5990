// SPDX-License-Identifier: Apache-2.0
// Restarts that wait, beyond OTP: when they happen, what they count, and what may come between.
#include <dialtone/otp/supervised_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using testing::because;
using testing::member;
using testing::world;
using enum supervisor_strategy;
using enum restart_type;

constexpr backoff_options exact{.initial = 100ms, .maximum = 1s, .factor = 2, .jitter = 0, .reset_after = 60s};

class supervisor_backoff : public testing::supervised {
 protected:
  /// Ends a child and measures, in steps of a millisecond, until it has started again.
  duration wait_of(const std::string& id) {
    end(id, because("crash"));
    notes();
    duration waited = duration::zero();
    for (; waited < 1h; waited += 1ms) {
      if (notes().contains("start " + id)) return waited;
      rt.advance(1ms);
    }
    return waited;
  }
};

TEST_F(supervisor_backoff, waits_longer_with_each_end_up_to_its_maximum) {
  start({.intensity = 100, .children = {member("a").backoff(exact)}});
  for (duration wait : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) EXPECT_EQ(wait_of("a"), wait);
}

TEST_F(supervisor_backoff, begins_from_the_beginning_after_a_long_life) {
  start({.intensity = 100, .children = {member("a").backoff(exact)}});
  EXPECT_EQ(wait_of("a"), 100ms);
  EXPECT_EQ(wait_of("a"), 200ms);
  rt.advance(60s - 1ms);
  EXPECT_EQ(wait_of("a"), 400ms);
  rt.advance(60s);
  EXPECT_EQ(wait_of("a"), 100ms);
}

TEST_F(supervisor_backoff, is_drawn_from_both_sides_of_its_wait_and_stays_within_the_jitter) {
  backoff_options drawn = exact;
  drawn.jitter = 0.5;
  drawn.factor = 1;
  start({.intensity = 1000, .children = {member("a").backoff(drawn)}});
  duration least = 1h;
  duration most = 0s;
  for (int count = 0; count < 200; ++count) {
    duration wait = wait_of("a");
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  EXPECT_GE(least, 50ms);
  EXPECT_LT(least, 60ms);
  EXPECT_GT(most, 140ms);
  EXPECT_LE(most, 151ms);
}

TEST_F(supervisor_backoff, is_never_longer_than_its_maximum) {
  backoff_options drawn = exact;
  drawn.jitter = 1;
  drawn.initial = drawn.maximum = 100ms;
  start({.intensity = 1000, .children = {member("a").backoff(drawn)}});
  for (int count = 0; count < 200; ++count) EXPECT_LE(wait_of("a"), 101ms);
}

TEST_F(supervisor_backoff, counts_towards_the_intensity) {
  start({.intensity = 2, .period = 5s, .children = {member("a").backoff(exact)}});
  wait_of("a");
  wait_of("a");
  end("a", because("crash"));
  EXPECT_EQ(world.end, exit_reason::shutdown);
}

TEST_F(supervisor_backoff, a_start_that_fails_is_one_more_end) {
  start({.intensity = 100, .children = {member("a").backoff(exact)}});
  world.failing["a"] = 2;
  EXPECT_EQ(wait_of("a"), 100ms + 200ms + 400ms);
}

TEST_F(supervisor_backoff, the_child_is_restarting_meanwhile) {
  start({.children = {member("a").backoff(exact), member("b")}});
  end("a", because("crash"));
  EXPECT_EQ(states(), "a restarting, b running");
  EXPECT_EQ(rt.call([](supervisor_ref top) { return top.restart_child("a"); }, world.top).error(),
            child_error::restarting);
  rt.advance(100ms);
  EXPECT_EQ(states(), "a running, b running");
}

TEST_F(supervisor_backoff, under_one_for_all_all_wait) {
  start({.strategy = one_for_all, .children = {member("a"), member("b").backoff(exact), member("c")}});
  end("b", because("crash"));
  EXPECT_EQ(notes(), "stop b, stop c, stop a");
  EXPECT_EQ(states(), "a stopped, b restarting, c stopped");
  rt.advance(99ms);
  EXPECT_EQ(notes(), "");
  rt.advance(1ms);
  EXPECT_EQ(notes(), "start a, start b, start c");
}

// An end by the strategy is not forgotten either: two that crash in turn shall not come back at once for ever.
TEST_F(supervisor_backoff, under_one_for_all_each_child_has_its_own_count) {
  start({.strategy = one_for_all,
         .intensity = 100,
         .children = {member("a").backoff(exact), member("b").backoff(exact)}});
  for (duration wait : {100ms, 200ms, 400ms}) {
    EXPECT_EQ(wait_of("a"), wait);
    EXPECT_EQ(wait_of("b"), wait);
  }
}

TEST_F(supervisor_backoff, terminate_child_forgets_the_ends_before) {
  start({.intensity = 100, .children = {member("a").backoff(exact)}});
  EXPECT_EQ(wait_of("a"), 100ms);
  EXPECT_EQ(wait_of("a"), 200ms);
  rt.call([](supervisor_ref top) { return top.terminate_child("a"); }, world.top);
  rt.call([](supervisor_ref top) { return top.restart_child("a"); }, world.top);
  EXPECT_EQ(wait_of("a"), 100ms);
}

TEST_F(supervisor_backoff, under_rest_for_one_those_after_it_wait) {
  start({.strategy = rest_for_one, .children = {member("a"), member("b").backoff(exact), member("c")}});
  end("b", because("crash"));
  EXPECT_EQ(notes(), "stop b, stop c");
  rt.advance(100ms);
  EXPECT_EQ(notes(), "start b, start c");
}

// What depends on the child that waits is not older than that child, whoever has started it.
TEST_F(supervisor_backoff, one_that_was_started_meanwhile_is_started_anew) {
  start({.strategy = rest_for_one, .children = {member("a").backoff(exact), member("b"), member("c")}});
  end("a", because("crash"));
  EXPECT_TRUE(rt.call([](supervisor_ref top) { return top.restart_child("c"); }, world.top).has_value());
  EXPECT_EQ(notes(), "stop a, stop c, stop b, start c");
  rt.advance(100ms);
  EXPECT_EQ(notes(), "stop c, start a, start b, start c");
}

TEST_F(supervisor_backoff, terminate_child_is_the_end_of_the_wait) {
  start({.children = {member("a").backoff(exact)}});
  end("a", because("crash"));
  EXPECT_TRUE(rt.call([](supervisor_ref top) { return top.terminate_child("a"); }, world.top));
  rt.advance(10s);
  EXPECT_EQ(states(), "a stopped");
  EXPECT_TRUE(rt.call([](supervisor_ref top) { return top.restart_child("a"); }, world.top).has_value());
  EXPECT_EQ(states(), "a running");
}

// The old wait belongs to a child that is no more: the new one of the same id has its own.
TEST_F(supervisor_backoff, a_new_child_of_the_same_id_does_not_inherit_the_wait) {
  start({.intensity = 10, .children = {member("a").backoff(exact)}});
  end("a", because("crash"));
  rt.call([](supervisor_ref top) { return top.terminate_child("a"); }, world.top);
  rt.call([](supervisor_ref top) { return top.delete_child("a"); }, world.top);
  rt.advance(50ms);
  rt.call([](supervisor_ref top) { return top.start_child(member("a").backoff(exact)); }, world.top);
  end("a", because("crash"));
  notes();
  rt.advance(99ms);
  EXPECT_EQ(notes(), "");
  rt.advance(1ms);
  EXPECT_EQ(notes(), "start a");
}

TEST_F(supervisor_backoff, the_end_of_the_parent_does_not_wait) {
  start({.children = {member("a").backoff(exact), member("b")}});
  end("a", because("crash"));
  end_parent();
  EXPECT_EQ(notes(), "stop b");
  EXPECT_FALSE(lives(world.top.pid()));
  rt.advance(1h);
  EXPECT_EQ(notes(), "");
}

TEST_F(supervisor_backoff, another_end_under_one_for_all_does_not_wait_for_it) {
  start({.strategy = one_for_all, .intensity = 10, .children = {member("a").backoff(exact), member("b")}});
  end("a", because("crash"));
  EXPECT_TRUE(rt.call([](supervisor_ref top) { return top.restart_child("b"); }, world.top).has_value());
  end("b", because("crash"));
  EXPECT_EQ(notes(), "stop b, start a, start b");
  rt.advance(10s);
  EXPECT_EQ(notes(), "");
}

}  // namespace
}  // namespace dialtone
