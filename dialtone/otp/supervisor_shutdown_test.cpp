// SPDX-License-Identifier: Apache-2.0
// How a supervisor ends its children, and when significant ones end it.
#include <dialtone/otp/supervised_test.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using testing::because;
using testing::ignore_shutdown;
using testing::member;
using testing::world;
using enum restart_type;
using enum auto_shutdown_type;

process<> take_long(duration time) {
  trap_exit();
  co_await receive<exited>();
  co_await sleep_for(time);
}

class supervisor_shutdown : public testing::two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, supervisor_shutdown, testing::beside_and_elsewhere, testing::name_of_place);

// How long a supervisor with these children takes to end, and that none of them outlives it.
task<duration> time_to_end(supervisor_spec spec) {
  trap_exit();
  const std::size_t before = process_count();
  supervisor_ref top = co_await start_link(std::move(spec));
  co_await sleep_for(10ms);
  const time_point begin = now();
  exit(top.pid(), exit_reason::shutdown);
  EXPECT_EQ((co_await receive<exited>()).reason, exit_reason::shutdown);
  EXPECT_EQ(process_count(), before);
  co_return now() - begin;
}

void expect_about(duration measured, duration expected) {
  EXPECT_GE(measured, expected);
  EXPECT_LE(measured, expected + 10ms);
}

TEST_P(supervisor_shutdown, a_child_that_ignores_it_is_killed_when_its_time_is_over) {
  run([](std::uint32_t place) -> process<> {
    expect_about(
        co_await time_to_end({.children = {child("a", ignore_shutdown).shutdown(300ms).spawn(testing::on(place))}}),
        300ms);
  });
}

TEST_P(supervisor_shutdown, the_time_of_a_worker_is_five_seconds_if_nothing_else_is_said) {
  run([](std::uint32_t place) -> process<> {
    expect_about(co_await time_to_end({.children = {child("a", ignore_shutdown).spawn(testing::on(place))}}), 5s);
  });
}

TEST_P(supervisor_shutdown, a_child_is_given_its_time) {
  run([](std::uint32_t place) -> process<> {
    expect_about(
        co_await time_to_end({.children = {child("a", take_long, duration{4900ms}).spawn(testing::on(place))}}),
        4900ms);
  });
}

TEST_P(supervisor_shutdown, by_brutal_kill_takes_no_time) {
  run([](std::uint32_t place) -> process<> {
    expect_about(co_await time_to_end(
                     {.children = {child("a", ignore_shutdown).shutdown(brutal_kill).spawn(testing::on(place))}}),
                 0s);
  });
}

TEST_P(supervisor_shutdown, without_limit_waits_as_long_as_it_takes) {
  run([](std::uint32_t place) -> process<> {
    expect_about(co_await time_to_end(
                     {.children = {child("a", take_long, duration{1h}).shutdown(infinity).spawn(testing::on(place))}}),
                 1h);
  });
}

TEST_P(supervisor_shutdown, each_child_in_its_turn_has_its_own_time) {
  run([](std::uint32_t place) -> process<> {
    expect_about(
        co_await time_to_end({.children = {child("a", ignore_shutdown).shutdown(100ms).spawn(testing::on(place)),
                                           child("b", take_long, duration{200ms}).spawn(testing::on(place)),
                                           child("c", ignore_shutdown).shutdown(400ms).spawn(testing::on(place))}}),
        700ms);
  });
}

TEST_P(supervisor_shutdown, a_supervisor_below_is_given_all_the_time_that_its_children_need) {
  run([](std::uint32_t place) -> process<> {
    supervisor_spec below{.children = {child("b", ignore_shutdown).shutdown(1min)}, .spawn = testing::on(place)};
    expect_about(co_await time_to_end({.children = {child("a", below)}}), 1min);
  });
}

process<> unlink_from(pid supervisor, bool then_end) {
  unlink(supervisor);
  if (then_end) co_return;
  trap_exit();
  for (;;) co_await receive<exited>();
}

TEST_P(supervisor_shutdown, a_child_that_has_unlinked_itself_is_ended_or_found_dead) {
  run([](std::uint32_t place) -> process<> {
    for (bool dead : {false, true}) {
      trap_exit();
      supervisor_ref top = co_await start_link(supervisor_spec{});
      auto started =
          co_await top.start_child(child("a", unlink_from, top.pid(), dead).shutdown(200ms).spawn(testing::on(place)));
      co_await sleep_for(10ms);
      EXPECT_EQ(bool(co_await info_of(*started)), !dead);
      const time_point begin = now();
      co_await top.stop(exit_reason::shutdown);
      expect_about(now() - begin, dead ? 0ms : 200ms);
      EXPECT_FALSE(co_await info_of(*started));
      co_await receive<exited>();
    }
  });
}

// --- significant children ---

class auto_shutdown : public testing::supervised {
 protected:
  static child_spec significant(const std::string& id, restart_type restart) {
    return member(id, restart).significant();
  }
};

TEST_F(auto_shutdown, never_happens_when_others_end) {
  start({.auto_shutdown = any_significant,
         .children = {significant("a", transient), member("b", transient), member("c", temporary)}});
  end("b", exit_reason::normal);
  end("c", because("crash"));
  EXPECT_EQ(states(), "a running, b stopped");
}

TEST_F(auto_shutdown, any_significant_child_that_ends_in_order_ends_all) {
  start({.auto_shutdown = any_significant,
         .children = {member("a"), significant("b", transient), significant("c", transient)}});
  end("b", exit_reason::normal);
  EXPECT_EQ(notes(), "stop b, stop c, stop a");
  EXPECT_EQ(world.end, exit_reason::shutdown);
}

TEST_F(auto_shutdown, a_transient_child_that_crashes_is_started_again) {
  start({.auto_shutdown = any_significant, .children = {significant("a", transient)}});
  end("a", because("crash"));
  EXPECT_EQ(states(), "a running");
}

TEST_F(auto_shutdown, a_temporary_child_ends_all_however_it_ends) {
  for (exit_reason reason : {exit_reason{exit_reason::normal}, exit_reason{exit_reason::shutdown}, because("crash")}) {
    world = {};
    start({.auto_shutdown = any_significant, .children = {significant("a", temporary), member("b")}});
    end("a", reason);
    EXPECT_EQ(world.end, exit_reason::shutdown);
  }
}

TEST_F(auto_shutdown, all_significant_waits_for_the_last_of_them) {
  start({.auto_shutdown = all_significant,
         .children = {member("a"), significant("b", transient), significant("c", temporary)}});
  end("c", because("crash"));
  EXPECT_EQ(states(), "a running, b running");
  end("b", exit_reason::shutdown);
  EXPECT_EQ(world.end, exit_reason::shutdown);
}

TEST_F(auto_shutdown, a_child_that_the_supervisor_ends_does_not_count) {
  start({.auto_shutdown = any_significant, .children = {significant("a", transient), significant("b", temporary)}});
  for (const char* id : {"a", "b"})
    EXPECT_TRUE(rt.call([](supervisor_ref top, std::string id) { return top.terminate_child(id); }, world.top,
                        std::string{id}));
  EXPECT_EQ(states(), "a stopped");
  EXPECT_FALSE(world.end.has_value());
}

TEST_F(auto_shutdown, one_that_is_ended_by_its_strategy_does_not_count) {
  start({.strategy = supervisor_strategy::one_for_all,
         .auto_shutdown = any_significant,
         .children = {significant("a", temporary), member("b"), significant("c", transient)}});
  end("b", because("crash"));
  EXPECT_EQ(states(), "b running, c running");
}

TEST_F(auto_shutdown, of_a_supervisor_below_is_an_end_in_order_for_the_one_above) {
  supervisor_spec below{.auto_shutdown = any_significant, .children = {significant("b", transient)}};
  start({.children = {member("a"), child("below", below).restart(transient)}});
  end("b", exit_reason::normal);
  EXPECT_EQ(states(), "a running, below stopped");
}

}  // namespace
}  // namespace dialtone
