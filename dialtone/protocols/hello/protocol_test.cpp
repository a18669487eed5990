// SPDX-License-Identifier: Apache-2.0
#include <dialtone/protocols/hello/protocol.hpp>

#include <gtest/gtest.h>

#include <string>

namespace dialtone::hello {
namespace {

TEST(hello_names, are_without_one_end_of_line) {
  EXPECT_EQ(decode_name("Joe"), "Joe");
  EXPECT_EQ(decode_name("Joe\r\n"), "Joe");
  EXPECT_EQ(decode_name("Joe\n"), "Joe");
  EXPECT_EQ(decode_name("Joe\r"), "Joe\r");
  EXPECT_EQ(decode_name("Joe\r\n\r\n"), "Joe\r\n");
  EXPECT_EQ(decode_name("\r\n"), "");
  EXPECT_EQ(decode_name(""), "");
}

TEST(hello_names, are_within_the_limit) {
  const std::string longest(name_limit, 'n');
  EXPECT_EQ(decode_name(longest), longest);
  EXPECT_EQ(decode_name(longest + "\r\n"), longest);
  EXPECT_EQ(decode_name(longest + "n").error(), decode_error::name_too_long);
  EXPECT_EQ(decode_name("four", 4), "four");
  EXPECT_EQ(decode_name("fiver", 4).error(), decode_error::name_too_long);
}

TEST(hello_question, may_come_in_pieces) {
  for (std::size_t cut = 0; cut < question.size(); ++cut)
    EXPECT_EQ(decode_question(question.substr(0, cut)), false) << cut;
  EXPECT_EQ(decode_question(question), true);
  for (const std::string_view other : {"HELLO!", "HELLO?x", "hello?", "x"})
    EXPECT_EQ(decode_question(other).error(), decode_error::no_question) << other;
}

TEST(hello_greeting, has_the_name) {
  EXPECT_EQ(encode_greeting("Joe"), "Hello, Joe!\r\n");
  for (const std::string_view name : {"Joe", "", "a name that is longer than fits into a value", "!\r\n"})
    EXPECT_EQ(decode_greeting(encode_greeting(name)), name);
}

TEST(hello_greeting, is_whole_or_none) {
  const std::string greeting = "Hello, Joe!\r\n";
  for (std::size_t cut = 0; cut < greeting.size(); ++cut)
    EXPECT_EQ(decode_greeting(greeting.substr(0, cut)).error(), decode_error::no_greeting) << cut;
  EXPECT_EQ(decode_greeting("Hello, !\r").error(), decode_error::no_greeting);
  EXPECT_EQ(decode_greeting("Bye,   Joe!\r\n").error(), decode_error::no_greeting);
}

}  // namespace
}  // namespace dialtone::hello
