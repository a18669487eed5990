// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/decode_packet.hpp>

#include <optional>
#include <string>
#include <variant>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <dialtone/net/packet_samples_test.hpp>

namespace dialtone {
namespace {

std::string outcome(const decode_result& result) {
  if (const auto* found = std::get_if<decoded_packet>(&result)) {
    return fmt::format("'{}' then '{}'", found->packet, found->rest);
  }
  if (const auto* more = std::get_if<more_needed>(&result)) {
    return more->size ? fmt::format("more, {}", *more->size) : "more";
  }
  return std::string(to_string(std::get<packet_error>(result)));
}

std::string outcome(packet type, const std::string& input, const packet_options& options = {}) {
  return outcome(decode_packet(type, bytes(input), options));
}

TEST(decode_packet, takes_packet_after_packet_off_the_front) {
  for (const packet_sample_test& sample : packet_samples_test()) {
    if (sample.type == packet::http) continue;
    bytes rest(sample.stream() + std::string(behind_test));
    for (const std::string& expected : sample.content) {
      const auto result = decode_packet(sample.type, rest);
      ASSERT_TRUE(std::holds_alternative<decoded_packet>(result)) << to_string(sample.type) << outcome(result);
      EXPECT_EQ(std::get<decoded_packet>(result).packet, expected);
      rest = std::get<decoded_packet>(result).rest;
    }
    EXPECT_EQ(rest, behind_test);
  }
}

TEST(decode_packet, needs_more_wherever_a_packet_is_cut) {
  for (const packet_sample_test& sample : packet_samples_test()) {
    if (sample.type == packet::http) continue;
    for (const std::string& wire : sample.wire) {
      for (std::size_t cut = 0; cut < wire.size(); ++cut) {
        const auto result = decode_packet(sample.type, bytes(wire.substr(0, cut)));
        ASSERT_TRUE(std::holds_alternative<more_needed>(result))
            << to_string(sample.type) << " cut at " << cut << ": " << outcome(result);
        const auto size = std::get<more_needed>(result).size;
        EXPECT_EQ(size.value_or(wire.size()), wire.size());
      }
    }
  }
}

TEST(decode_packet, says_how_much_is_needed_once_the_header_is_there) {
  EXPECT_EQ(outcome(packet::length_1, "\5ab"), "more, 6");
  EXPECT_EQ(outcome(packet::length_2, binary_test("\1\0ab")), "more, 258");
  EXPECT_EQ(outcome(packet::length_4, binary_test("\0\1\0\0")), "more, 65540");
  EXPECT_EQ(outcome(packet::asn1, binary_test("\60\202\1\0")), "more, 260");
  EXPECT_EQ(outcome(packet::sunrm, binary_test("\200\0\0\1")), "more, 5");
  EXPECT_EQ(outcome(packet::cdr, binary_test("GIOP\1\0\1\0\1\0\0\0")), "more, 13");
  EXPECT_EQ(outcome(packet::fcgi, binary_test("\1\6\0\1\0\3\5\0abcPPPP")), "more, 16");
  EXPECT_EQ(outcome(packet::tpkt, binary_test("\3\0\0\5")), "more, 5");
  EXPECT_EQ(outcome(packet::line, "a"), "more");
  EXPECT_EQ(outcome(packet::raw, ""), "more");
}

TEST(decode_packet, takes_all_bytes_as_a_raw_packet) {
  EXPECT_EQ(outcome(packet::raw, "abc"), "'abc' then ''");
  EXPECT_EQ(outcome(packet::raw, "abc", {.packet_size = 1}), "'abc' then ''");
}

TEST(decode_packet, copies_nothing) {
  const bytes input(binary_test("\0\0\0\40") + std::string(32, 'a') + std::string(40, 'b'));
  const auto result = decode_packet(packet::length_4, input);
  EXPECT_EQ(std::get<decoded_packet>(result).packet.data(), input.data() + 4);
  EXPECT_EQ(std::get<decoded_packet>(result).rest.data(), input.data() + 36);
}

struct limit_case_test {
  packet type;
  std::string at_limit;  // With a content, or a line, of three bytes.
  std::string beyond;
};

TEST(decode_packet, a_packet_at_the_limit_is_taken_and_one_past_it_refused) {
  const limit_case_test cases[] = {
      {packet::length_1, binary_test("\3abc"), binary_test("\4")},
      {packet::length_2, binary_test("\0\3abc"), binary_test("\0\4")},
      {packet::length_4, binary_test("\0\0\0\3abc"), binary_test("\0\0\0\4")},
      {packet::line, "ab\n", "abc\n"},
      {packet::line, "ab\n", "abc"},
      {packet::asn1, binary_test("\60\3abc"), binary_test("\60\4")},
      {packet::asn1, binary_test("\60\204\0\0\0\3abc"), binary_test("\60\204\377\377\377\377")},
      {packet::sunrm, binary_test("\0\0\0\3abc"), binary_test("\177\377\377\377")},
      {packet::cdr, binary_test("GIOP\1\0\0\0\0\0\0\3abc"), binary_test("GIOP\1\0\0\0\0\0\0\4")},
      {packet::cdr, binary_test("GIOP\1\0\1\0\3\0\0\0abc"), binary_test("GIOP\1\0\1\0\0\0\0\3")},
      {packet::fcgi, binary_test("\1\6\0\1\0\2\1\0abP"), binary_test("\1\6\0\1\0\2\2\0")},
      {packet::tpkt, binary_test("\3\0\0\7abc"), binary_test("\3\0\0\10")},
      {packet::http, "ab\n", "abc\n"},
      {packet::http, "ab\n", "abc"},
      {packet::httph, "ab\n", "abc"},
      {packet::httph, "ab\n", "abc\n"},
      {packet::httph, "ab\n", "ab\n cd\n"},
  };
  for (const auto& [type, at_limit, beyond] : cases) {
    const auto taken = decode_packet(type, bytes(at_limit + std::string(behind_test)), {.packet_size = 3});
    EXPECT_TRUE(std::holds_alternative<decoded_packet>(taken)) << to_string(type) << " " << at_limit;
    EXPECT_EQ(outcome(type, beyond, {.packet_size = 3}), "emsgsize") << to_string(type) << " " << beyond;
  }
}

TEST(decode_packet, a_line_has_the_narrower_of_two_limits) {
  for (const packet type : {packet::line, packet::http, packet::httph}) {
    EXPECT_EQ(outcome(type, "abc\n.", {.line_length = 3}), "emsgsize");
    EXPECT_EQ(outcome(type, "abc\n.", {.packet_size = 3, .line_length = 100}), "emsgsize");
    EXPECT_EQ(outcome(type, "abc\n.", {.packet_size = 100, .line_length = 4}), "'abc\\n' then '.'");
  }
  EXPECT_EQ(outcome(packet::length_1, "\4abcd", {.line_length = 1}), "'abcd' then ''");
}

TEST(decode_packet, a_line_ends_with_the_delimiter_that_was_chosen) {
  EXPECT_EQ(outcome(packet::line, "a\nb;c", {.line_delimiter = ';'}), "'a\\nb;' then 'c'");
  EXPECT_EQ(outcome(packet::line, binary_test("a\0b"), {.line_delimiter = '\0'}), "'a\\x00' then 'b'");
  EXPECT_EQ(outcome(packet::http, "a;b\n", {.line_delimiter = ';'}), "'a;b\\n' then ''");
}

TEST(decode_packet, a_header_that_is_none_of_the_type_is_malformed) {
  EXPECT_EQ(outcome(packet::asn1, binary_test("\60\205")), "malformed");
  EXPECT_EQ(outcome(packet::asn1, binary_test("\77\201\202\203\204\205")), "malformed");
  EXPECT_EQ(outcome(packet::cdr, binary_test("GIOX\1\0\0\0\0\0\0\0")), "malformed");
  EXPECT_EQ(outcome(packet::fcgi, binary_test("\2\6\0\1\0\0\0\0")), "malformed");
  EXPECT_EQ(outcome(packet::tpkt, binary_test("\2\0\0\4")), "malformed");
  EXPECT_EQ(outcome(packet::tpkt, binary_test("\3\0\0\3")), "malformed");
}

TEST(decode_packet, a_tag_of_32_bits_is_the_longest) {
  EXPECT_EQ(outcome(packet::asn1, binary_test("\77\201\202\203\204\5\1a.")),
            "'?\\x81\\x82\\x83\\x84\\x05\\x01a' then '.'");
}

TEST(decode_packet, a_header_field_goes_on_behind_a_line_that_is_followed_by_a_blank) {
  EXPECT_EQ(outcome(packet::httph, "a: b\r\n"), "more");
  EXPECT_EQ(outcome(packet::httph, "a: b\r\n c\r\n"), "more");
  EXPECT_EQ(outcome(packet::httph, "a: b\r\n c\r\nd"), "'a: b\\r\\n c\\r\\n' then 'd'");
  EXPECT_EQ(outcome(packet::httph, "\r\n c"), "'\\r\\n' then ' c'");
  EXPECT_EQ(outcome(packet::http, "a: b\r\n c\r\nd"), "'a: b\\r\\n' then ' c\\r\\nd'");
}

TEST(decode_packet, limits_out_of_their_ranges_are_refused) {
  EXPECT_DEATH(decode_packet(packet::line, "a", {.packet_size = 0}), "limits");
}

}  // namespace
}  // namespace dialtone
