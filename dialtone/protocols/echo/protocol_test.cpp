// SPDX-License-Identifier: Apache-2.0
#include <dialtone/protocols/echo/protocol.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dialtone::echo {
namespace {

using lines = std::vector<std::string>;

/// The lines in a piece; "too long" where there is an error.
lines taken(line_decoder& decoder, std::string_view piece) {
  decoder.receive(piece);
  lines all;
  for (;;) {
    auto line = decoder.next();
    if (!line) {
      all.emplace_back("too long");
      return all;
    }
    if (!*line) return all;
    all.emplace_back((*line)->view());
  }
}

TEST(echo_lines, come_whole) {
  line_decoder decoder;
  EXPECT_EQ(taken(decoder, "Hello"), lines{});
  EXPECT_EQ(taken(decoder, " world\nand one more\n"), (lines{"Hello world\n", "and one more\n"}));
  EXPECT_EQ(taken(decoder, "\n\r\nrest"), (lines{"\n", "\r\n"}));
  EXPECT_EQ(taken(decoder, ""), lines{});
  EXPECT_EQ(taken(decoder, "\n"), lines{"rest\n"});
}

TEST(echo_lines, are_the_same_wherever_the_pieces_end) {
  const std::string text = "a longer line than fits into a value of bytes\n\nx\n";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    line_decoder decoder;
    lines all = taken(decoder, text.substr(0, cut));
    for (std::string& line : taken(decoder, text.substr(cut))) all.push_back(std::move(line));
    EXPECT_EQ(all, (lines{"a longer line than fits into a value of bytes\n", "\n", "x\n"})) << cut;
  }
}

TEST(echo_lines, are_within_the_limit) {
  for (const std::size_t cut : {0u, 3u, 9u, 10u}) {
    const std::string longest = "123456789\n";
    line_decoder decoder{longest.size()};
    EXPECT_TRUE(taken(decoder, longest.substr(0, cut)).empty() || cut == 10);
    EXPECT_EQ(taken(decoder, longest.substr(cut)), cut == 10 ? lines{} : lines{longest}) << cut;
  }
}

TEST(echo_lines, that_cannot_end_within_the_limit_end_the_stream) {
  for (const std::string_view input : {"1234567890", "1234567890\n", "12345678901"}) {
    line_decoder decoder{10};
    EXPECT_EQ(taken(decoder, "ok\n"), lines{"ok\n"});
    EXPECT_EQ(taken(decoder, input), lines{"too long"}) << input;
    EXPECT_EQ(decoder.next().error(), decode_error::line_too_long);
  }
  line_decoder decoder{10};
  EXPECT_EQ(taken(decoder, "123456789"), lines{});
  EXPECT_EQ(taken(decoder, "0"), lines{"too long"});
}

}  // namespace
}  // namespace dialtone::echo
