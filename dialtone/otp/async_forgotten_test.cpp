// SPDX-License-Identifier: Apache-2.0
// Functions that run for their effect as children of a dynamic supervisor.
#include <gtest/gtest.h>

#include <dialtone/otp/async_doubles_test.hpp>
#include <dialtone/otp/async_supervised.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

task<dynamic_supervisor_ref> helpers_on(std::uint32_t where) {
  return start_link(dynamic_supervisor_spec{.intensity = 10, .children = placement::on(where), .spawn = on(where)});
}

task<> name_yourself_and_crash(pid observer) {
  send(observer, self());
  co_await receive<go>();
  exit(because("as planned"));
}

task<> tell_number(pid observer, int number) {
  send(observer, number);
  co_await receive<go>();
}

class forgotten_async : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, forgotten_async, beside_and_elsewhere, name_of_place);

TEST_P(forgotten_async, runs_for_its_effect_and_is_gone) {
  run([](std::uint32_t where) -> process<> {
    auto helpers = co_await helpers_on(where);
    pid plain = co_await async_start(helpers, [](pid observer) { send(observer, self()); }, self());
    EXPECT_EQ(co_await receive<pid>(), plain);
    pid waiting = co_await async_start(helpers, {.id = "mail"}, name_yourself_and_crash, self());
    EXPECT_EQ(co_await receive<pid>(), waiting);
    auto children = co_await helpers.which_children();
    EXPECT_EQ(children.size(), 1u);
    EXPECT_EQ(children.front().id, "mail");
    send(waiting, go{});
    co_await await_death(waiting);
    co_await sleep_for(1ms);
    EXPECT_TRUE((co_await helpers.children()).empty()) << "it is temporary";
    EXPECT_EQ(co_await mailbox_length(), 0u);
  });
}

TEST_P(forgotten_async, outlives_its_starter) {
  run([](std::uint32_t where) -> process<> {
    auto helpers = co_await helpers_on(where);
    auto [starter, watched] = spawn_monitor(
        [](dynamic_supervisor_ref place) -> process<> {
          co_await async_start(place, never_answer);
          exit(because("tired"));
        },
        helpers);
    EXPECT_EQ(co_await end_of(watched), because("tired"));
    co_await sleep_for(1ms);
    EXPECT_EQ((co_await helpers.children()).size(), 1u);
  });
}

TEST_P(forgotten_async, starts_again_with_the_same_arguments_where_that_is_asked_for) {
  run([](std::uint32_t where) -> process<> {
    auto helpers = co_await helpers_on(where);
    pid first = co_await async_start(helpers, {.restart = restart_type::transient}, name_yourself_and_crash, self());
    EXPECT_EQ(co_await receive<pid>(), first);
    send(first, go{});
    pid second = co_await receive<pid>();
    EXPECT_NE(second, first);
    exit(second, exit_reason::shutdown);
    co_await await_death(second);
    co_await sleep_for(1ms);
    EXPECT_TRUE((co_await helpers.children()).empty()) << "a transient one that ends in order stays down";
    pid always = co_await async_start(helpers, {.restart = restart_type::permanent}, tell_number, self(), 7);
    EXPECT_EQ(co_await receive<int>(), 7);
    send(always, go{});
    EXPECT_EQ(co_await receive<int>(), 7) << "a permanent one that has returned starts again";
  });
}

TEST_P(forgotten_async, ends_with_its_supervisor_in_its_time) {
  run([](std::uint32_t where) -> process<> {
    auto helpers = co_await helpers_on(where);
    pid stubborn = co_await async_start(helpers, {.shutdown = 50ms}, outlive_shutdown);
    reference watched = monitor(stubborn);
    co_await sleep_for(1ms);
    time_point start = now();
    co_await helpers.stop();
    EXPECT_EQ(co_await end_of(watched), exit_reason::killed);
    EXPECT_GE(now() - start, 50ms);
    EXPECT_LE(now() - start, 52ms);
  });
}

}  // namespace
}  // namespace dialtone
