// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/supervisor.hpp>

#include <type_traits>

#include <dialtone/otp/supervised_test.hpp>
#include <dialtone/otp/sys.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using testing::because;
using testing::member;
using testing::world;
using enum supervisor_strategy;
using enum restart_type;

static_assert(sizeof(supervisor_ref) == sizeof(pid));
static_assert(std::is_trivially_copyable_v<supervisor_ref>);
static_assert(sendable<supervisor_ref> && sendable<supervisor_spec> && sendable<child_spec> && sendable<child_error>);

class supervisor : public testing::supervised {};

TEST_F(supervisor, starts_its_children_from_left_to_right_and_ends_them_from_right_to_left) {
  start({.children = {member("a"), member("b"), member("c")}});
  EXPECT_EQ(notes(), "start a, start b, start c");
  end_parent();
  EXPECT_EQ(notes(), "stop c, stop b, stop a");
}

TEST_F(supervisor, without_children_lives) {
  start({});
  EXPECT_EQ(counts(), child_counts{});
  end_parent();
  EXPECT_FALSE(lives(world.top.pid()));
}

TEST_F(supervisor, a_child_that_does_not_start_ends_those_before_it_and_the_start) {
  world.failing["c"] = 1;
  start({.children = {member("a"), member("b"), member("c"), member("d")}});
  EXPECT_EQ(notes(), "start a, start b, fail c, stop b, stop a");
  ASSERT_TRUE(world.error.has_value());
  EXPECT_EQ(world.error->code(), start_error::failed);
  EXPECT_EQ(world.error->reason(), exit_reason::shutdown_because("failed to start child 'c': failed: custom: planned"));
}

TEST_F(supervisor, a_failed_start_leaves_no_process_and_no_message) {
  world.failing["b"] = 1;
  EXPECT_EQ(rt.run([]() -> process<> {
    trap_exit();
    const std::size_t before = process_count();
    EXPECT_FALSE((co_await try_start_link({.children = {member("a"), member("b")}, .spawn = {.name = "top"}})));
    EXPECT_EQ(process_count(), before);
    EXPECT_FALSE((co_await receive<exited>(after(1s))));
    EXPECT_FALSE(whereis("top"));
    EXPECT_EQ((co_await info_of(self()))->links, 0u);
  }),
            exit_reason::normal);
}

TEST_F(supervisor, that_is_not_started_ends_a_starter_that_does_not_handle_it) {
  world.failing["a"] = 1;
  EXPECT_EQ(rt.run([]() -> process<> { co_await start_link({.children = {member("a")}}); }),
            exit_reason::shutdown_because("failed to start child 'a': failed: custom: planned"));
}

TEST_F(supervisor, keeps_a_child_that_asks_to_be_ignored_unless_it_is_temporary) {
  world.ignoring = {{"a", 1}, {"b", 1}, {"c", 1}};
  start({.children = {member("a"), member("b", transient), member("c", temporary), member("d")}});
  EXPECT_EQ(states(), "a stopped, b stopped, d running");
  EXPECT_EQ(counts(), (child_counts{.specs = 3, .active = 1, .supervisors = 0, .workers = 3}));
}

// --- which ends are answered by a restart ---

struct ending_case {
  restart_type restart;
  exit_reason reason;
  const char* after;
};

class ends : public testing::supervised, public ::testing::WithParamInterface<ending_case> {};

TEST_P(ends, are_answered_as_the_restart_type_says) {
  start({.children = {member("before"), member("a", GetParam().restart), member("after")}});
  if (GetParam().reason == exit_reason::kill) {
    notes();
    rt->exit(world.running["a"], exit_reason::kill);
  } else {
    end("a", GetParam().reason);
  }
  std::string after{GetParam().after};
  EXPECT_EQ(notes(), after.contains("a running") ? "stop a, start a" : "stop a");
  EXPECT_EQ(states(), GetParam().after);
  EXPECT_FALSE(world.end.has_value());
}

constexpr const char* again = "before running, a running, after running";
constexpr const char* down_for_good = "before running, a stopped, after running";
constexpr const char* forgotten = "before running, after running";
INSTANTIATE_TEST_SUITE_P(
    kinds, ends,
    ::testing::Values(
        ending_case{permanent, exit_reason::normal, again}, ending_case{permanent, exit_reason::shutdown, again},
        ending_case{permanent, exit_reason::shutdown_because("x"), again},
        ending_case{permanent, because("crash"), again}, ending_case{permanent, exit_reason::kill, again},
        ending_case{permanent, exit_reason::noproc, again}, ending_case{transient, exit_reason::normal, down_for_good},
        ending_case{transient, exit_reason::shutdown, down_for_good},
        ending_case{transient, exit_reason::shutdown_because("x"), down_for_good},
        ending_case{transient, because("crash"), again}, ending_case{transient, exit_reason::kill, again},
        ending_case{transient, exit_reason::timeout, again}, ending_case{temporary, exit_reason::normal, forgotten},
        ending_case{temporary, exit_reason::shutdown, forgotten},
        ending_case{temporary, exit_reason::shutdown_because("x"), forgotten},
        ending_case{temporary, because("crash"), forgotten}, ending_case{temporary, exit_reason::kill, forgotten}));

// --- strategies ---

TEST_F(supervisor, one_for_one_starts_the_one_that_has_ended) {
  start({.strategy = one_for_one, .children = {member("a"), member("b"), member("c")}});
  end("b", because("crash"));
  EXPECT_EQ(notes(), "stop b, start b");
}

TEST_F(supervisor, rest_for_one_ends_and_starts_those_after_it_too) {
  start({.strategy = rest_for_one, .intensity = 2, .children = {member("a"), member("b"), member("c"), member("d")}});
  end("b", because("crash"));
  EXPECT_EQ(notes(), "stop b, stop d, stop c, start b, start c, start d");
  end("d", because("crash"));
  EXPECT_EQ(notes(), "stop d, start d");
}

TEST_F(supervisor, one_for_all_ends_and_starts_all) {
  start({.strategy = one_for_all, .children = {member("a"), member("b"), member("c")}});
  end("b", because("crash"));
  EXPECT_EQ(notes(), "stop b, stop c, stop a, start a, start b, start c");
}

TEST_F(supervisor, no_strategy_starts_a_temporary_child_again) {
  for (supervisor_strategy strategy : {one_for_all, rest_for_one}) {
    start(
        {.strategy = strategy, .children = {member("a"), member("b", temporary), member("c"), member("d", temporary)}});
    end("a", because("crash"));
    EXPECT_EQ(notes(), "stop a, stop d, stop c, stop b, start a, start c");
    EXPECT_EQ(states(), "a running, c running");
  }
}

TEST_F(supervisor, all_temporary_ones_to_the_left_are_forgotten_too) {
  start({.strategy = one_for_all, .children = {member("a", temporary), member("b", temporary), member("c")}});
  end("c", because("crash"));
  EXPECT_EQ(notes(), "stop c, stop b, stop a, start c");
  EXPECT_EQ(states(), "c running");
}

// As in OTP: its specification is there, so it is one of all.
TEST_F(supervisor, one_for_all_starts_also_one_that_had_ended_for_good) {
  start({.strategy = one_for_all, .children = {member("a", transient), member("b")}});
  end("a", exit_reason::normal);
  EXPECT_EQ(states(), "a stopped, b running");
  end("b", because("crash"));
  EXPECT_EQ(notes(), "stop b, start a, start b");
}

TEST_F(supervisor, two_that_end_at_once_under_one_for_all_are_one_restart) {
  start({.strategy = one_for_all, .intensity = 1, .children = {member("a"), member("b")}});
  notes();
  tell("a", because("crash"));
  tell("b", because("crash"));
  EXPECT_EQ(notes(), "stop a, stop b, start a, start b");
  EXPECT_EQ(states(), "a running, b running");
}

// --- parents, strangers, nesting ---

TEST_F(supervisor, ends_with_its_parent_however_that_ends) {
  for (exit_reason reason : {exit_reason{exit_reason::normal}, exit_reason{exit_reason::shutdown}, because("crash")}) {
    start({.children = {member("a"), member("b")}});
    end_parent(reason);
    EXPECT_EQ(notes(), "stop b, stop a");
    EXPECT_FALSE(lives(world.top.pid()));
  }
}

TEST_F(supervisor, ends_when_its_parent_is_killed) {
  start({.children = {member("a"), member("b")}});
  notes();
  rt->exit(parent, exit_reason::kill);
  EXPECT_EQ(notes(), "stop b, stop a");
}

TEST_F(supervisor, takes_no_notice_of_the_exit_signals_of_strangers) {
  start({.children = {member("a")}});
  notes();
  rt->exit(world.top.pid(), exit_reason::shutdown);
  rt->exit(world.top.pid(), because("stranger"));
  rt->send(world.top.pid(), testing::go{});
  EXPECT_EQ(notes(), "");
  EXPECT_EQ(states(), "a running");
}

TEST_F(supervisor, that_is_killed_takes_its_children_with_it) {
  start({.children = {member("a"), child("below", supervisor_spec{.children = {member("b")}})}});
  notes();
  rt->exit(world.top.pid(), exit_reason::kill);
  rt.settle();
  EXPECT_EQ(world.end, exit_reason::killed);
  EXPECT_FALSE(lives(world.running["a"]));
  EXPECT_FALSE(lives(world.running["b"]));
}

TEST_F(supervisor, below_another_is_started_and_ended_in_its_place) {
  supervisor_spec below{.children = {member("b1"), member("b2")}};
  start({.children = {member("a"), child("below", below), member("c")}});
  EXPECT_EQ(notes(), "start a, start b1, start b2, start c");
  EXPECT_EQ(counts(), (child_counts{.specs = 3, .active = 3, .supervisors = 1, .workers = 2}));
  end_parent();
  EXPECT_EQ(notes(), "stop c, stop b2, stop b1, stop a");
}

TEST_F(supervisor, below_another_that_gives_up_is_started_again_with_all_its_children) {
  supervisor_spec below{.intensity = 0, .children = {member("b1"), member("b2")}};
  start({.children = {member("a"), child("below", below)}});
  end("b1", because("crash"));
  EXPECT_EQ(notes(), "stop b1, stop b2, start b1, start b2");
  EXPECT_EQ(states(), "a running, below running");
}

TEST_F(supervisor, shows_its_children_to_sys) {
  start({.strategy = rest_for_one, .children = {member("a"), member("b", transient)}});
  end("b", exit_reason::normal);
  std::string state = rt.call([](pid top) { return sys::get_state(top); }, world.top.pid());
  EXPECT_EQ(state, "rest_for_one, 2 children\na: " + to_string(world.running["a"]) + "\nb: not running");
}

// --- schedulers, and what is left ---

process<> check_that_nothing_is_left(supervisor_spec spec) {
  trap_exit();
  const std::size_t before = process_count();
  supervisor_ref top = co_await start_link(spec);
  for (int round = 0; round < 20; ++round) {
    for (const child_info& one : co_await top.which_children())
      if (random() % 2 == 0) exit(one.pid, exit_reason::kill);
    co_await sleep_for(1s);
  }
  auto info = co_await info_of(top.pid());
  EXPECT_EQ(info->links, (co_await top.count_children()).active + 1);
  EXPECT_EQ(info->monitors, 0u);
  EXPECT_EQ(info->mailbox_length, 0u);
  EXPECT_EQ(registered_names(), (std::vector<std::string>{"a", "top"}));
  co_await top.stop(exit_reason::shutdown);
  EXPECT_EQ((co_await receive<exited>()).reason, exit_reason::shutdown);
  EXPECT_EQ(process_count(), before);
  EXPECT_TRUE(registered_names().empty());
  EXPECT_EQ((co_await info_of(self()))->links, 0u);
}

TEST(supervisor_elsewhere, leaves_nothing_wherever_its_children_run_and_in_whatever_order) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    world = {};
    for (supervisor_strategy strategy : {one_for_one, one_for_all, rest_for_one}) {
      testing::stepped_runtime rt{{.schedulers = 3, .seed = seed, .shuffle = true}};
      supervisor_spec below{.strategy = one_for_all,
                            .children = {child("x", testing::crash_when_told).spawn(testing::on(0)),
                                         child("y", testing::crash_when_told)},
                            .spawn = testing::on(2)};
      supervisor_spec spec{
          .strategy = strategy,
          .intensity = 1000,
          .children = {child("a", testing::crash_when_told).spawn({.name = "a", .scheduler = placement::on(1)}),
                       child("below", below), child("c", testing::ignore_shutdown).shutdown(100ms),
                       child("d", testing::crash_when_told).spawn({.scheduler = placement::spread()})},
          .spawn = {.name = "top"}};
      EXPECT_EQ(rt.run(check_that_nothing_is_left, spec), exit_reason::normal);
    }
  }
}

}  // namespace
}  // namespace dialtone
