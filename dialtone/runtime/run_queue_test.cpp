// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/run_queue.hpp>

#include <gtest/gtest.h>

#include <array>

namespace dialtone::detail {
namespace {

class last_one final : public ready_chooser {
 public:
  std::size_t choose(std::size_t count) override {
    counts.push_back(count);
    return count - 1;
  }
  void runs(pid process, bool begins) override { ran.emplace_back(process, begins); }
  std::vector<std::size_t> counts;
  std::vector<std::pair<pid, bool>> ran;
};

class one_too_far final : public ready_chooser {
 public:
  std::size_t choose(std::size_t count) override { return count; }
};

TEST(run_queue, hands_out_first_who_came_first) {
  std::array<process_block, 3> processes;
  run_queue queue;
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.pop(), nullptr);
  for (process_block& each : processes) queue.push(each);
  for (process_block& each : processes) EXPECT_EQ(queue.pop(), &each);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.pop(), nullptr);
}

TEST(run_queue, goes_on_after_it_was_empty) {
  std::array<process_block, 2> processes;
  run_queue queue;
  for (int round = 0; round < 3; ++round) {
    queue.push(processes[0]);
    EXPECT_EQ(queue.pop(), &processes[0]);
    EXPECT_TRUE(queue.empty());
    queue.push(processes[1]);
    queue.push(processes[0]);
    EXPECT_EQ(queue.pop(), &processes[1]);
    EXPECT_EQ(queue.pop(), &processes[0]);
  }
}

TEST(run_queue, who_is_pushed_between_two_pops_comes_last) {
  std::array<process_block, 3> processes;
  run_queue queue;
  queue.push(processes[0]);
  queue.push(processes[1]);
  EXPECT_EQ(queue.pop(), &processes[0]);
  queue.push(processes[2]);
  queue.push(processes[0]);
  EXPECT_EQ(queue.pop(), &processes[1]);
  EXPECT_EQ(queue.pop(), &processes[2]);
  EXPECT_EQ(queue.pop(), &processes[0]);
}

TEST(run_queue, a_chooser_picks_who_is_next) {
  std::array<process_block, 3> processes;
  last_one chooser;
  run_queue queue;
  queue.choose_with(&chooser);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.pop(), nullptr);
  for (process_block& each : processes) queue.push(each);
  EXPECT_FALSE(queue.empty());
  EXPECT_EQ(queue.pop(), &processes[2]);
  EXPECT_EQ(queue.pop(), &processes[1]);
  EXPECT_EQ(queue.pop(), &processes[0]);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(chooser.counts, (std::vector<std::size_t>{3, 2})) << "of one there is nothing to choose";
}

TEST(run_queue, a_chooser_hears_who_runs_whether_there_was_a_choice_or_not) {
  std::array<process_block, 3> processes;
  for (std::uint32_t slot = 0; slot < 3; ++slot) processes[slot].id = pid{0, slot, 1}.value();
  processes[0].flags = fresh;
  processes[1].flags = fresh | doomed;
  last_one chooser;
  run_queue queue;
  queue.choose_with(&chooser);
  for (process_block& each : processes) queue.push(each);
  while (queue.pop() != nullptr) continue;
  using told = std::vector<std::pair<pid, bool>>;
  EXPECT_EQ(chooser.ran, (told{{pid{0, 2, 1}, false}, {pid{0, 1, 1}, false}, {pid{0, 0, 1}, true}}))
      << "who is doomed does not begin";
}

TEST(run_queue_death, a_chooser_may_not_pick_whom_there_is_not) {
  std::array<process_block, 2> processes;
  one_too_far chooser;
  run_queue queue;
  queue.choose_with(&chooser);
  for (process_block& each : processes) queue.push(each);
  EXPECT_DEATH(queue.pop(), "picks one that there is");
}

}  // namespace
}  // namespace dialtone::detail
