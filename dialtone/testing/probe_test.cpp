// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/probe.hpp>

#include <gtest/gtest.h>

#include <memory>

#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/testing/doubles.hpp>
#include <dialtone/testing/print.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

struct tick {
  int number;
};
struct tock {
  std::unique_ptr<int> number;
};

process<> count(pid to, int ticks) {
  for (int number = 1; number <= ticks; ++number) {
    co_await sleep_for(1s);
    send(to, tick{number});
    send(to, tock{std::make_unique<int>(number)});
  }
}

TEST(probe, has_what_was_sent_to_it_in_the_order_of_arrival) {
  testing::stepped_runtime rt;
  testing::probe<tick, tock> probe{rt};
  rt.spawn(count, probe.pid(), 5);
  EXPECT_TRUE(probe.take().empty());
  rt.advance(2s);
  auto arrived = probe.take();
  ASSERT_EQ(arrived.size(), 4u);
  EXPECT_EQ(std::get<tick>(arrived[0]).number, 1);
  EXPECT_EQ(*std::get<tock>(arrived[1]).number, 1);
  EXPECT_EQ(std::get<tick>(arrived[2]).number, 2);
  EXPECT_EQ(*std::get<tock>(arrived[3]).number, 2);
}

TEST(probe, gives_each_message_once) {
  testing::stepped_runtime rt;
  testing::probe<tick> probe{rt};
  rt->send(probe.pid(), tick{1});
  EXPECT_EQ(probe.take().size(), 1u);
  EXPECT_TRUE(probe.take().empty());
  rt->send(probe.pid(), tick{2});
  EXPECT_EQ(probe.take().size(), 1u);
}

TEST(probe, takes_no_message_of_another_type) {
  testing::stepped_runtime rt;
  testing::probe<tick> probe{rt};
  rt->send(probe.pid(), tock{});
  rt->send(probe.pid(), tick{1});
  EXPECT_EQ(probe.take().size(), 1u);
  EXPECT_EQ(rt->info(probe.pid())->mailbox_length, 1u);
}

TEST(probe, that_traps_exits_collects_them) {
  testing::stepped_runtime rt;
  testing::probe<exited> probe{rt, {.trap_exit = true}};
  pid ended = rt.spawn(
      [](pid watcher) -> process<> {
        link(watcher);
        exit(exit_reason::custom_text("planned"));
        co_return;
      },
      probe.pid());
  auto arrived = probe.take();
  ASSERT_EQ(arrived.size(), 1u);
  EXPECT_EQ(std::get<exited>(arrived[0]).pid, ended);
  EXPECT_EQ(std::get<exited>(arrived[0]).reason, exit_reason::custom_text("planned"));
}

TEST(probe, of_a_runtime_with_threads_answers_with_what_it_has) {
  runtime rt{{.schedulers = 1}};
  testing::probe<tick> probe{rt};
  for (int number = 0; number < 100; ++number) rt.send(probe.pid(), tick{number});
  std::size_t arrived = 0;
  while (arrived < 100) arrived += probe.take().size();
  EXPECT_EQ(arrived, 100u);
}

TEST(probe, that_has_died_says_so) {
  testing::stepped_runtime rt;
  testing::probe<tick> probe{rt};
  rt->exit(probe.pid(), exit_reason::kill);
  EXPECT_THROW(probe.take(), exit_exception);
}

}  // namespace
}  // namespace dialtone
