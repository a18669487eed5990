// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/indexed_table.hpp>

#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace dialtone::detail {
namespace {

struct nothing {};
using numbers = indexed_table<std::uint64_t, std::uint64_t>;
using set = indexed_table<std::uint64_t, nothing>;

static_assert(sizeof(numbers) == sizeof(void*));
static_assert(sizeof(set::entry) == sizeof(std::uint64_t));
static_assert(std::is_nothrow_move_constructible_v<numbers> && !std::is_copy_constructible_v<numbers>);

std::vector<std::uint64_t> keys_of(const numbers& table) {
  std::vector<std::uint64_t> keys;
  for (const auto& [key, value] : table) keys.push_back(key);
  return keys;
}

TEST(indexed_table_test, an_empty_table_owns_no_memory_even_after_use) {
  numbers table;
  EXPECT_EQ(table.bytes(), 0u);
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.begin(), table.end());
  EXPECT_FALSE(table.contains(1));
  EXPECT_FALSE(table.erase(1));
  for (std::uint64_t key = 0; key < 1000; ++key) table.insert(key, key);
  EXPECT_GT(table.bytes(), 0u);
  for (std::uint64_t key = 0; key < 1000; ++key) table.erase(key);
  EXPECT_EQ(table.bytes(), 0u);
}

TEST(indexed_table_test, a_single_link_costs_24_bytes) {
  set links;
  links.insert(1, {});
  EXPECT_EQ(links.bytes(), 24u);
}

TEST(indexed_table_test, a_key_is_inserted_once) {
  numbers table;
  EXPECT_TRUE(table.insert(5, 50));
  EXPECT_FALSE(table.insert(5, 51));
  ASSERT_NE(table.find(5), nullptr);
  EXPECT_EQ(*table.find(5), 50u);
  *table.find(5) = 52;
  EXPECT_EQ(*std::as_const(table).find(5), 52u);
  EXPECT_EQ(table.find(6), nullptr);
  EXPECT_EQ(table.size(), 1u);
}

TEST(indexed_table_test, an_erased_entry_is_replaced_by_the_last) {
  numbers table;
  for (std::uint64_t key = 0; key < 5; ++key) table.insert(key, key);
  EXPECT_TRUE(table.erase(1));
  EXPECT_EQ(keys_of(table), (std::vector<std::uint64_t>{0, 4, 2, 3}));
  EXPECT_TRUE(table.erase(3));
  EXPECT_EQ(keys_of(table), (std::vector<std::uint64_t>{0, 4, 2}));
}

TEST(indexed_table_test, all_entries_are_found_on_both_sides_of_the_linear_limit) {
  for (const std::uint64_t count : {1, 2, 15, 16, 17, 18, 31, 32, 33, 64, 65}) {
    numbers table;
    for (std::uint64_t key = 0; key < count; ++key) ASSERT_TRUE(table.insert(key << 32, key));
    ASSERT_EQ(table.size(), count);
    for (std::uint64_t key = 0; key < count; ++key) ASSERT_EQ(*table.find(key << 32), key) << count;
    ASSERT_FALSE(table.contains(count << 32));
  }
}

TEST(indexed_table_test, moving_leaves_an_empty_table) {
  numbers table;
  table.insert(1, 10);
  numbers other(std::move(table));
  EXPECT_EQ(table.bytes(), 0u);  // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(other.contains(1));
  table.insert(2, 20);
  other = std::move(table);
  EXPECT_FALSE(other.contains(1));
  EXPECT_TRUE(other.contains(2));
}

TEST(indexed_table_test, values_may_be_move_only_and_are_destroyed) {
  indexed_table<int, std::shared_ptr<int>> shared;
  const auto counted = std::make_shared<int>(0);
  for (int key = 0; key < 100; ++key) shared.insert(key, counted);
  EXPECT_EQ(counted.use_count(), 101);
  for (int key = 0; key < 50; ++key) shared.erase(key);
  EXPECT_EQ(counted.use_count(), 51);
  shared.clear();
  EXPECT_EQ(counted.use_count(), 1);

  indexed_table<int, std::unique_ptr<int>> unique;
  for (int key = 0; key < 100; ++key) unique.insert(key, std::make_unique<int>(key));
  EXPECT_EQ(**unique.find(99), 99);
}

TEST(indexed_table_test, drain_hands_out_every_entry_in_order_and_leaves_the_table_empty) {
  numbers table;
  for (std::uint64_t key = 100; key > 0; --key) table.insert(key, key * 2);
  const auto order = keys_of(table);
  std::vector<std::uint64_t> drained;
  table.drain([&](std::uint64_t key, std::uint64_t value) {
    EXPECT_EQ(value, key * 2);
    EXPECT_FALSE(table.contains(key));
    EXPECT_FALSE(table.erase(key));
    drained.push_back(key);
  });
  EXPECT_EQ(drained, order);
  EXPECT_EQ(table.bytes(), 0u);
  table.drain([](std::uint64_t, std::uint64_t) { FAIL() << "there was nothing to drain"; });
}

TEST(indexed_table_test, what_is_added_while_draining_stays) {
  numbers table;
  table.insert(1, 1);
  table.insert(2, 2);
  table.drain([&](std::uint64_t key, std::uint64_t value) { table.insert(key + 10, value); });
  EXPECT_EQ(keys_of(table), (std::vector<std::uint64_t>{11, 12}));
}

TEST(indexed_table_test, an_exception_while_draining_loses_nothing_but_the_entries) {
  indexed_table<int, std::shared_ptr<int>> table;
  const auto counted = std::make_shared<int>(0);
  for (int key = 0; key < 10; ++key) table.insert(key, counted);
  EXPECT_THROW(table.drain([](int key, std::shared_ptr<int>) {
    if (key == 4) throw std::runtime_error("enough");
  }),
               std::runtime_error);
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(counted.use_count(), 1);
}

// Counts how often it is hashed and compared.
struct counted_key {
  std::uint64_t number;
  static inline std::uint64_t operations = 0;
  bool operator==(const counted_key& other) const {
    ++operations;
    return number == other.number;
  }
};
struct counting_hash {
  std::uint64_t operator()(counted_key key) const {
    ++counted_key::operations;
    return key.number;
  }
};

TEST(indexed_table_test, a_hundred_thousand_entries_cost_a_constant_number_of_operations_each) {
  constexpr std::uint64_t count = 100'000;
  for (const unsigned shift : {0, 8, 20, 40}) {  // the number that varies may be anywhere in a pid
    indexed_table<counted_key, std::uint64_t, counting_hash> table;
    counted_key::operations = 0;
    for (std::uint64_t key = 0; key < count; ++key) table.insert({key << shift}, key);
    EXPECT_LT(counted_key::operations, 8 * count) << "insert, shift " << shift;
    counted_key::operations = 0;
    for (std::uint64_t key = 0; key < count; ++key) ASSERT_EQ(*table.find({key << shift}), key);
    EXPECT_LT(counted_key::operations, 4 * count) << "find, shift " << shift;
    counted_key::operations = 0;
    for (std::uint64_t key = 0; key < count; ++key) ASSERT_TRUE(table.erase({key << shift}));
    EXPECT_LT(counted_key::operations, 12 * count) << "erase, shift " << shift;
    EXPECT_EQ(table.bytes(), 0u);
  }
}

// A map, and beside it the order that swapping with the last gives.
struct model {
  std::map<std::uint64_t, std::uint64_t> values;
  std::vector<std::uint64_t> order;

  bool insert(std::uint64_t key, std::uint64_t value) {
    if (!values.emplace(key, value).second) return false;
    order.push_back(key);
    return true;
  }
  bool erase(std::uint64_t key) {
    if (values.erase(key) == 0) return false;
    *std::find(order.begin(), order.end(), key) = order.back();
    order.pop_back();
    return true;
  }
};

class indexed_table_random_test : public testing::TestWithParam<std::uint64_t> {};

TEST_P(indexed_table_random_test, it_behaves_as_a_map) {
  const std::uint64_t seed = GetParam() == 0 ? std::random_device{}() : GetParam();
  std::cout << "seed " << seed << std::endl;
  std::mt19937_64 random(seed);
  numbers table;
  model expected;
  for (int phase = 0; phase < 200; ++phase) {
    const std::uint64_t keys = random() % 100 + 1;
    const std::uint64_t inserts = random() % 100;  // of a hundred calls
    for (int step = 0; step < 200; ++step) {
      const std::uint64_t key = (random() % keys) << 24;
      if (random() % 100 < inserts) {
        ASSERT_EQ(table.insert(key, static_cast<std::uint64_t>(step)),
                  expected.insert(key, static_cast<std::uint64_t>(step)));
      } else {
        ASSERT_EQ(table.erase(key), expected.erase(key));
      }
      ASSERT_EQ(table.size(), expected.values.size());
    }
    ASSERT_EQ(keys_of(table), expected.order) << "phase " << phase;
    for (const auto& [key, value] : expected.values) ASSERT_EQ(*table.find(key), value) << "phase " << phase;
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, indexed_table_random_test, testing::Values(1, 2, 3, 0));

}  // namespace
}  // namespace dialtone::detail
