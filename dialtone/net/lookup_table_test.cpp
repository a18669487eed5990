// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/lookup_table.hpp>

#include <gtest/gtest.h>

namespace dialtone::detail {
namespace {

using namespace std::chrono_literals;

const time_point start{1h};
const host_question one{"one.test"}, two{"two.test"};
const host_answer found = host_entry{"", {ip_address::v4(10, 0, 0, 1)}};

lookup_table::joined join(lookup_table& table, const host_question& question, duration patience = 10s) {
  return table.join(question, {}, start + patience, start);
}

TEST(lookup_table_test, starts_a_worker_for_each_lookup_up_to_the_limit) {
  lookup_table table{{.concurrent_lookups = 2}};
  EXPECT_TRUE(join(table, one).start_worker);
  EXPECT_EQ(table.next(start), one);
  EXPECT_FALSE(join(table, one).start_worker);
  EXPECT_TRUE(join(table, two).start_worker);
  EXPECT_FALSE(join(table, {"three.test"}).start_worker);
  EXPECT_EQ(table.next(start), two);
  EXPECT_EQ(table.finish(one, found, start).size(), 2u);
  EXPECT_EQ(table.next(start), host_question{"three.test"});
  EXPECT_EQ(table.next(start), std::nullopt);
  EXPECT_TRUE(join(table, {"four.test"}).start_worker);
}

TEST(lookup_table_test, an_answer_that_came_meanwhile_is_given_at_once) {
  lookup_table table{{}};
  join(table, one);
  table.next(start);
  table.finish(one, found, start);
  EXPECT_TRUE(join(table, one).answer.has_value());
  EXPECT_TRUE(table.known(one, start + 30s - 1ns).has_value());
  EXPECT_FALSE(table.known(one, start + 30s).has_value());
}

TEST(lookup_table_test, what_nobody_waits_for_any_more_is_not_looked_up) {
  lookup_table table{{.concurrent_lookups = 1}};
  join(table, one, 1s);
  join(table, two, 1s);
  join(table, two, 5s);
  EXPECT_EQ(table.next(start + 2s), two);
  EXPECT_TRUE(table.finish(one, found, start).empty());
}

TEST(lookup_table_test, those_who_wait_for_one_lookup_have_a_limit) {
  lookup_table table{{}};
  for (std::size_t i = 0; i < lookup_waiter_limit; ++i) ASSERT_FALSE(join(table, one).answer);
  const auto refused = join(table, one);
  ASSERT_TRUE(refused.answer);
  EXPECT_EQ(refused.answer->error(), net_error::system_limit);
  EXPECT_EQ(table.finish(one, found, start).size(), lookup_waiter_limit);
}

TEST(lookup_table_test, a_worker_that_was_not_started_gives_back_who_waits) {
  lookup_table table{{.concurrent_lookups = 1}};
  join(table, one);
  join(table, one);
  EXPECT_EQ(table.not_started(one).size(), 2u);
  EXPECT_TRUE(join(table, two).start_worker);
  EXPECT_EQ(table.next(start), two);
  EXPECT_EQ(table.next(start), std::nullopt);
}

TEST(lookup_table_test, a_worker_that_was_not_started_leaves_what_another_has_taken) {
  lookup_table table{{.concurrent_lookups = 2}};
  join(table, one);
  join(table, two);
  EXPECT_EQ(table.next(start), one);
  EXPECT_EQ(table.next(start), two);
  EXPECT_TRUE(table.not_started(two).empty());
  EXPECT_EQ(table.finish(two, found, start).size(), 1u);
}

TEST(lookup_table_test, a_worker_that_dies_takes_its_question_along) {
  lookup_table table{{.concurrent_lookups = 1}};
  join(table, one);
  join(table, two);
  EXPECT_EQ(table.next(start), one);
  table.worker_died(one);
  EXPECT_TRUE(join(table, one).start_worker);
  EXPECT_EQ(table.next(start), two);
  EXPECT_EQ(table.next(start), one);
}

}  // namespace
}  // namespace dialtone::detail
