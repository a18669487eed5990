// SPDX-License-Identifier: Apache-2.0
// Supervisors whose children, parents and specifications do their worst: no process is left behind, none hangs that
// nobody has told to wait.
#include <gtest/gtest.h>

#include <dialtone/otp/dynamic_supervisor.hpp>
#include <dialtone/otp/partitions.hpp>
#include <dialtone/otp/supervised_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

class hostile_trees : public supervised {
 protected:
  ~hostile_trees() override { EXPECT_EQ(left(), 0u); }
  // Beside the process that asks.
  std::size_t left() {
    rt.settle();
    return rt->processes().size() - 1;
  }
  void run(process<> (*scenario)()) { EXPECT_EQ(rt.run({.trap_exit = true}, scenario), exit_reason::normal); }
};

process<> block(start_ticket) { co_await sleep_for(duration::max()); }
process<> block_and_ignore(start_ticket) {
  trap_exit();
  co_await sleep_for(duration::max());
}
process<> be_stubborn(start_ticket ticket) {
  trap_exit();
  world.running["stubborn"] = self();
  ticket.started();
  co_await sleep_for(duration::max());
}
process<> kill_itself(start_ticket) {
  exit(self(), exit_reason::kill);
  co_return;
}
process<> kill_its_starter(start_ticket ticket) {
  exit(ticket.starter, exit_reason::kill);
  co_await sleep_for(duration::max());
}
process<> be_up_twice(start_ticket ticket) {
  ticket.started();
  ticket.started();
  ticket.ignore();
  exit((co_await receive<end_now>()).reason);
}
process<> be_up_and_gone(start_ticket ticket) {
  ticket.started();
  co_return;
}
process<> return_without_a_word(start_ticket) { co_return; }

supervisor_spec levels(int depth) {
  supervisor_spec spec{.intensity = 0, .children = {member("leaf")}};
  for (int level = 1; level < depth; ++level)
    spec = {.intensity = 0, .children = {child("level " + std::to_string(level), std::move(spec))}};
  return spec;
}

TEST_F(hostile_trees, of_two_hundred_levels_start_are_drawn_and_end) {
  start(levels(200));
  EXPECT_EQ(notes(), "start leaf");
  EXPECT_EQ(left(), 202u);
  const std::string drawn = rt.call([](supervisor_ref top) { return top.sketch(); }, world.top);
  EXPECT_EQ(drawn, sketch(levels(200)));
  end_parent();
  EXPECT_EQ(notes(), "stop leaf");
}

TEST_F(hostile_trees, of_two_hundred_levels_fall_from_the_leaf_to_the_top) {
  start(levels(200));
  end("leaf", because("crash"));
  EXPECT_EQ(notes(), "stop leaf");
  EXPECT_EQ(world.end, exit_reason::shutdown);
}

TEST_F(hostile_trees, whose_supervisor_is_killed_while_it_ends_a_child_leave_nothing) {
  start({.children = {child("stubborn", be_stubborn).shutdown(infinity), member("a")}});
  rt.settle();
  rt->send(parent, end_now{exit_reason::shutdown});
  rt.settle();
  rt.advance(1h);
  EXPECT_TRUE(lives(world.running["stubborn"]));
  rt->exit(world.top.pid(), exit_reason::kill);
  rt.settle();
  EXPECT_FALSE(lives(world.running["stubborn"]));
}

TEST_F(hostile_trees, whose_supervisor_is_killed_while_it_restarts_leave_nothing) {
  for (auto what : {&block, &block_and_ignore}) {
    world = {};
    static int starts;
    starts = 0;
    static process<> (*then)(start_ticket);
    then = what;
    auto first = [](start_ticket ticket) -> process<> {
      if (++starts > 1) {
        world.note("restart");
        if (then == &block_and_ignore) trap_exit();
        co_await sleep_for(duration::max());
      }
      ticket.started();
      world.running["it"] = self();
      exit((co_await receive<end_now>()).reason);
    };
    start({.strategy = supervisor_strategy::one_for_all, .children = {member("a"), child("it", first), member("b")}});
    end("it", because("crash"));
    EXPECT_EQ(notes(), "stop b, stop a, start a, restart");
    rt->exit(world.top.pid(), exit_reason::kill);
    EXPECT_EQ(notes(), "stop a");
    EXPECT_EQ(world.end, exit_reason::killed);
    EXPECT_EQ(left(), 0u);
  }
}

TEST_F(hostile_trees, with_starts_that_end_themselves_are_not_started) {
  run([]() -> process<> {
    for (auto start_of : {&kill_itself, &return_without_a_word}) {
      auto started = co_await try_start_link(supervisor_spec{
          .children = {member("a"), child("below", supervisor_spec{.children = {child("bad", start_of)}})}});
      EXPECT_FALSE(started);
    }
    auto killed = co_await try_start_link(supervisor_spec{
        .children = {member("a"), child("below", supervisor_spec{.children = {child("bad", kill_its_starter)}})}});
    EXPECT_FALSE(killed);
    co_await sleep_for(1ms);
    EXPECT_EQ(process_count(), 1u);
    EXPECT_FALSE((co_await receive<exited>(after(0s))).has_value());
  });
}

TEST_F(hostile_trees, take_the_first_word_of_a_start) {
  run([]() -> process<> {
    auto top = co_await start_link(supervisor_spec{.intensity = 3, .children = {child("twice", be_up_twice)}});
    EXPECT_EQ((co_await top.count_children()).active, 1u);
    auto gone = co_await top.start_child(child("gone", be_up_and_gone).restart(restart_type::temporary));
    EXPECT_TRUE(gone);
    co_await sleep_for(1ms);
    EXPECT_EQ((co_await top.count_children()).specs, 1u);
    co_await top.stop();
    static_cast<void>(co_await receive<exited>());
  });
}

TEST_F(hostile_trees, wait_for_a_start_that_never_comes_until_they_are_killed) {
  run([]() -> process<> {
    auto top = co_await start_link(supervisor_spec{});
    pid asker = spawn(
        [](supervisor_ref of) -> process<> {
          static_cast<void>(co_await of.start_child(child("x", block_and_ignore)));
        },
        top);
    co_await sleep_for(1h);
    EXPECT_EQ(process_count(), 4u);
    exit(top.pid(), exit_reason::shutdown);
    co_await sleep_for(1h);
    EXPECT_EQ(process_count(), 4u);
    exit(top.pid(), exit_reason::kill);
    co_await testing::await_death(asker);
    co_await sleep_for(1ms);
    EXPECT_EQ(process_count(), 1u);
    static_cast<void>(co_await receive<exited>());
  });
}

process<> ends_itself_through(std::string id) {
  supervisor_ref of{*whereis("top")};
  static_cast<void>(co_await of.terminate_child(id));
  ADD_FAILURE() << "it goes on";
}

TEST_F(hostile_trees, end_a_child_that_asks_for_its_own_end) {
  run([]() -> process<> {
    auto top = co_await start_link(supervisor_spec{
        .children = {child("self", ends_itself_through, std::string{"self"})}, .spawn = {.name = "top"}});
    co_await sleep_for(1ms);
    EXPECT_EQ((co_await top.which_children()).front().state, child_state::stopped);
    EXPECT_TRUE(co_await top.delete_child("self"));
    EXPECT_EQ((co_await top.delete_child("self")).error().code(), child_error::not_found);
    co_await top.stop();
    static_cast<void>(co_await receive<exited>());
  });
}

TEST_F(hostile_trees, with_the_greatest_intensity_and_period_go_on) {
  start({.intensity = std::numeric_limits<std::size_t>::max(), .period = duration::max(), .children = {member("a")}});
  for (int round = 0; round < 1000; ++round) end("a", because("crash"));
  EXPECT_EQ(states(), "a running");
  end_parent();
}

TEST_F(hostile_trees, with_the_least_period_count_what_happens_at_once) {
  start({.intensity = 1, .period = duration{1}, .children = {member("a")}});
  end("a", because("crash"));
  EXPECT_EQ(states(), "a running");
  end("a", because("crash"));
  EXPECT_EQ(world.end, exit_reason::shutdown);
}

TEST_F(hostile_trees, with_back_offs_at_their_limits_wait_and_end) {
  const backoff_options longest{.initial = duration::max(),
                                .maximum = duration::max(),
                                .factor = 1e308,
                                .jitter = 1,
                                .reset_after = duration::max()};
  const backoff_options shortest{.initial = duration{1},
                                 .maximum = duration{1},
                                 .factor = std::numeric_limits<double>::infinity(),
                                 .jitter = 1,
                                 .reset_after = duration{0}};
  start({.intensity = 100, .children = {member("long").backoff(longest), member("short").backoff(shortest)}});
  for (int round = 0; round < 20; ++round) {
    end("short", because("crash"));
    rt.advance(1ms);
  }
  EXPECT_EQ(states(), "long running, short running");
  end("long", because("crash"));
  rt.advance(1h);
  const std::string now_are = states();
  EXPECT_TRUE(now_are == "long restarting, short running" || now_are == "long running, short running") << now_are;
  end_parent();
}

TEST_F(hostile_trees, with_a_time_of_nothing_kill_who_does_not_end_at_once) {
  start({.children = {member("a").shutdown(0s), child("stubborn", be_stubborn).shutdown(duration{1})}});
  end_parent();
  rt.advance(2ms);
  EXPECT_EQ(notes(), "stop a");
  EXPECT_FALSE(lives(world.running["stubborn"]));
}

TEST_F(hostile_trees, refuse_specifications_that_make_no_sense) {
  run([]() -> process<> {
    for (const supervisor_spec& bad :
         {supervisor_spec{.period = 0s}, supervisor_spec{.period = duration::min()},
          supervisor_spec{.children = {member("a"), member("a")}}, supervisor_spec{.children = {member("")}},
          supervisor_spec{.children = {member("a").shutdown(duration::min())}},
          supervisor_spec{.children = {child("deep", levels(3)), child("deeper", supervisor_spec{.period = 0s})}}}) {
      EXPECT_FALSE(co_await try_start_link(bad));
    }
    EXPECT_FALSE(co_await try_start_link(dynamic_supervisor_spec{.period = 0s}));
    EXPECT_EQ(process_count(), 1u);
  });
}

TEST_F(hostile_trees, are_not_hurt_by_requests_while_they_end) {
  run([]() -> process<> {
    auto top = co_await start_link(supervisor_spec{.children = {child("stubborn", be_stubborn).shutdown(1s)}});
    pid asker = spawn(
        [](supervisor_ref of) -> process<> {
          co_await sleep_for(500ms);
          bool failed = false;
          try {
            static_cast<void>(co_await of.start_child(member("late")));
          } catch (const call_failed&) {
            failed = true;
          }
          EXPECT_TRUE(failed);
        },
        top);
    co_await top.stop();
    co_await testing::await_death(asker);
    EXPECT_EQ(process_count(), 1u);
    static_cast<void>(co_await receive<exited>());
  });
}

// --- dynamic supervisors and partitions ---

TEST_F(hostile_trees, that_are_dynamic_and_may_have_no_child_have_none) {
  run([]() -> process<> {
    auto top = co_await start_link(dynamic_supervisor_spec{.max_children = 0});
    EXPECT_EQ((co_await top.start_child(member("a"))).error().code(), child_error::limit_reached);
    EXPECT_EQ((co_await top.terminate_child(self())).error().code(), child_error::not_found);
    EXPECT_EQ((co_await top.terminate_child(top.pid())).error().code(), child_error::not_found);
    EXPECT_EQ((co_await top.terminate_child(pid{})).error().code(), child_error::not_found);
    co_await top.stop();
    static_cast<void>(co_await receive<exited>());
  });
}

TEST_F(hostile_trees, that_are_dynamic_and_killed_while_they_end_leave_nothing) {
  run([]() -> process<> {
    auto top = co_await start_link(dynamic_supervisor_spec{});
    for (int number = 0; number < 10; ++number)
      static_cast<void>(co_await top.start_child(child("stubborn", be_stubborn).shutdown(infinity)));
    exit(top.pid(), exit_reason::shutdown);
    pid asker = spawn([](dynamic_supervisor_ref of) -> process<> { co_await of.stop(); }, top);
    co_await sleep_for(1h);
    EXPECT_EQ(process_count(), 13u);
    exit(top.pid(), exit_reason::kill);
    co_await testing::await_death(asker);
    co_await sleep_for(1ms);
    EXPECT_EQ(process_count(), 1u);
    static_cast<void>(co_await receive<exited>());
  });
}

TEST_F(hostile_trees, that_are_dynamic_end_a_child_that_asks_for_its_own_end) {
  run([]() -> process<> {
    auto top = co_await start_link(dynamic_supervisor_spec{});
    auto one = co_await top.start_child(child(
        "self",
        [](dynamic_supervisor_ref of) -> process<> {
          static_cast<void>(co_await of.terminate_child(self()));
          ADD_FAILURE() << "it goes on";
        },
        top));
    EXPECT_TRUE(one);
    co_await sleep_for(1ms);
    EXPECT_EQ((co_await top.count_children()).specs, 0u);
    co_await top.stop();
    static_cast<void>(co_await receive<exited>());
  });
}

TEST_F(hostile_trees, of_one_partition_find_it_for_every_key) {
  run([]() -> process<> {
    const partitions one{"one", 1};
    for (std::int64_t key : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::int64_t{0},
                             std::numeric_limits<std::int64_t>::max()})
      EXPECT_EQ(one.number_for(key), 0u);
    EXPECT_EQ(one.number_for(""), 0u);
    auto top = co_await start_link(one.spec([](std::uint32_t) { return child("", testing::wait_for_go); }));
    EXPECT_TRUE(one.pid_for(17));
    const partitions seven{"seven", 7};
    EXPECT_EQ(seven.number_for(std::numeric_limits<std::int64_t>::min()), 9223372036854775808u % 7);
    EXPECT_FALSE(co_await try_start_link(one.spec([](std::uint32_t) { return child("", testing::wait_for_go); })));
    co_await top.stop();
    static_cast<void>(co_await receive<exited>());
  });
}

}  // namespace
}  // namespace dialtone
