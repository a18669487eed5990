// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/hosts_table.hpp>

#include <gtest/gtest.h>

namespace dialtone {
namespace {

const ip_address one = ip_address::v4(10, 0, 0, 1);
const ip_address two = ip_address::v4(10, 0, 0, 2);

TEST(hosts_table_test, has_names_and_aliases_of_addresses) {
  const hosts_table table{"10.0.0.1 db.test DB db\n::1\tlocalhost\n"};
  EXPECT_EQ(table.addresses_of("db.test"), std::vector{one});
  EXPECT_EQ(table.addresses_of("db"), std::vector{one});
  EXPECT_EQ(table.addresses_of("db.test."), std::vector{one});
  EXPECT_EQ(table.name_of(one), "db.test");
  EXPECT_EQ(table.name_of(ip_address::loopback(ip_family::v6)), "localhost");
  EXPECT_TRUE(table.addresses_of("other").empty());
  EXPECT_EQ(table.name_of(two), "");
}

TEST(hosts_table_test, a_name_in_several_lines_has_all_addresses_in_order) {
  const hosts_table table{"10.0.0.2 a\n10.0.0.1 a b\n10.0.0.2 a c\n"};
  EXPECT_EQ(table.addresses_of("a"), (std::vector{two, one}));
  EXPECT_EQ(table.name_of(two), "a");
  EXPECT_EQ(table.addresses_of("c"), std::vector{two});
}

TEST(hosts_table_test, comments_blanks_and_nonsense_are_left_out) {
  const hosts_table table{
      "# 10.0.0.1 no\n\n   \r\n 10.0.0.1   yes#no\nnonsense yes\n10.0.0.2\n10.0.0.2 b/d good\r\n10.0.0.2 last"};
  EXPECT_EQ(table.addresses_of("yes"), std::vector{one});
  EXPECT_TRUE(table.addresses_of("no").empty());
  EXPECT_EQ(table.addresses_of("good"), std::vector{two});
  EXPECT_EQ(table.addresses_of("last"), std::vector{two});
  EXPECT_EQ(table.name_of(two), "good");
  EXPECT_EQ(table.name_count(), 3u);
  EXPECT_EQ(hosts_table{}.name_count(), 0u);
}

TEST(hosts_table_test, a_cut_anywhere_is_a_table_too) {
  constexpr std::string_view text = "10.0.0.1 db.test db # main\n::1 localhost\n";
  for (std::size_t size = 0; size <= text.size(); ++size)
    EXPECT_LE(hosts_table{text.substr(0, size)}.name_count(), 6u) << size;
}

}  // namespace
}  // namespace dialtone
