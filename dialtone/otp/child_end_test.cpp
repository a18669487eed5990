// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/child_end.hpp>

#include <gtest/gtest.h>

#include <dialtone/otp/time_limit.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/process_info.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>
#include <dialtone/testing/doubles.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using detail::end_child;
using detail::end_children;
using detail::ending;

class child_end : public testing::two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, child_end, testing::beside_and_elsewhere, testing::name_of_place);

process<> obey_after(duration time) {
  trap_exit();
  exited told = co_await receive<exited>();
  co_await sleep_for(time);
  exit(told.reason);
}

process<> end_with_timeout_when_told() {
  trap_exit();
  co_await receive<exited>();
  exit(exit_reason::timeout);
}

// As a child that is linked to its supervisor, which traps exits.
task<pid> started(std::uint32_t place, auto function, auto... arguments) {
  trap_exit();
  pid child = spawn_link(testing::on(place), function, arguments...);
  while (!co_await info_of(child)) co_await yield();
  co_await sleep_for(1ms);
  co_return child;
}

task<> expect_no_message() {
  co_await sleep_for(1s);
  EXPECT_FALSE((co_await receive<exited>(after(0s))).has_value());
  auto info = co_await info_of(self());
  EXPECT_EQ(info->links, 0u);
  EXPECT_EQ(info->monitors, 0u);
}

TEST_P(child_end, tells_with_which_reason_a_child_obeys) {
  run([](std::uint32_t place) -> process<> {
    pid child = co_await started(place, testing::wait_for_go);
    EXPECT_EQ(co_await end_child(child, 5s), exit_reason::shutdown);
    co_await expect_no_message();
  });
}

TEST_P(child_end, waits_for_a_child_that_takes_less_than_its_limit) {
  run([](std::uint32_t place) -> process<> {
    pid child = co_await started(place, obey_after, duration{99ms});
    EXPECT_EQ(co_await end_child(child, 100ms), exit_reason::shutdown);
  });
}

TEST_P(child_end, kills_a_child_that_takes_longer_than_its_limit) {
  run([](std::uint32_t place) -> process<> {
    pid child = co_await started(place, obey_after, duration{110ms});
    time_point begin = now();
    EXPECT_EQ(co_await end_child(child, 100ms), exit_reason::killed);
    EXPECT_GE(now() - begin, 100ms);
    EXPECT_LE(now() - begin, 105ms);
    co_await expect_no_message();
  });
}

TEST_P(child_end, waits_without_end_for_infinity) {
  run([](std::uint32_t place) -> process<> {
    pid child = co_await started(place, obey_after, duration{24h});
    EXPECT_EQ(co_await end_child(child, infinity), exit_reason::shutdown);
  });
}

TEST_P(child_end, kills_at_once_when_told_so) {
  run([](std::uint32_t place) -> process<> {
    pid child = co_await started(place, testing::ignore_shutdown);
    time_point begin = now();
    EXPECT_EQ(co_await end_child(child, brutal_kill), exit_reason::killed);
    EXPECT_EQ(now(), begin);
    co_await expect_no_message();
  });
}

TEST_P(child_end, a_child_that_ignores_shutdown_is_killed_after_its_limit) {
  run([](std::uint32_t place) -> process<> {
    pid child = co_await started(place, testing::ignore_shutdown);
    EXPECT_EQ(co_await end_child(child, 1s), exit_reason::killed);
  });
}

TEST_P(child_end, a_child_that_has_ended_long_ago_is_noproc) {
  run([](std::uint32_t place) -> process<> {
    pid child = co_await started(place, testing::end_at_once);
    EXPECT_EQ(co_await end_child(child, 5s), exit_reason::noproc);
    EXPECT_EQ(co_await end_child(child, brutal_kill), exit_reason::noproc);
  });
}

TEST_P(child_end, a_reason_that_reads_timeout_is_not_taken_for_the_limit) {
  run([](std::uint32_t place) -> process<> {
    pid child = co_await started(place, end_with_timeout_when_told);
    time_point begin = now();
    EXPECT_EQ(co_await end_child(child, 5s), exit_reason::timeout);
    EXPECT_EQ(now(), begin);
  });
}

process<> unlink_and_ignore(pid supervisor) {
  trap_exit();
  unlink(supervisor);
  for (;;) co_await receive<exited>();
}

TEST_P(child_end, a_child_that_has_unlinked_itself_is_ended_all_the_same) {
  run([](std::uint32_t place) -> process<> {
    pid child = co_await started(place, unlink_and_ignore, self());
    EXPECT_EQ(co_await end_child(child, 1s), exit_reason::killed);
  });
}

TEST_P(child_end, many_are_ended_at_the_same_time_each_within_its_own_limit) {
  run([](std::uint32_t place) -> process<> {
    std::vector<ending> children;
    children.push_back({co_await started(place, obey_after, duration{50ms}), 100ms});
    children.push_back({co_await started(place, obey_after, duration{150ms}), 100ms});
    children.push_back({co_await started(place, obey_after, duration{150ms}), 200ms});
    children.push_back({co_await started(place, testing::ignore_shutdown), 200ms});
    children.push_back({co_await started(place, testing::ignore_shutdown), brutal_kill});
    children.push_back({co_await started(place, obey_after, duration{250ms}), infinity});
    children.push_back({co_await started(place, testing::end_at_once), 100ms});
    EXPECT_EQ((co_await receive<exited>()).pid, children.back().child);
    time_point begin = now();
    EXPECT_EQ(co_await end_children(children), 2u);
    EXPECT_GE(now() - begin, 250ms);
    EXPECT_LE(now() - begin, 255ms);
    for (const ending& child : children) EXPECT_FALSE(co_await info_of(child.child));
    co_await expect_no_message();
  });
}

TEST_P(child_end, of_none_takes_no_time) {
  run([](std::uint32_t) -> process<> {
    time_point begin = now();
    EXPECT_EQ(co_await end_children({}), 0u);
    EXPECT_EQ(now(), begin);
  });
}

TEST_P(child_end, of_the_dead_alone_takes_no_time) {
  run([](std::uint32_t place) -> process<> {
    std::vector<ending> children;
    for (int count = 0; count < 3; ++count)
      children.push_back({co_await started(place, testing::end_at_once), duration{1s}});
    time_point begin = now();
    EXPECT_EQ(co_await end_children(children), 0u);
    EXPECT_EQ(now(), begin);
  });
}

// Killed while it waits: the awaiters take themselves out of every list.
TEST_P(child_end, one_that_waits_can_be_killed) {
  run([](std::uint32_t place) -> process<> {
    for (bool several : {false, true}) {
      auto [waiting, watched] = spawn_monitor(
          [](std::uint32_t place, bool several) -> process<> {
            pid child = co_await started(place, testing::ignore_shutdown);
            if (several)
              co_await end_children({{child, 10s}});
            else
              co_await end_child(child, 10s);
          },
          place, several);
      co_await sleep_for(1s);
      exit(waiting, exit_reason::kill);
      EXPECT_EQ(co_await testing::end_of(watched), exit_reason::killed);
      co_await sleep_for(20s);
    }
  });
}

}  // namespace
}  // namespace dialtone
