// SPDX-License-Identifier: Apache-2.0
#include <dialtone/protocols/chat/protocol.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dialtone::chat {
namespace {

using namespace std::string_view_literals;
using messages = std::vector<message>;

/// The messages in a piece, which has no error.
messages taken(decoder& from, std::string_view piece) {
  from.receive(piece);
  messages all;
  for (;;) {
    auto next = from.next();
    EXPECT_TRUE(next);
    if (!next || !*next) return all;
    all.push_back(std::move(**next));
  }
}

/// The error that comes of all of it.
decode_error error_of(std::string_view input, decode_limits limits = {}) {
  decoder from{limits};
  from.receive(input);
  for (;;) {
    auto next = from.next();
    if (!next) {
      EXPECT_EQ(from.next().error(), next.error()) << "it stays";
      return next.error();
    }
    if (!*next) throw std::logic_error{"no error"};
  }
}

/// Those of the reference.
constexpr std::string_view register_vector = "\x01\x00\x03meg"sv;
constexpr std::string_view broadcast_vector = "\x02\x00\x03meg\x00\x02hi"sv;

TEST(chat_messages, are_encoded_as_in_the_reference) {
  EXPECT_EQ(encode(register_message{"meg"}), register_vector);
  EXPECT_EQ(encode(broadcast_message{"meg", "hi"}), broadcast_vector);
  EXPECT_EQ(encode(broadcast_message{"", ""}), "\x02\0\0\0\0"sv);
  EXPECT_EQ(encode(register_message{std::string(0x1234, 'x')}).first(3), "\x01\x12\x34"sv);
}

TEST(chat_messages, are_decoded_as_in_the_reference) {
  decoder from;
  EXPECT_EQ(taken(from, register_vector), messages{register_message{"meg"}});
  EXPECT_EQ(taken(from, broadcast_vector), (messages{broadcast_message{"meg", "hi"}}));
  EXPECT_FALSE(from.within_message());
}

TEST(chat_messages, are_the_same_wherever_the_pieces_end) {
  std::string text{register_vector};
  text += broadcast_vector;
  const messages expected{register_message{"meg"}, broadcast_message{"meg", "hi"},
                          broadcast_message{"a name that is longer than fits", std::string(300, 'c')},
                          register_message{""}};
  text += encode(std::get<broadcast_message>(expected[2])).view();
  text += "\x01\0\0"sv;
  for (std::size_t first = 0; first <= text.size(); ++first) {
    decoder from;
    messages all = taken(from, text.substr(0, first));
    for (message& each : taken(from, text.substr(first))) all.push_back(std::move(each));
    EXPECT_EQ(all, expected) << first;
  }
  decoder bytewise;
  messages all;
  for (const char each : text)
    for (message& one : taken(bytewise, {&each, 1})) all.push_back(std::move(one));
  EXPECT_EQ(all, expected);
}

TEST(chat_messages, that_are_not_whole_are_none) {
  for (const std::string_view whole : {register_vector, broadcast_vector}) {
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
      decoder from;
      EXPECT_EQ(taken(from, whole.substr(0, cut)), messages{}) << cut;
      EXPECT_EQ(from.within_message(), cut != 0);
    }
  }
}

TEST(chat_messages, of_the_greatest_size_come_back) {
  const std::string most(field_limit, 'm');
  const bytes longest = encode(broadcast_message{most, most});
  EXPECT_EQ(longest.size(), message_limit);
  decoder from;
  EXPECT_EQ(taken(from, longest.view()), (messages{broadcast_message{most, most}}));
  EXPECT_EQ(taken(from, encode(register_message{most}).view()), messages{register_message{most}});
}

TEST(chat_messages, of_greater_sizes_are_not_encoded) {
  const std::string too_long(field_limit + 1, 'm');
  EXPECT_DEATH(encode(register_message{too_long}), "a field is as long as two bytes can say");
  EXPECT_DEATH(encode(broadcast_message{"", too_long}), "a field is as long as two bytes can say");
}

TEST(chat_messages, of_no_known_type_end_the_stream) {
  for (int type = 0; type < 256; ++type) {
    if (type == 1 || type == 2) continue;
    const std::string input = std::string{register_vector} + static_cast<char>(type);
    EXPECT_EQ(error_of(input), decode_error::unknown_type) << type;
  }
}

TEST(chat_messages, beyond_the_limits_end_the_stream_as_soon_as_their_size_has_come) {
  constexpr decode_limits limits{.name = 3, .contents = 2};
  decoder from{limits};
  EXPECT_EQ(taken(from, register_vector), messages{register_message{"meg"}});
  EXPECT_EQ(taken(from, broadcast_vector), (messages{broadcast_message{"meg", "hi"}}));
  EXPECT_EQ(error_of("\x01\x00\x04"sv, limits), decode_error::name_too_long);
  EXPECT_EQ(error_of("\x02\x00\x04"sv, limits), decode_error::name_too_long);
  EXPECT_EQ(error_of("\x02\x00\x03meg\x00\x03"sv, limits), decode_error::contents_too_long);
}

}  // namespace
}  // namespace dialtone::chat
