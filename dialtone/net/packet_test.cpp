// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/packet.hpp>

#include <cstddef>
#include <set>
#include <string>
#include <type_traits>

#include <gtest/gtest.h>

#include <dialtone/base/sendable.hpp>
#include <dialtone/net/packet_samples_test.hpp>

namespace dialtone {
namespace {

static_assert(sendable<packet> && sendable<packet_options> && sendable<packet_error>);
static_assert(std::is_trivially_copyable_v<packet_options>);

TEST(packet, each_type_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (const packet type : packet_types_test) names.insert(to_string(type));
  EXPECT_EQ(names.size(), packet_types_test.size());
  EXPECT_EQ(to_string(packet::raw), "raw");
  EXPECT_EQ(to_string(packet::httph), "httph");
  EXPECT_EQ(to_string(packet_error::emsgsize), "emsgsize");
  EXPECT_EQ(to_string(packet_error::malformed), "malformed");
}

TEST(packet, limits_have_ranges) {
  EXPECT_TRUE(valid({}));
  EXPECT_TRUE(valid({.packet_size = 1, .line_length = 1}));
  EXPECT_FALSE(valid({.packet_size = 0}));
  EXPECT_FALSE(valid({.line_length = 0}));
  EXPECT_TRUE(valid({.packet_size = packet_options::largest_packet_size}));
  EXPECT_FALSE(valid({.packet_size = packet_options::largest_packet_size + 1}));
}

TEST(packet, a_header_says_the_size_of_the_content) {
  EXPECT_EQ(encode_packet_header(packet::length_1, 0), binary_test("\0"));
  EXPECT_EQ(encode_packet_header(packet::length_1, 255), binary_test("\377"));
  EXPECT_EQ(encode_packet_header(packet::length_2, 258), binary_test("\1\2"));
  EXPECT_EQ(encode_packet_header(packet::length_2, 65'535), binary_test("\377\377"));
  EXPECT_EQ(encode_packet_header(packet::length_4, 0x01020304), binary_test("\1\2\3\4"));
  EXPECT_EQ(encode_packet_header(packet::length_4, 0xffff'ffff), binary_test("\377\377\377\377"));
}

TEST(packet, a_size_that_the_header_cannot_say_is_refused) {
  const auto refused = std::unexpected(packet_error::emsgsize);
  EXPECT_EQ(encode_packet_header(packet::length_1, 256), refused);
  EXPECT_EQ(encode_packet_header(packet::length_2, 65'536), refused);
  EXPECT_EQ(encode_packet_header(packet::length_4, std::size_t{1} << 32), refused);
}

TEST(packet, what_is_sent_in_other_types_has_its_own_header) {
  for (const packet type : packet_types_test) {
    if (type >= packet::length_1 && type <= packet::length_4) continue;
    EXPECT_EQ(encode_packet_header(type, std::size_t{1} << 40), bytes()) << to_string(type);
  }
}

}  // namespace
}  // namespace dialtone
