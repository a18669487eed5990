// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/piece_queue.hpp>

#include <gtest/gtest.h>
#include <vector>

namespace dialtone::detail {
namespace {

using pieces = std::vector<bytes>;

TEST(piece_queue, one_that_is_alone_is_taken_alone) {
  piece_queue queue;
  EXPECT_TRUE(queue.take_only().empty());
  queue.add("one");
  EXPECT_EQ(queue.take_only(), "one");
  EXPECT_TRUE(queue.take_only().empty());
  EXPECT_TRUE(queue.take_all().empty());
  queue.add("two");
  EXPECT_EQ(queue.take_all(), pieces{"two"});
}

TEST(piece_queue, several_are_taken_together_in_their_order) {
  piece_queue queue;
  for (const char* each : {"a", "b", "c"}) queue.add(each);
  EXPECT_TRUE(queue.take_only().empty());
  EXPECT_EQ(queue.take_all(), (pieces{"a", "b", "c"}));
  queue.add("d");
  EXPECT_EQ(queue.take_only(), "d");
}

TEST(piece_queue, what_was_not_sent_comes_before_all_others) {
  piece_queue queue;
  queue.put_before({"", "rest"});
  EXPECT_EQ(queue.take_only(), "rest");
  queue.add("b");
  queue.put_before({"a", ""});
  EXPECT_EQ(queue.take_all(), (pieces{"a", "b"}));
  for (const char* each : {"b", "c"}) queue.add(each);
  queue.put_before({"a"});
  EXPECT_EQ(queue.take_all(), (pieces{"a", "b", "c"}));
}

}  // namespace
}  // namespace dialtone::detail
