// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/registry_meta.hpp>

#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <dialtone/otp/registry.hpp>

namespace dialtone {
namespace {

// elixir: {:ok, value} or :error; delete_meta is :ok in any case.
TEST(registry_metadata, is_found_until_it_is_deleted) {
  registry<std::string> all;
  EXPECT_EQ(all.meta<int>("depth"), std::nullopt);
  all.put_meta("depth", 4);
  EXPECT_EQ(all.meta<int>("depth"), 4);
  all.put_meta("depth", 5);
  EXPECT_EQ(all.meta<int>("depth"), 5);
  EXPECT_TRUE(all.delete_meta("depth"));
  EXPECT_EQ(all.meta<int>("depth"), std::nullopt);
  EXPECT_FALSE(all.delete_meta("depth"));
}

TEST(registry_metadata, has_the_type_that_it_was_put_with) {
  registry<std::string> all;
  all.put_meta("depth", 4);
  all.put_meta("rooms", std::vector<std::string>{"lobby", "attic"});
  EXPECT_EQ(all.meta<long>("depth"), std::nullopt);
  EXPECT_EQ(all.meta<std::vector<std::string>>("rooms")->at(1), "attic");
  all.put_meta("depth", std::string{"deep"});
  EXPECT_EQ(all.meta<int>("depth"), std::nullopt);
  EXPECT_EQ(all.meta<std::string>("depth"), "deep");
}

TEST(registry_metadata, is_of_one_registry) {
  registry<std::string> one;
  registry<std::string> other;
  one.put_meta("depth", 4);
  EXPECT_EQ(other.meta<int>("depth"), std::nullopt);
}

TEST(registry_metadata, has_at_most_a_thousand_names) {
  registry<std::string> all;
  for (int i = 0; i < 1'000; ++i) all.put_meta(std::to_string(i), i);
  EXPECT_THROW(all.put_meta("one more", 0), std::length_error);
  all.put_meta("999", 1);
  EXPECT_EQ(all.meta<int>("999"), 1);
  EXPECT_EQ(all.meta<int>("one more"), std::nullopt);
  all.delete_meta("7");
  all.put_meta("one more", 0);
  EXPECT_EQ(all.meta<int>("one more"), 0);
}

}  // namespace
}  // namespace dialtone
