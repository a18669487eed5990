// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/receive.hpp>

#include <gtest/gtest.h>

#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

struct number {
  int value;
};
struct word {
  std::string text;
};

TEST(receive, takes_messages_in_the_order_in_which_they_were_sent) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    for (int i = 0; i < 3; ++i) send(self(), number{i});
    for (int i = 0; i < 3; ++i) EXPECT_EQ((co_await receive<number>()).value, i);
  }),
            exit_reason::normal);
}

TEST(receive, leaves_what_does_not_match_in_its_order) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    send(self(), number{1});
    send(self(), word{"between"});
    send(self(), number{2});
    EXPECT_EQ((co_await receive<word>()).text, "between");
    EXPECT_EQ((co_await receive<number>()).value, 1);
    EXPECT_EQ((co_await receive<number>()).value, 2);
  }),
            exit_reason::normal);
}

}  // namespace
}  // namespace dialtone
