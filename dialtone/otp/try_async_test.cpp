// SPDX-License-Identifier: Apache-2.0
// Async tasks whose start may fail.
#include <gtest/gtest.h>

#include <dialtone/otp/async_doubles_test.hpp>
#include <dialtone/otp/try_async.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

class try_async_ : public two_schedulers {};
INSTANTIATE_TEST_SUITE_P(placed, try_async_, beside_and_elsewhere, name_of_place);

TEST_P(try_async_, answers_as_async_does) {
  run([](std::uint32_t where) -> process<> {
    auto linked = try_async(on(where), twice, 4);
    auto alone = try_async_nolink(on(where), twice, 5);
    EXPECT_EQ(co_await linked->await(), 8);
    EXPECT_EQ(co_await alone->await(), 10);
    auto here = try_async([](std::unique_ptr<int> number) { return number; }, std::make_unique<int>(6));
    EXPECT_EQ(*co_await here->await(), 6);
    auto failing = try_async_nolink(on(where), crash_after, 1ms);
    EXPECT_EQ((*co_await failing->yield()).error(), because("as planned"));
  });
}

TEST_P(try_async_, links_as_async_does) {
  run([](std::uint32_t where) -> process<> {
    for (bool linked : {true, false}) {
      auto [owner, watched] = spawn_monitor(
          [](std::uint32_t place, bool link) -> process<> {
            auto failing =
                link ? try_async(on(place), crash_after, 1ms) : try_async_nolink(on(place), crash_after, 1ms);
            co_await sleep_for(1s);
          },
          where, linked);
      EXPECT_EQ(co_await end_of(watched), linked ? because("as planned") : exit_reason::normal);
    }
  });
}

TEST_P(try_async_, starts_for_the_effect) {
  run([](std::uint32_t where) -> process<> {
    auto tell = [](pid observer) { send(observer, go{}); };
    EXPECT_TRUE(try_async_start(tell, self()));
    EXPECT_TRUE(try_async_start(on(where), tell, self()));
    EXPECT_TRUE(try_async_start_link(tell, self()));
    auto last = try_async_start_link(on(where), never_answer);
    for (int count = 0; count < 3; ++count) co_await receive<go>();
    EXPECT_EQ(co_await links_of(*last), 1u);
    unlink(*last);
    exit(*last, exit_reason::kill);
  });
}

TEST(a_try_async, at_the_limit_of_processes_starts_and_past_it_is_an_error) {
  stepped_runtime rt{{.runtime = {.process_limit = 2}}};
  EXPECT_EQ(rt.run([]() -> process<> {
    auto last = try_async(never_answer);
    EXPECT_TRUE(last.has_value());
    EXPECT_EQ(try_async(twice, 1).error(), spawn_error::process_limit);
    EXPECT_EQ(try_async_nolink(twice, 1).error(), spawn_error::process_limit);
    EXPECT_EQ(try_async_start(twice, 1).error(), spawn_error::process_limit);
    EXPECT_EQ(try_async_start_link(twice, 1).error(), spawn_error::process_limit);
    EXPECT_EQ(co_await links_of(self()), 1u) << "of the one that runs";
    EXPECT_EQ(co_await mailbox_length(), 0u);
    EXPECT_FALSE((co_await last->shutdown()).has_value());
    EXPECT_TRUE(try_async(twice, 1).has_value());
  }),
            exit_reason::normal);
}

TEST(a_try_async, with_a_name_that_is_taken_is_an_error) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto first = try_async({.name = "one"}, never_answer);
    EXPECT_TRUE(first.has_value());
    EXPECT_EQ(try_async({.name = "one"}, never_answer).error(), spawn_error::name_taken);
    EXPECT_EQ(try_async_start_link({.name = "one"}, never_answer).error(), spawn_error::name_taken);
    EXPECT_EQ(whereis("one"), first->pid());
    EXPECT_FALSE((co_await first->shutdown()).has_value());
  }),
            exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
