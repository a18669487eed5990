// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/handle_table.hpp>

#include <gtest/gtest.h>

#include <set>

namespace dialtone::detail {
namespace {

using table = handle_table<int>;

TEST(handle_table, finds_what_was_inserted) {
  table objects{2, reference_kind::timer};
  int one = 1;
  int other = 2;
  reference first = objects.insert(one);
  reference second = objects.insert(other);
  EXPECT_NE(first, second);
  EXPECT_EQ(objects.find(first), &one);
  EXPECT_EQ(objects.find(second), &other);
}

TEST(handle_table, a_reference_says_where_it_belongs_and_what_it_names) {
  table objects{200, reference_kind::reply};
  int one = 1;
  reference name = objects.insert(one);
  EXPECT_TRUE(name);
  EXPECT_EQ(scheduler_of(name), 200u);
  EXPECT_EQ(kind_of(name), reference_kind::reply);
}

TEST(handle_table, an_erased_reference_finds_nothing_even_when_its_slot_is_used_again) {
  table objects{0, reference_kind::reply};
  int one = 1;
  int other = 2;
  reference before = objects.insert(one);
  objects.erase(before);
  EXPECT_EQ(objects.find(before), nullptr);
  reference after = objects.insert(other);
  EXPECT_EQ(after.value() & 0xffffff, before.value() & 0xffffff) << "the slot is the same";
  EXPECT_NE(after, before);
  EXPECT_EQ(objects.find(before), nullptr);
  EXPECT_EQ(objects.find(after), &other);
}

TEST(handle_table, erasing_twice_is_erasing_once) {
  table objects{0, reference_kind::reply};
  int one = 1;
  reference name = objects.insert(one);
  objects.erase(name);
  objects.erase(name);
  reference first = objects.insert(one);
  reference second = objects.insert(one);
  EXPECT_NE(first.value() & 0xffffff, second.value() & 0xffffff);
}

TEST(handle_table, an_old_reference_does_not_erase_its_successor) {
  table objects{0, reference_kind::reply};
  int one = 1;
  reference before = objects.insert(one);
  objects.erase(before);
  reference after = objects.insert(one);
  objects.erase(before);
  EXPECT_EQ(objects.find(after), &one);
}

TEST(handle_table, finds_nothing_under_a_reference_of_another_kind_or_scheduler) {
  table objects{1, reference_kind::timer};
  int one = 1;
  std::uint64_t value = objects.insert(one).value();
  EXPECT_EQ(objects.find(reference{}), nullptr);
  EXPECT_EQ(objects.find(reference::from_value(value ^ (std::uint64_t{1} << 56))), nullptr);
  EXPECT_EQ(objects.find(reference::from_value(value ^ (std::uint64_t{1} << 54))), nullptr);
  EXPECT_EQ(objects.find(reference::from_value(value ^ (std::uint64_t{1} << 55))), nullptr);
  EXPECT_EQ(objects.find(reference::from_value(value + 1)), nullptr) << "a slot that there is not";
  EXPECT_EQ(objects.find(reference::from_value(value + (1u << 24))), nullptr) << "a generation that has yet to come";
  EXPECT_EQ(objects.find(reference::from_value(value)), &one);
}

TEST(handle_table, visits_each_object_that_is_there) {
  table objects{0, reference_kind::timer};
  int numbers[] = {0, 1, 2, 3};
  std::vector<reference> names;
  for (int& each : numbers) names.push_back(objects.insert(each));
  objects.erase(names[1]);
  std::vector<int> visited;
  objects.each([&](int& number) { visited.push_back(number); });
  EXPECT_EQ(visited, (std::vector{0, 2, 3}));
}

TEST(handle_table, an_object_may_be_erased_while_it_is_visited) {
  table objects{0, reference_kind::timer};
  int numbers[] = {0, 1, 2, 3};
  std::vector<reference> names;
  for (int& each : numbers) names.push_back(objects.insert(each));
  objects.each([&](int& number) { objects.erase(names[static_cast<std::size_t>(number)]); });
  for (reference each : names) EXPECT_EQ(objects.find(each), nullptr);
}

TEST(handle_table, holds_as_many_as_its_limit_and_not_one_more) {
  EXPECT_EQ(table::slot_limit, 16'777'216u);
  table objects{0, reference_kind::reply, 3};
  int number = 0;
  std::vector<reference> names;
  for (int i = 0; i < 3; ++i) names.push_back(objects.insert(number));
  EXPECT_THROW(objects.insert(number), std::length_error);
  objects.erase(names[1]);
  EXPECT_EQ(objects.find(objects.insert(number)), &number);
  EXPECT_THROW(objects.insert(number), std::length_error);
  EXPECT_EQ(objects.find(names[0]), &number);
}

TEST(handle_table, gives_each_of_many_uses_of_a_slot_a_name_of_its_own) {
  table objects{0, reference_kind::reply};
  int one = 1;
  std::set<std::uint64_t> names;
  for (int use = 0; use < 10'000; ++use) {
    reference name = objects.insert(one);
    EXPECT_TRUE(names.insert(name.value()).second);
    objects.erase(name);
  }
}

}  // namespace
}  // namespace dialtone::detail
