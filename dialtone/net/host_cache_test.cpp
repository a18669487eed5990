// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/host_cache.hpp>

#include <gtest/gtest.h>

namespace dialtone::detail {
namespace {

using namespace std::chrono_literals;

const time_point start{1h};

host_answer address(std::uint8_t last) { return host_entry{"", {ip_address::v4(10, 0, 0, last)}}; }

// The last number of the address that is known; 0: none.
int found(host_cache& cache, const host_question& question, time_point now) {
  const auto answer = cache.find(question, now);
  return answer ? static_cast<int>(answer->value().addresses.at(0).low_bits() & 255) : 0;
}

TEST(host_cache_test, knows_an_answer_until_its_time_is_up) {
  host_cache cache{2};
  cache.keep({"a"}, address(1), start + 10s);
  EXPECT_EQ(found(cache, {"a"}, start), 1);
  EXPECT_EQ(found(cache, {"a"}, start + 10s - 1ns), 1);
  EXPECT_EQ(found(cache, {"a"}, start + 10s), 0);
  EXPECT_EQ(cache.size(), 0u);
}

TEST(host_cache_test, tells_families_and_directions_apart) {
  host_cache cache{9};
  cache.keep({"a"}, address(1), never);
  cache.keep({"a", ip_families::v4}, address(2), never);
  cache.keep({ip_address::v4(1)}, address(3), never);
  EXPECT_EQ(found(cache, {"a"}, start), 1);
  EXPECT_EQ(found(cache, {"a", ip_families::v4}, start), 2);
  EXPECT_EQ(found(cache, {"a", ip_families::v6}, start), 0);
  EXPECT_EQ(found(cache, {ip_address::v4(1)}, start), 3);
}

TEST(host_cache_test, at_its_limit_forgets_what_was_asked_for_longest_ago) {
  host_cache cache{2};
  cache.keep({"a"}, address(1), never);
  cache.keep({"b"}, address(2), never);
  EXPECT_EQ(cache.size(), 2u);
  EXPECT_EQ(found(cache, {"a"}, start), 1);
  cache.keep({"c"}, address(3), never);
  EXPECT_EQ(cache.size(), 2u);
  EXPECT_EQ(found(cache, {"a"}, start), 1);
  EXPECT_EQ(found(cache, {"b"}, start), 0);
  EXPECT_EQ(found(cache, {"c"}, start), 3);
}

TEST(host_cache_test, a_newer_answer_takes_the_place_of_an_older_one) {
  host_cache cache{1};
  cache.keep({"a"}, address(1), start + 1s);
  cache.keep({"a"}, address(2), start + 9s);
  EXPECT_EQ(found(cache, {"a"}, start + 5s), 2);
  EXPECT_EQ(cache.size(), 1u);
}

TEST(host_cache_test, without_a_limit_above_zero_keeps_nothing) {
  host_cache cache{0};
  cache.keep({"a"}, address(1), never);
  EXPECT_EQ(found(cache, {"a"}, start), 0);
}

}  // namespace
}  // namespace dialtone::detail
