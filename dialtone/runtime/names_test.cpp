// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/names.hpp>

#include <atomic>
#include <barrier>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace dialtone::detail {
namespace {

static_assert(!std::is_copy_constructible_v<names> && !std::is_move_constructible_v<names>);

constexpr int thread_count = 4;

template <class Body>
void in_threads(Body body) {
  std::vector<std::jthread> threads;
  for (int number = 0; number < thread_count; ++number) threads.emplace_back(body, number);
}

TEST(names_test, a_name_is_found_until_it_is_erased) {
  names registered;
  EXPECT_EQ(registered.find("logger"), std::nullopt);
  EXPECT_TRUE(registered.insert("logger", 7));
  EXPECT_EQ(registered.find("logger"), 7u);
  EXPECT_EQ(registered.size(), 1u);
  EXPECT_TRUE(registered.erase("logger", 7));
  EXPECT_EQ(registered.find("logger"), std::nullopt);
  EXPECT_EQ(registered.size(), 0u);
  EXPECT_FALSE(registered.erase("logger", 7));
}

TEST(names_test, a_taken_name_is_refused_even_to_its_owner) {
  names registered;
  EXPECT_TRUE(registered.insert("logger", 7));
  EXPECT_EQ(registered.insert("logger", 8).error(), name_refusal::taken);
  EXPECT_EQ(registered.insert("logger", 7).error(), name_refusal::taken);
  EXPECT_EQ(registered.find("logger"), 7u);
  EXPECT_EQ(registered.size(), 1u);
}

TEST(names_test, a_name_is_erased_by_its_owner_only) {
  names registered;
  EXPECT_TRUE(registered.insert("logger", 7));
  EXPECT_FALSE(registered.erase("logger", 8));
  EXPECT_EQ(registered.find("logger"), 7u);
}

TEST(names_test, a_name_has_between_1_and_255_bytes) {
  names registered;
  EXPECT_EQ(registered.insert("", 1).error(), name_refusal::empty);
  EXPECT_TRUE(registered.insert("x", 1));
  EXPECT_TRUE(registered.insert(std::string(255, 'x'), 1));
  EXPECT_EQ(registered.insert(std::string(256, 'x'), 1).error(), name_refusal::too_long);
  EXPECT_EQ(registered.size(), 2u);
}

TEST(names_test, names_are_bytes) {
  names registered;
  const std::string with_zero("a\0b", 3);
  EXPECT_TRUE(registered.insert(with_zero, 1));
  EXPECT_EQ(registered.find(with_zero), 1u);
  EXPECT_EQ(registered.find("a"), std::nullopt);
}

TEST(names_test, at_the_limit_a_new_name_is_refused_until_one_goes) {
  names registered(3);
  for (const char* name : {"a", "b", "c"}) EXPECT_TRUE(registered.insert(name, 1));
  EXPECT_EQ(registered.insert("d", 1).error(), name_refusal::too_many);
  EXPECT_EQ(registered.find("d"), std::nullopt);
  EXPECT_EQ(registered.insert("a", 1).error(), name_refusal::taken);
  EXPECT_EQ(registered.size(), 3u);
  EXPECT_TRUE(registered.erase("b", 1));
  EXPECT_TRUE(registered.insert("d", 1));
  EXPECT_EQ(registered.all(), (std::vector<std::string>{"a", "c", "d"}));
}

TEST(names_test, the_default_limit_is_a_million) { EXPECT_EQ(names::default_limit, 1'000'000u); }

TEST(names_test, every_refusal_has_a_sentence_of_its_own) {
  std::set<std::string_view> sentences;
  for (const auto reason : {name_refusal::taken, name_refusal::empty, name_refusal::too_long, name_refusal::too_many}) {
    EXPECT_GT(to_string(reason).size(), 20u);
    sentences.insert(to_string(reason));
  }
  EXPECT_EQ(sentences.size(), 4u);
}

TEST(names_test, all_names_are_listed_in_order_and_found_by_id) {
  names registered;
  std::vector<std::string> expected;
  for (int number = 100; number < 300; ++number) {
    expected.push_back("worker " + std::to_string(number));
    EXPECT_TRUE(registered.insert(expected.back(), static_cast<names::id>(number)));
  }
  EXPECT_EQ(registered.all(), expected);
  EXPECT_EQ(registered.name_of(123), "worker 123");
  EXPECT_EQ(registered.name_of(99), std::nullopt);
  EXPECT_TRUE(registered.insert("a second name", 123));
  EXPECT_EQ(registered.name_of(123), "a second name");
}

TEST(names_test, of_several_threads_that_want_a_name_exactly_one_gets_it) {
  constexpr int rounds = 500;
  names registered;
  std::barrier together(thread_count);
  std::vector<std::atomic<int>> winners(rounds);
  in_threads([&](int thread) {
    for (int round = 0; round < rounds; ++round) {
      const std::string name = "name " + std::to_string(round);
      together.arrive_and_wait();
      if (registered.insert(name, static_cast<names::id>(thread))) ++winners[static_cast<std::size_t>(round)];
      EXPECT_TRUE(registered.find(name).has_value());
    }
  });
  for (const auto& count : winners) EXPECT_EQ(count, 1);
  EXPECT_EQ(registered.size(), std::size_t{rounds});
}

TEST(names_test, the_limit_is_exact_under_contention) {
  constexpr std::size_t limit = 1000;
  names registered(limit);
  std::atomic<std::size_t> accepted = 0;
  in_threads([&](int thread) {
    for (std::size_t number = 0; number < limit; ++number) {
      if (registered.insert(std::to_string(thread) + ":" + std::to_string(number), 1)) ++accepted;
    }
  });
  EXPECT_EQ(accepted, limit);
  EXPECT_EQ(registered.size(), limit);
  EXPECT_EQ(registered.all().size(), limit);
}

// Beside each name stands who believes to own it. Were two to win, or an erased name still be seen, a holder would find
// somebody else there.
TEST(names_test, a_name_never_has_two_owners_however_inserts_and_erases_interleave) {
  constexpr int calls = 20'000;
  constexpr std::size_t name_count = 4;
  names registered;
  std::vector<std::atomic<names::id>> holders(name_count);
  std::atomic<int> wins = 0;
  in_threads([&](int thread) {
    const auto self = static_cast<names::id>(thread) + 1;
    std::mt19937_64 random(self);
    for (int call = 0; call < calls; ++call) {
      const std::size_t number = random() % name_count;
      const std::string name = "name " + std::to_string(number);
      if (!registered.insert(name, self)) continue;
      ++wins;
      EXPECT_EQ(holders[number].exchange(self), 0u);
      EXPECT_EQ(registered.find(name), self);
      EXPECT_FALSE(registered.erase(name, self + 1));
      EXPECT_EQ(holders[number].exchange(0), self);
      EXPECT_TRUE(registered.erase(name, self));
      EXPECT_NE(registered.find(name), self);
    }
  });
  EXPECT_GT(wins, 0);
  EXPECT_EQ(registered.size(), 0u);
  EXPECT_TRUE(registered.all().empty());
}

TEST(names_test, reports_may_run_while_names_come_and_go) {
  names registered;
  ASSERT_TRUE(registered.insert("steady", 1000));
  in_threads([&](int thread) {
    for (int round = 0; round < 300; ++round) {
      const std::string name = "brief " + std::to_string(thread);
      EXPECT_TRUE(registered.insert(name, static_cast<names::id>(thread)));
      EXPECT_EQ(registered.name_of(1000), "steady");
      EXPECT_FALSE(registered.all().empty());
      EXPECT_TRUE(registered.erase(name, static_cast<names::id>(thread)));
    }
  });
  EXPECT_EQ(registered.all(), std::vector<std::string>{"steady"});
}

}  // namespace
}  // namespace dialtone::detail
