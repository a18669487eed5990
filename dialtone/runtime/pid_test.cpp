// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/pid.hpp>

#include <set>
#include <unordered_set>

#include <gtest/gtest.h>

#include <dialtone/runtime/doubles_test.hpp>
#include <dialtone/runtime/slot_table.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace testing;

static_assert(sizeof(pid) == 8 && sizeof(reference) == 8);
static_assert(std::is_trivially_copyable_v<pid> && std::regular<pid> && std::totally_ordered<pid>);
static_assert(std::is_trivially_copyable_v<reference> && std::regular<reference>);
static_assert(sendable<pid> && sendable<reference>);
static_assert(!pid{} && pid{0, 0, 1} && !reference{});

TEST(pid, has_room_for_its_parts) {
  constexpr pid largest{0xff, 0xffffff, 0xffffffff};
  EXPECT_EQ(largest.scheduler(), 0xffu);
  EXPECT_EQ(largest.slot(), 0xffffffu);
  EXPECT_EQ(largest.generation(), 0xffffffffu);
  constexpr pid some{3, 42, 7};
  EXPECT_EQ(some.scheduler(), 3u);
  EXPECT_EQ(some.slot(), 42u);
  EXPECT_EQ(some.generation(), 7u);
  EXPECT_EQ(pid::from_value(some.value()), some);
}

TEST(pid, is_printed_and_read) {
  EXPECT_EQ(to_string(pid{0, 42, 1}), "<0.42.1>");
  EXPECT_EQ(to_string(pid{}), "<0.0.0>");
  for (pid each : {pid{0, 0, 1}, pid{0, 42, 1}, pid{254, 0xffffff, 0xffffffff}, pid{255, 1, 1}})
    EXPECT_EQ(parse_pid(to_string(each)), each) << to_string(each);
}

TEST(pid, is_not_read_from_anything_else) {
  for (std::string_view text : {"",
                                "<",
                                "<>",
                                "<..>",
                                "<0.42.1",
                                "0.42.1>",
                                "<0.42>",
                                "<0.42.>",
                                "<0..1>",
                                "<.42.1>",
                                "<0.42.1>>",
                                "<0.42.1> ",
                                " <0.42.1>",
                                "<0.42.1.5>",
                                "<-1.42.1>",
                                "<0.-42.1>",
                                "<+0.42.1>",
                                "<0x1.42.1>",
                                "<0, 42, 1>",
                                "<256.42.1>",
                                "<0.16777216.1>",
                                "<0.42.4294967296>",
                                "<0.42.99999999999999999999>",
                                "<0.42.1\n>",
                                "pid",
                                "<a.b.c>"}) {
    EXPECT_EQ(parse_pid(text), std::nullopt) << text;
  }
  // Generation 0 is no process's.
  EXPECT_EQ(parse_pid("<0.0.0>"), std::nullopt);
  EXPECT_EQ(parse_pid("<0.42.0>"), std::nullopt);
  EXPECT_EQ(parse_pid(std::string_view{"<0.42.1>\0", 9}), std::nullopt);
}

TEST(pid, is_read_at_no_cut_and_with_no_byte_changed_into_rubbish) {
  const std::string text = "<12.345678.9>";
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    EXPECT_EQ(parse_pid(std::string_view{text}.substr(0, cut)), std::nullopt) << cut;
    std::string changed = text;
    changed[cut] = 'x';
    EXPECT_EQ(parse_pid(changed), std::nullopt) << changed;
  }
}

TEST(pid, is_a_key) {
  std::unordered_set<pid> seen;
  std::set<pid> ordered;
  for (std::uint32_t i = 1; i <= 100; ++i) {
    seen.insert(pid{i % 3, i, 1});
    ordered.insert(pid{i % 3, i, 1});
    seen.insert(pid{i % 3, i, 1});
  }
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_EQ(ordered.size(), 100u);
}

TEST(reference, is_printed) { EXPECT_EQ(to_string(reference::from_value(0xabc)), "#ref<abc>"); }

TEST(pid, of_a_dead_process_never_reaches_its_successor) {
  stepped_runtime rt{{.schedulers = 2}};
  EXPECT_EQ(rt.run([]() -> process<> {
    for (std::uint32_t where : {0u, 1u}) {
      pid first = spawn(on(where), end_at_once);
      co_await await_death(first);
      // Slots of another scheduler come in batches: one is used again after some more.
      pid second = spawn(on(where), wait_for_go);
      for (int i = 0; i < 300 && second.slot() != first.slot(); ++i) {
        send(second, go{});
        co_await await_death(second);
        second = spawn(on(where), wait_for_go);
      }
      EXPECT_EQ(second.slot(), first.slot());
      EXPECT_GT(second.generation(), first.generation());

      send(first, go{});
      exit(first, exit_reason::kill);
      reference stale = monitor(first);
      EXPECT_EQ(co_await end_of(stale), exit_reason::noproc);
      unlink(first);
      EXPECT_FALSE(co_await info_of(first));
      EXPECT_TRUE(co_await info_of(second));
      send(second, go{});
      co_await await_death(second);
    }
  }),
            exit_reason::normal);
}

TEST(pid, of_a_slot_whose_generations_are_used_up_is_not_used_again) {
  constexpr std::uint32_t last = 3;
  detail::process_quota quota{100};
  detail::slot_table slots{0, quota, last};
  std::set<pid> seen;
  for (int i = 0; i < 1'000; ++i) {
    detail::process_block* block = slots.allocate();
    ASSERT_NE(block, nullptr);
    EXPECT_LE(block->self().generation(), last);
    EXPECT_TRUE(seen.insert(block->self()).second) << to_string(block->self());
    EXPECT_EQ(slots.find(block->self()), block);
    slots.release(*block);
  }
  for (pid each : seen) EXPECT_EQ(slots.find(each), nullptr);
  EXPECT_EQ(slots.live(), 0u);
}

}  // namespace
}  // namespace dialtone
