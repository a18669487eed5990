// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/slot_table.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

namespace dialtone::detail {
namespace {

constexpr std::uint64_t plenty = 1'000'000;

pid parsed(const std::string& text) { return parse_pid(text).value(); }

TEST(slot_table, finds_whom_it_has_allocated) {
  process_quota quota{plenty};
  slot_table slots{3, quota};
  process_block* one = slots.allocate();
  process_block* other = slots.allocate();
  ASSERT_NE(one, nullptr);
  ASSERT_NE(other, nullptr);
  EXPECT_NE(one, other);
  EXPECT_EQ(one->self().scheduler(), 3u);
  EXPECT_EQ(slots.find(one->self()), one);
  EXPECT_EQ(slots.find(other->self()), other);
  EXPECT_EQ(slots.live(), 2u);
}

TEST(slot_table, a_released_slot_is_used_again_under_another_pid) {
  process_quota quota{plenty};
  slot_table slots{0, quota};
  process_block* block = slots.allocate();
  pid before = block->self();
  slots.release(*block);
  EXPECT_EQ(slots.live(), 0u);
  EXPECT_EQ(slots.find(before), nullptr);
  ASSERT_EQ(slots.allocate(), block);
  EXPECT_EQ(block->self().slot(), before.slot());
  EXPECT_EQ(block->self().generation(), before.generation() + 1);
  EXPECT_EQ(slots.find(before), nullptr);
  EXPECT_EQ(slots.find(block->self()), block);
}

TEST(slot_table, a_slot_is_retired_after_its_last_generation) {
  process_quota quota{plenty};
  slot_table slots{0, quota, 3};
  std::vector<pid> used;
  process_block* block = slots.allocate();
  for (int generation = 1; generation <= 3; ++generation) {
    used.push_back(block->self());
    slots.release(*block);
    process_block* next = slots.allocate();
    EXPECT_EQ(next == block, generation < 3);
    block = next;
  }
  EXPECT_EQ(used.back().generation(), 3u);
  EXPECT_NE(block->self().slot(), used.back().slot());
  EXPECT_EQ(block->self().generation(), 1u);
  for (pid old : used) EXPECT_EQ(slots.find(old), nullptr);
}

TEST(slot_table, a_slot_of_the_stock_is_retired_as_well) {
  process_quota quota{plenty};
  slot_table slots{0, quota, 2};
  slots.release(*slots.allocate());
  slots.restock();
  std::vector<pid> reserved;
  ASSERT_TRUE(slots.reserve(reserved));
  ASSERT_EQ(reserved.size(), 1u);
  EXPECT_EQ(reserved.front().generation(), 2u);
  slots.release(slots.claim(reserved.front()));
  slots.restock();
  std::vector<pid> fresh;
  ASSERT_TRUE(slots.reserve(fresh));
  EXPECT_TRUE(std::ranges::none_of(fresh, [&](pid each) { return each.slot() == reserved.front().slot(); }));
}

TEST(slot_table, finds_nobody_under_a_wild_pid) {
  process_quota quota{plenty};
  slot_table slots{0, quota};
  EXPECT_EQ(slots.find(pid{}), nullptr);
  EXPECT_EQ(slots.find(parsed("<0.0.1>")), nullptr);
  slots.allocate();
  for (const char* wild : {"<0.0.2>", "<0.1.1>", "<0.63.1>", "<0.64.1>", "<0.16777215.1>", "<0.16777215.4294967295>",
                           "<255.16777215.4294967295>", "<1.0.1>"})
    EXPECT_EQ(slots.find(parsed(wild)), nullptr) << wild;
  EXPECT_EQ(slots.find(outside_pid), nullptr);
  EXPECT_EQ(slots.live(), 1u);
}

TEST(slot_table, finds_nobody_in_the_fresh_slots_that_the_owner_has_yet_to_use) {
  process_quota quota{plenty};
  slot_table slots{0, quota};
  slots.allocate();
  for (std::uint32_t slot = 1; slot < slot_table::batch; ++slot) EXPECT_EQ(slots.find(pid{0, slot, 1}), nullptr);
  // And the owner may use them afterwards.
  for (std::uint32_t slot = 1; slot < slot_table::batch; ++slot) EXPECT_EQ(slots.allocate()->self(), (pid{0, slot, 1}));
}

TEST(slot_table, a_reserved_pid_that_was_never_started_is_found_as_an_embryo) {
  process_quota quota{plenty};
  slot_table slots{0, quota};
  std::vector<pid> reserved;
  ASSERT_TRUE(slots.reserve(reserved));
  EXPECT_EQ(reserved.size(), slot_table::batch);
  process_block* early = slots.find(reserved.back());
  ASSERT_NE(early, nullptr);
  EXPECT_TRUE(early->has(embryo));
  EXPECT_EQ(early->self(), reserved.back());
  EXPECT_EQ(slots.find(reserved.back()), early);
  EXPECT_EQ(slots.live(), 0u);
  EXPECT_EQ(&slots.claim(reserved.back()), early);
  EXPECT_FALSE(early->has(embryo));
  EXPECT_EQ(slots.live(), 1u);
}

TEST(slot_table, an_embryo_takes_any_number_of_messages) {
  process_quota quota{plenty};
  slot_table slots{0, quota};
  std::vector<pid> reserved;
  ASSERT_TRUE(slots.reserve(reserved));
  EXPECT_EQ(slots.find(reserved.back())->mailbox_limit, 0xffffffffu);
  process_block* used = slots.allocate();
  used->mailbox_limit = 1;
  slots.release(*used);
  slots.restock();
  reserved.clear();
  ASSERT_TRUE(slots.reserve(reserved));
  EXPECT_EQ(slots.find(reserved.back())->mailbox_limit, 0xffffffffu);
}

TEST(slot_table, only_the_first_generation_of_a_fresh_slot_is_reserved) {
  process_quota quota{plenty};
  slot_table slots{0, quota};
  std::vector<pid> reserved;
  ASSERT_TRUE(slots.reserve(reserved));
  EXPECT_EQ(slots.find(pid{0, reserved.back().slot(), 2}), nullptr);
  slots.release(slots.claim(reserved.back()));
  EXPECT_EQ(slots.find(reserved.back()), nullptr);
}

TEST(slot_table, reserves_slots_that_were_used_before_fresh_ones) {
  process_quota quota{plenty};
  slot_table slots{0, quota};
  std::vector<process_block*> blocks;
  for (std::uint32_t count = 0; count < slot_table::batch; ++count) blocks.push_back(slots.allocate());
  for (process_block* each : blocks) slots.release(*each);
  slots.restock();
  std::vector<pid> reserved;
  ASSERT_TRUE(slots.reserve(reserved));
  EXPECT_EQ(reserved.size(), slot_table::batch);
  for (pid each : reserved) {
    EXPECT_LT(each.slot(), slot_table::batch);
    EXPECT_EQ(each.generation(), 2u);
    EXPECT_TRUE(slots.find(each)->has(embryo));
  }
  EXPECT_EQ(slots.live(), 0u);
}

TEST(slot_table, a_pid_in_the_stock_is_nobody_else_s) {
  process_quota quota{plenty};
  slot_table slots{0, quota};
  slots.release(*slots.allocate());
  slots.restock();
  std::vector<pid> reserved;
  ASSERT_TRUE(slots.reserve(reserved));
  for (std::uint32_t count = 0; count < 2 * slot_table::batch; ++count)
    EXPECT_NE(slots.allocate()->self().slot(), reserved.front().slot());
}

// A scheduler that starts many processes elsewhere at once, again and again, must not use up slots that are free there.
TEST(slot_table, bursts_of_reservations_use_the_slots_of_earlier_ones) {
  constexpr std::uint32_t burst = 5'000;
  process_quota quota{plenty};
  slot_table slots{0, quota};
  std::uint32_t highest = 0;
  std::vector<pid> cache;
  for (int round = 0; round < 100; ++round) {
    std::vector<pid> started;
    while (started.size() < burst) {
      if (cache.empty()) ASSERT_TRUE(slots.reserve(cache));
      started.push_back(cache.back());
      cache.pop_back();
    }
    for (pid each : started) {
      highest = std::max(highest, each.slot());
      slots.claim(each);
      slots.restock();
    }
    EXPECT_EQ(slots.live(), burst);
    for (pid each : started) slots.release(*slots.find(each));
  }
  EXPECT_LT(highest, 8 * burst);
}

TEST(slot_table, several_threads_reserve_different_pids) {
  constexpr int per_thread = 20'000;
  process_quota quota{plenty};
  slot_table slots{0, quota};
  std::vector<process_block*> used;
  for (int count = 0; count < 1000; ++count) used.push_back(slots.allocate());
  for (process_block* each : used) slots.release(*each);
  std::array<std::vector<pid>, 4> taken;
  std::atomic<int> running = static_cast<int>(taken.size());
  std::vector<std::thread> threads;
  for (std::vector<pid>& mine : taken) {
    threads.emplace_back([&] {
      while (mine.size() < per_thread) ASSERT_TRUE(slots.reserve(mine));
      --running;
    });
  }
  while (running != 0) slots.restock();  // as the owner
  for (std::thread& each : threads) each.join();
  std::set<std::uint64_t> all;
  std::size_t count = 0;
  for (auto& mine : taken) {
    for (pid each : mine) {
      all.insert(each.value());
      ASSERT_FALSE(slots.claim(each).has(embryo));
    }
    count += mine.size();
  }
  EXPECT_EQ(all.size(), count);
  EXPECT_EQ(slots.live(), count);
}

TEST(slot_table, allocates_as_many_as_the_quota_allows_and_no_more) {
  for (std::uint64_t limit :
       {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{255}, std::uint64_t{256}, std::uint64_t{1000}}) {
    process_quota quota{limit};
    slot_table slots{0, quota};
    std::vector<process_block*> blocks;
    for (std::uint64_t count = 0; count < limit; ++count) {
      blocks.push_back(slots.allocate());
      ASSERT_NE(blocks.back(), nullptr);
    }
    EXPECT_EQ(slots.allocate(), nullptr);
    slots.release(*blocks.back());
    EXPECT_NE(slots.allocate(), nullptr);
    EXPECT_EQ(slots.allocate(), nullptr);
  }
}

TEST(slot_table, a_small_quota_is_not_hoarded_by_who_came_first) {
  process_quota quota{10};
  slot_table one{0, quota};
  slot_table other{1, quota};
  process_block* first = one.allocate();
  for (int count = 0; count < 9; ++count) EXPECT_NE(other.allocate(), nullptr);
  EXPECT_EQ(other.allocate(), nullptr);
  one.release(*first);
  EXPECT_NE(other.allocate(), nullptr);
}

TEST(slot_table, a_table_that_goes_gives_its_quota_back) {
  process_quota quota{100'000};
  for (int round = 0; round < 3; ++round) {
    slot_table slots{0, quota};
    std::vector<process_block*> blocks;
    for (int count = 0; count < 100'000; ++count) blocks.push_back(slots.allocate());
    EXPECT_NE(blocks.back(), nullptr);
    EXPECT_EQ(slots.allocate(), nullptr);
    for (process_block* each : blocks) slots.release(*each);
  }
  EXPECT_EQ(quota.draw(200'000), 100'000u);
}

TEST(slot_table, a_start_elsewhere_is_charged) {
  process_quota quota{2};
  slot_table here{0, quota};
  slot_table there{1, quota};
  EXPECT_TRUE(here.charge());
  EXPECT_TRUE(here.charge());
  EXPECT_FALSE(here.charge());
  std::vector<pid> reserved;
  ASSERT_TRUE(there.reserve(reserved));
  there.release(there.claim(reserved.back()));
  EXPECT_TRUE(here.charge());
}

TEST(slot_table, visits_the_living_in_the_order_of_their_slots) {
  process_quota quota{plenty};
  slot_table slots{0, quota};
  std::vector<process_block*> blocks;
  for (int count = 0; count < 5; ++count) blocks.push_back(slots.allocate());
  slots.release(*blocks[1]);
  slots.release(*blocks[3]);
  std::vector<std::uint32_t> visited;
  slots.each([&](process_block& block) { visited.push_back(block.self().slot()); });
  EXPECT_EQ(visited, (std::vector{blocks[0]->self().slot(), blocks[2]->self().slot(), blocks[4]->self().slot()}));
}

TEST(slot_table_death, a_pid_that_was_not_reserved_cannot_be_claimed) {
  process_quota quota{plenty};
  slot_table slots{0, quota};
  process_block* block = slots.allocate();
  block->flags = 0;  // as of one that lives
  EXPECT_DEATH(slots.claim(block->self()), "not reserved");
  EXPECT_DEATH(slots.claim(pid{0, 5000, 1}), "not reserved");
}

}  // namespace
}  // namespace dialtone::detail
