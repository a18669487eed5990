// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/process_info.hpp>

#include <atomic>
#include <source_location>

#include <gtest/gtest.h>

#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/registered_name.hpp>
#include <dialtone/runtime/reply.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/runtime/two_schedulers_test.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

class info : public two_schedulers {};

INSTANTIATE_TEST_SUITE_P(placed, info, beside_and_elsewhere, name_of_place);

// What is known of a process, or nothing at all, which no test here expects.
task<process_info> known_of(pid process) {
  auto answer = co_await info_of(process);
  EXPECT_TRUE(answer.has_value());
  co_return answer.value_or(process_info{});
}

TEST_P(info, says_who_it_is_about) {
  run([](std::uint32_t where) -> process<> {
    pid other = spawn({.name = "shop", .label = "sells", .scheduler = placement::on(where)}, wait_for_go);
    process_info about = co_await known_of(other);
    EXPECT_EQ(about.pid, other);
    EXPECT_EQ(about.parent, self());
    EXPECT_EQ(about.names, std::vector<std::string>{"shop"});
    EXPECT_EQ(about.label, "sells");
    EXPECT_FALSE(about.traps_exits);
  });
}

TEST_P(info, of_the_dead_is_empty) {
  run([](std::uint32_t where) -> process<> {
    pid dead = spawn(on(where), end_at_once);
    co_await await_death(dead);
    EXPECT_FALSE(co_await info_of(dead));
    EXPECT_FALSE(co_await info_of(pid{}));
    EXPECT_FALSE(co_await info_of(pid{where, 9'999, 1}));
    EXPECT_FALSE(co_await info_of(pid{200, 1, 1}));
  });
}

TEST_P(info, counts_the_messages_that_wait) {
  run([](std::uint32_t where) -> process<> {
    pid other = spawn(on(where), wait_for_go);
    std::uint64_t before = (co_await known_of(other)).bytes;
    for (int i = 0; i < 10; ++i) send(other, i);
    process_info about = co_await known_of(other);
    EXPECT_EQ(about.mailbox_length, 10u);
    EXPECT_GE(about.bytes, before + 10 * sizeof(int));
    EXPECT_EQ(about.messages_dropped, 0u);
  });
}

TEST_P(info, counts_the_bytes_of_frames) {
  run([](std::uint32_t where) -> process<> {
    pid small = spawn(on(where), wait_for_go);
    pid large = spawn(on(where), []() -> process<> {
      std::array<std::uint64_t, 32> state{};
      co_await receive<go>();
      EXPECT_EQ(state[random() % state.size()], 0u);
    });
    co_await sleep_for(1ms);
    std::uint64_t difference = (co_await known_of(large)).bytes - (co_await known_of(small)).bytes;
    EXPECT_GE(difference, sizeof(std::uint64_t) * 32 - 64);  // the other frame has room for its own temporaries
    EXPECT_LT(difference, 4 * sizeof(std::uint64_t) * 32);
  });
}

TEST_P(info, counts_reductions) {
  run([](std::uint32_t where) -> process<> {
    pid other = spawn(on(where), []() -> process<> {
      for (;;) co_await receive<int>();
    });
    co_await sleep_for(1ms);
    std::uint64_t before = (co_await known_of(other)).reductions;
    for (int i = 0; i < 1'000; ++i) send(other, i);
    co_await sleep_for(1ms);
    EXPECT_GE((co_await known_of(other)).reductions, before + 999);
  });
}

TEST_P(info, says_waiting_ready_or_exiting) {
  run([](std::uint32_t where) -> process<> {
    pid waiting = spawn(on(where), wait_for_go);
    pid busy = spawn(on(where), []() -> process<> {
      for (;;) co_await yield();
    });
    // While one is busy, virtual time stands still.
    for (int i = 0; i < 3; ++i) {
      co_await yield();
      co_await known_of(busy);
    }
    EXPECT_EQ((co_await known_of(waiting)).state, process_state::waiting);
    EXPECT_EQ((co_await known_of(busy)).state, process_state::ready);
    exit(busy, exit_reason::kill);
    co_await await_death(busy);
  });
}

TEST(info_states, of_the_asker_and_of_the_doomed) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    EXPECT_EQ((co_await known_of(self())).state, process_state::running);
    pid fresh = spawn(wait_for_go);
    process_info unborn = co_await known_of(fresh);
    EXPECT_EQ(unborn.state, process_state::ready);
    EXPECT_TRUE(unborn.suspended_at.empty()) << "it has not begun";
    exit(fresh, exit_reason::shutdown);
    EXPECT_EQ((co_await known_of(fresh)).state, process_state::exiting);
  }),
            exit_reason::normal);
}

TEST(info_states, of_a_sender_that_owes) {
  stepped_runtime rt;
  EXPECT_EQ(rt.run([]() -> process<> {
    pid slow = spawn({.mailbox_limit = 2}, wait_for_go);
    pid eager = spawn(
        [](pid to) -> process<> {
          for (int i = 0; i < 3; ++i) send(to, i);
          co_await yield();
        },
        slow);
    co_await sleep_for(1ms);
    EXPECT_EQ((co_await known_of(eager)).state, process_state::owing);
    exit(slow, exit_reason::kill);
    co_await await_death(eager);
  }),
            exit_reason::normal);
}

std::array<std::uint32_t, 3> lines;

task<> innermost() {
  lines[0] = std::source_location::current().line() + 1;
  co_await receive<go>();
}
task<> middle() {
  lines[1] = std::source_location::current().line() + 1;
  co_await innermost();
}
process<> outermost() {
  lines[2] = std::source_location::current().line() + 1;
  co_await middle();
  lines[2] = std::source_location::current().line() + 1;
  co_await receive<go>();
}

TEST_P(info, names_the_lines_where_it_is_suspended_innermost_first) {
  run([](std::uint32_t where) -> process<> {
    pid nested = spawn(on(where), outermost);
    co_await sleep_for(1ms);
    process_info about = co_await known_of(nested);
    EXPECT_EQ(about.suspended_at.size(), 3u);
    for (std::size_t i = 0; i < about.suspended_at.size(); ++i) {
      EXPECT_EQ(about.suspended_at[i].line, lines[i]) << i;
      EXPECT_NE(std::string_view{about.suspended_at[i].file}.find("process_info_test.cpp"), std::string_view::npos);
    }
    std::string line = to_string(about);
    EXPECT_NE(line.find("waiting"), std::string::npos) << line;
    EXPECT_NE(line.find("process_info_test.cpp:" + std::to_string(lines[0]) + " in "), std::string::npos) << line;
    EXPECT_EQ(line.find('\n'), std::string::npos);

    send(nested, go{});
    co_await sleep_for(1ms);
    about = co_await known_of(nested);
    EXPECT_EQ(about.suspended_at.size(), 1u) << "its tasks have returned";
    if (!about.suspended_at.empty()) EXPECT_EQ(about.suspended_at[0].line, lines[2]);
  });
}

TEST_P(info, names_the_line_of_a_branch) {
  run([](std::uint32_t where) -> process<> {
    pid racing = spawn(on(where), []() -> process<> {
      lines[2] = std::source_location::current().line() + 1;
      co_await race(innermost(), innermost());
      lines[2] = std::source_location::current().line() + 1;
      co_await receive<int>();
    });
    co_await sleep_for(1ms);
    process_info about = co_await known_of(racing);
    EXPECT_GE(about.suspended_at.size(), 2u);
    if (about.suspended_at.size() >= 2) {
      EXPECT_EQ(about.suspended_at.front().line, lines[0]);
      EXPECT_EQ(about.suspended_at.back().line, lines[2]);
    }
    send(racing, go{});
    co_await sleep_for(1ms);
    about = co_await known_of(racing);
    EXPECT_EQ(about.suspended_at.size(), 1u);
    if (!about.suspended_at.empty()) EXPECT_EQ(about.suspended_at[0].line, lines[2]);
  });
}

TEST_P(info, follows_a_task_that_was_left_by_an_exception) {
  run([](std::uint32_t where) -> process<> {
    pid other = spawn(on(where), []() -> process<> {
      try {
        co_await []() -> task<> {
          co_await yield();
          throw std::runtime_error{"gone"};
        }();
      } catch (const std::runtime_error& gone) {
        EXPECT_STREQ(gone.what(), "gone");
      }
      lines[2] = std::source_location::current().line() + 1;
      co_await receive<go>();
    });
    co_await sleep_for(1ms);
    process_info about = co_await known_of(other);
    EXPECT_EQ(about.suspended_at.size(), 1u);
    if (!about.suspended_at.empty()) EXPECT_EQ(about.suspended_at[0].line, lines[2]);
  });
}

TEST(all_processes, are_those_of_every_scheduler_once_each) {
  stepped_runtime rt{{.schedulers = 3}};
  EXPECT_EQ(rt.run([]() -> process<> {
    std::vector<pid> expected{self()};
    for (std::uint32_t i = 0; i < 30; ++i) expected.push_back(spawn(on(i % 3), wait_for_go));
    std::vector<pid> found = co_await all_processes();
    std::ranges::sort(expected);
    std::ranges::sort(found);
    EXPECT_EQ(found, expected);
  }),
            exit_reason::normal);
  EXPECT_EQ(rt->processes().size(), 31u) << "the thirty, and the one that asks";
}

TEST(info_from_outside, is_the_same) {
  stepped_runtime rt{{.schedulers = 2}};
  pid other = rt.spawn(on(1), wait_for_go);
  auto about = rt->info(other);
  ASSERT_TRUE(about.has_value());
  EXPECT_EQ(about->pid, other);
  EXPECT_EQ(about->parent, pid{});
  rt->send(other, go{});
  rt.settle();
  EXPECT_FALSE(rt->info(other).has_value());
}

// A scheduler that is busy with one process answers when that awaits; one that is held for good does not hold the
// asker.
TEST(info_from_outside, is_had_of_processes_on_running_schedulers) {
  runtime rt{{.schedulers = 2}};
  pid busy = rt.spawn(on(1), []() -> process<> {
    for (;;) co_await yield();
  });
  pid waiting = rt.spawn(on(1), wait_for_go);
  for (int i = 0; i < 100; ++i) {
    auto about = rt.info(busy);
    ASSERT_TRUE(about.has_value());
    EXPECT_TRUE(about->state == process_state::ready) << to_string(about->state);
    EXPECT_TRUE(rt.info(waiting).has_value());
  }
}

TEST(process_state, has_a_text) {
  EXPECT_EQ(to_string(process_state::ready), "ready");
  EXPECT_EQ(to_string(process_state::running), "running");
  EXPECT_EQ(to_string(process_state::waiting), "waiting");
  EXPECT_EQ(to_string(process_state::owing), "owing");
  EXPECT_EQ(to_string(process_state::exiting), "exiting");
}

}  // namespace
}  // namespace dialtone
