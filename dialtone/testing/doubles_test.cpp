// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/doubles.hpp>

#include <gtest/gtest.h>

#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/send.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/testing/print.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

TEST(doubles, crash_ends_at_once_with_its_reason) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run(testing::crash, exit_reason{exit_reason::shutdown}), exit_reason::shutdown);
  EXPECT_EQ(rt.run(testing::crash, exit_reason::custom_text("planned")), exit_reason::custom_text("planned"));
}

TEST(doubles, throw_at_once_ends_by_an_exception_with_its_text) {
  testing::stepped_runtime rt;
  exit_reason reason = rt.run(testing::throw_at_once, std::string{"planned"});
  EXPECT_EQ(reason.code(), exit_reason::exception);
  EXPECT_EQ(reason.type(), "std::runtime_error");
  EXPECT_EQ(reason.text(), "planned");
}

TEST(doubles, crash_when_told_ends_with_the_reason_that_it_is_sent) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto [told, watched] = spawn_monitor(testing::crash_when_told);
    EXPECT_FALSE((co_await receive<down>(after(1h))).has_value());
    send(told, testing::end_now{exit_reason::custom_text("planned")});
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::custom_text("planned"));
  }),
            exit_reason::normal);
}

TEST(doubles, ignore_shutdown_ends_only_by_a_kill) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    auto [naughty, watched] = spawn_monitor(testing::ignore_shutdown);
    co_await yield();
    for (exit_reason reason : {exit_reason::shutdown, exit_reason::killed, exit_reason::normal}) exit(naughty, reason);
    EXPECT_FALSE((co_await receive<down>(after(1h))).has_value());
    exit(naughty, exit_reason::kill);
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::killed);
  }),
            exit_reason::normal);
}

TEST(doubles, never_reply_leaves_its_caller_to_its_time_limit) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    pid silent = spawn(testing::never_reply);
    pending_reply<int> answer{silent};
    send(silent, testing::echo_request<int>{1, answer.address()});
    EXPECT_EQ((co_await answer.within(5s)).error(), exit_reason::timeout);
  }),
            exit_reason::normal);
}

TEST(doubles, echo_answers_with_what_it_is_sent) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    pid server = spawn(testing::echo<std::string>);
    for (std::string text : {"one", "two", ""}) {
      pending_reply<std::string> answer{server};
      send(server, testing::echo_request<std::string>{text, answer.address()});
      EXPECT_EQ(co_await answer.within(5s), text);
    }
  }),
            exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
