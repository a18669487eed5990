// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/host_name.hpp>

#include <gtest/gtest.h>

namespace dialtone {
namespace {

TEST(host_name_test, is_kept_in_small_letters_with_its_last_dot) {
  EXPECT_EQ(host_name_of("WWW.Example.ORG"), "www.example.org");
  EXPECT_EQ(host_name_of("example.org."), "example.org.");
  EXPECT_EQ(host_name_of("a"), "a");
  EXPECT_EQ(host_name_of("_sip._tcp.xn--bcher-kva.example"), "_sip._tcp.xn--bcher-kva.example");
  EXPECT_EQ(host_name_of("1.2.3.4.in-addr.arpa"), "1.2.3.4.in-addr.arpa");
  EXPECT_EQ(host_name_of("3com"), "3com");
}

TEST(host_name_test, a_label_has_63_characters_and_a_name_253_and_no_more) {
  const std::string label(63, 'a');
  EXPECT_TRUE(host_name_of(label));
  EXPECT_FALSE(host_name_of(label + "a"));
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'b');
  ASSERT_EQ(longest.size(), host_name_limit);
  EXPECT_TRUE(host_name_of(longest));
  EXPECT_TRUE(host_name_of(longest + "."));
  EXPECT_FALSE(host_name_of(longest + "b"));
}

TEST(host_name_test, what_no_host_is_called_is_refused) {
  for (std::string_view text : {"", ".", "..", "a..b", ".a", "a b", "a/b", "a:b", "a%b", "b\xc3\xbc", "a\n"})
    EXPECT_FALSE(host_name_of(text)) << text;
  EXPECT_FALSE(host_name_of(std::string_view{"a\0b", 3}));
}

TEST(host_name_test, what_the_system_would_read_as_an_address_is_refused) {
  for (std::string_view text :
       {"127.1", "2130706433", "0x7f.1", "a.0x7f", "0x7f000001", "0177.0.0.1", "1.2.3.4.", "1.2.3.256"})
    EXPECT_FALSE(host_name_of(text)) << text;
}

TEST(host_name_test, localhost_is_every_name_below_it_too) {
  EXPECT_TRUE(is_localhost("localhost"));
  EXPECT_TRUE(is_localhost("localhost."));
  EXPECT_TRUE(is_localhost("db.localhost"));
  EXPECT_FALSE(is_localhost("notlocalhost"));
  EXPECT_FALSE(is_localhost("localhost.example"));
}

}  // namespace
}  // namespace dialtone
