// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/packet_decoder.hpp>

#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <dialtone/net/packet_samples_test.hpp>

namespace dialtone {
namespace {

using namespace std::string_literals;

static_assert(std::is_nothrow_move_constructible_v<packet_decoder> && !std::is_copy_constructible_v<packet_decoder>);

/// All packets that are there, and the error that ends them.
std::vector<std::string> drain(packet_decoder& decoder) {
  std::vector<std::string> packets;
  for (;;) {
    const auto packet = decoder.next();
    if (!packet) packets.push_back("error " + std::string(to_string(packet.error())));
    if (!packet || !*packet) return packets;
    packets.emplace_back((*packet)->view());
  }
}

void append(std::vector<std::string>& all, std::vector<std::string> more) {
  all.insert(all.end(), more.begin(), more.end());
}

TEST(packet_decoder, a_cut_at_any_byte_changes_nothing) {
  for (const packet_sample_test& sample : packet_samples_test()) {
    const bytes stream(sample.stream() + std::string(behind_test));
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
      packet_decoder decoder(sample.type);
      decoder.receive(stream.first(cut));
      std::vector<std::string> packets = drain(decoder);
      decoder.receive(stream.drop(cut));
      append(packets, drain(decoder));
      ASSERT_EQ(packets, sample.content) << to_string(sample.type) << " cut at " << cut;
      ASSERT_EQ(decoder.take_all().flatten(), behind_test);
    }
  }
}

TEST(packet_decoder, takes_a_stream_byte_by_byte) {
  for (const packet_sample_test& sample : packet_samples_test()) {
    for (const bool at_once : {false, true}) {
      packet_decoder decoder(sample.type);
      std::vector<std::string> packets;
      for (const char byte : sample.stream() + std::string(behind_test)) {
        decoder.receive(std::string_view(&byte, 1));
        if (!at_once) append(packets, drain(decoder));
      }
      append(packets, drain(decoder));
      EXPECT_EQ(packets, sample.content) << to_string(sample.type);
      EXPECT_EQ(decoder.buffered(), behind_test.size());
    }
  }
}

TEST(packet_decoder, takes_pieces_of_any_sizes) {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    for (const packet_sample_test& sample : packet_samples_test()) {
      const bytes stream(sample.stream() + sample.stream() + std::string(behind_test));
      packet_decoder decoder(sample.type);
      std::vector<std::string> packets;
      for (std::size_t at = 0; at < stream.size();) {
        const std::size_t size = std::min<std::size_t>(random() % 70, stream.size() - at);
        decoder.receive(stream.slice(at, size));
        at += size;
        if (random() % 3 == 0) append(packets, drain(decoder));
        if (random() % 9 == 0) decoder.unrecv(decoder.take_all().flatten());
        if (sample.type == packet::http) continue;
        if (random() % 9 == 0) decoder.set(sample.type);
      }
      append(packets, drain(decoder));
      std::vector<std::string> expected = sample.content;
      append(expected, sample.content);
      ASSERT_EQ(packets, expected) << to_string(sample.type) << ", seed 5, round " << round;
    }
  }
}

TEST(packet_decoder, gives_raw_bytes_piece_by_piece) {
  packet_decoder decoder;
  decoder.receive("abc");
  decoder.receive(std::string(30, 'd'));
  EXPECT_EQ(drain(decoder), (std::vector<std::string>{"abc", std::string(30, 'd')}));
  EXPECT_TRUE(decoder.empty());
}

TEST(packet_decoder, does_not_copy_a_packet_that_lies_in_one_piece) {
  const bytes piece("\60"s + std::string(48, 'a') + "\60"s + std::string(48, 'b') + "\60"s);
  packet_decoder decoder(packet::length_1);
  decoder.receive(piece);
  EXPECT_EQ(decoder.next().value()->data(), piece.data() + 1);
  EXPECT_EQ(decoder.next().value()->data(), piece.data() + 50);
  EXPECT_EQ(decoder.next().value(), std::nullopt);
}

TEST(packet_decoder, a_kept_packet_keeps_no_large_buffer_alive_for_little) {
  constexpr std::size_t buffer_size = packet_decoder::shared_buffer * 4;
  for (const bool is_large : {true, false}) {
    const bytes piece = std::string(is_large ? buffer_size : packet_decoder::shared_buffer, '\0');
    const std::size_t size = piece.retained_size();
    // At the limit and below it, in a large buffer; however small, in one that is not.
    for (const std::size_t length : {size / 4, size / 4 - 1, std::size_t{24}}) {
      packet_decoder decoder;
      decoder.receive(piece);
      const bytes kept = decoder.take(length).value();
      const bool shares = !is_large || length >= size / 4;
      EXPECT_EQ(kept, piece.first(length));
      EXPECT_EQ(kept.data() == piece.data(), shares) << length;
      EXPECT_LE(kept.retained_size(), std::max(packet_decoder::shared_buffer, 4 * (length + 1)));
    }
  }
}

TEST(packet_decoder, a_large_packet_is_copied_into_a_buffer_of_its_own_size) {
  packet_decoder decoder(packet::length_4);
  decoder.receive(binary_test("\0\0\47\20"));  // 10,000
  for (int i = 0; i < 9; ++i) {
    decoder.receive(std::string(1'000, 'a'));
    EXPECT_EQ(decoder.next().value(), std::nullopt);
    EXPECT_EQ(decoder.missing(), 9'000u - 1'000u * static_cast<unsigned>(i));
  }
  const bytes last(std::string(1'000, 'a') + binary_test("\0\0\1\0") + std::string(96, 'b'));
  decoder.receive(last);
  const auto packet = decoder.next().value();
  EXPECT_EQ(packet, std::string(10'000, 'a'));
  EXPECT_EQ(packet->retained_size(), 10'004u);
  EXPECT_EQ(last.use_count(), 2u);
  EXPECT_EQ(decoder.next().value(), std::nullopt);
  EXPECT_EQ(decoder.buffered(), 100u);
  EXPECT_EQ(last.use_count(), 1u);  // 100 of its bytes were kept, in a buffer of their own
}

TEST(packet_decoder, a_header_that_announces_much_reserves_nothing) {
  packet_decoder decoder(packet::length_4);
  decoder.receive(binary_test("\4\0\0\0"));  // 64 MiB
  for (int i = 0; i < 3; ++i) {
    decoder.receive(std::string(100, 'a'));
    EXPECT_EQ(decoder.next().value(), std::nullopt);
  }
  EXPECT_EQ(decoder.missing(), (std::size_t{64} << 20) - 300);
  const bytes held = decoder.take_all().flatten();
  EXPECT_EQ(held.size(), 304u);
  EXPECT_LE(held.retained_size(), 2 * held.size());
}

TEST(packet_decoder, waiting_for_the_rest_keeps_no_large_piece_alive_for_little) {
  for (const std::size_t held : {100u, 250u, 251u}) {
    const bytes piece = bytes::copy("\1a\377" + std::string(997, 'b'));
    packet_decoder decoder(packet::length_1);
    decoder.receive(piece.first(2 + held));
    EXPECT_EQ(drain(decoder).size(), 1u);
    EXPECT_EQ(piece.is_shared(), held > piece.size() / 4) << held;
  }
}

TEST(packet_decoder, says_how_much_is_missing) {
  packet_decoder decoder(packet::length_2);
  EXPECT_EQ(decoder.next().value(), std::nullopt);
  EXPECT_EQ(decoder.missing(), 1u);
  decoder.receive(binary_test("\0\5a"));
  EXPECT_EQ(decoder.next().value(), std::nullopt);
  EXPECT_EQ(decoder.missing(), 4u);
  decoder.receive("bc");
  EXPECT_EQ(decoder.next().value(), std::nullopt);
  EXPECT_EQ(decoder.missing(), 2u);
}

TEST(packet_decoder, an_error_stays_behind_the_packets_before_it) {
  packet_decoder decoder(packet::length_1, {.packet_size = 3});
  decoder.receive(binary_test("\2ab\4abcd"));
  const std::vector<std::string> error = {"error emsgsize"};
  EXPECT_EQ(drain(decoder), (std::vector<std::string>{"ab", "error emsgsize"}));
  EXPECT_EQ(drain(decoder), error);
  decoder.receive("more");
  EXPECT_EQ(drain(decoder), error);
  EXPECT_EQ(decoder.take_all().flatten(), "\4abcdmore");
  EXPECT_TRUE(drain(decoder).empty());
}

TEST(packet_decoder, an_error_shows_however_the_stream_is_cut) {
  const std::pair<packet, std::string> streams[] = {
      {packet::line, "abc\nabcd\n"},
      {packet::line, "abc\nabcd"},
      {packet::length_4, binary_test("\0\0\0\4abcd\377\377\377\377")},
      {packet::asn1, binary_test("\60\3abc\60\5")},
      {packet::asn1, binary_test("\60\3abc\77\377\377\377\377\377\377")},
      {packet::cdr, binary_test("GIOP\1\0\0\0\0\0\0\1aXIOP\1\0\0\0\0\0\0\1a")},
      {packet::tpkt, binary_test("\3\0\0\5a\2\0\0\5")},
      {packet::http, "abc\nabcd\n"},
      {packet::httph, "abc\nab\n c\n"},
  };
  for (const auto& [type, stream] : streams) {
    packet_decoder whole(type, {.packet_size = 4});
    whole.receive(bytes(stream));
    packet_decoder bytewise(type, {.packet_size = 4});
    std::vector<std::string> packets;
    for (const char byte : stream) {
      bytewise.receive(std::string_view(&byte, 1));
      const auto packet = bytewise.next();
      if (packet && *packet) packets.emplace_back((*packet)->view());
    }
    append(packets, drain(bytewise));
    EXPECT_EQ(packets.size(), 2u) << to_string(type) << " " << stream;
    EXPECT_TRUE(packets.back().starts_with("error"));
    EXPECT_EQ(packets, drain(whole));
  }
}

TEST(packet_decoder, holds_no_more_of_an_endless_line_than_its_limit_and_a_piece) {
  packet_decoder decoder(packet::line, {.packet_size = 1'000});
  std::size_t received = 0;
  while (decoder.next().has_value()) {
    decoder.receive(std::string(90, 'a'));
    received += 90;
  }
  EXPECT_EQ(received, 1'080u);
  EXPECT_EQ(decoder.buffered(), 1'080u);
}

TEST(packet_decoder, a_change_of_the_type_counts_from_the_next_byte_on) {
  packet_decoder decoder(packet::line);
  decoder.receive(binary_test("VALUE 3\nab"));
  EXPECT_EQ(decoder.next().value(), "VALUE 3\n");
  decoder.set(packet::raw);
  EXPECT_EQ(decoder.take(3), std::nullopt);
  EXPECT_EQ(decoder.missing(), 1u);
  decoder.receive("c\r\nEND\r\n\1");
  EXPECT_EQ(decoder.take(3), "abc");
  decoder.set(packet::line);
  EXPECT_EQ(decoder.next().value(), "\r\n");
  EXPECT_EQ(decoder.next().value(), "END\r\n");
  EXPECT_EQ(decoder.next().value(), std::nullopt);
  decoder.set(packet::length_1);
  decoder.receive("x");
  EXPECT_EQ(decoder.next().value(), "x");
}

TEST(packet_decoder, what_was_copied_together_can_be_cut_anew) {
  packet_decoder decoder(packet::length_4);
  decoder.receive(binary_test("\0\0\0\7a"));
  decoder.receive("bc\n");
  decoder.receive("d");
  EXPECT_EQ(decoder.next().value(), std::nullopt);
  decoder.set(packet::line);
  EXPECT_EQ(decoder.next().value(), binary_test("\0\0\0\7abc\n"));
  decoder.receive("\n");
  EXPECT_EQ(decoder.next().value(), "d\n");
}

TEST(packet_decoder, new_limits_hold_for_what_is_there) {
  packet_decoder decoder(packet::line);
  decoder.receive("abc");
  decoder.receive("def");
  EXPECT_EQ(decoder.next().value(), std::nullopt);
  decoder.set(packet::line, {.packet_size = 4});
  EXPECT_EQ(decoder.options().packet_size, 4u);
  EXPECT_EQ(decoder.next().error(), packet_error::emsgsize);
}

TEST(packet_decoder, takes_as_much_as_is_asked_for) {
  packet_decoder decoder;
  EXPECT_EQ(decoder.take(1), std::nullopt);
  decoder.receive("abcdef");
  EXPECT_EQ(decoder.take(2), "ab");
  EXPECT_EQ(decoder.take(10), std::nullopt);
  EXPECT_EQ(decoder.missing(), 6u);
  decoder.receive("ghi");
  EXPECT_EQ(decoder.take(10), std::nullopt);
  EXPECT_EQ(decoder.take(3), "cde");
  decoder.receive("jkl");
  EXPECT_EQ(decoder.take(7), "fghijkl");
  EXPECT_TRUE(decoder.empty());
}

TEST(packet_decoder, a_take_that_has_waited_leaves_packets_whole) {
  packet_decoder decoder(packet::length_1);
  decoder.receive("\2ab\1");
  decoder.receive("c\3d");
  EXPECT_EQ(decoder.take(100), std::nullopt);
  EXPECT_EQ(drain(decoder), (std::vector<std::string>{"ab", "c"}));
  EXPECT_EQ(decoder.buffered(), 2u);
}

TEST(packet_decoder, what_is_put_back_comes_first) {
  packet_decoder decoder(packet::length_1);
  decoder.receive("\3a");
  decoder.receive("b");
  EXPECT_EQ(decoder.next().value(), std::nullopt);
  decoder.unrecv("\1");
  decoder.unrecv("\2xy");
  decoder.unrecv("");
  EXPECT_EQ(decoder.buffered(), 7u);
  EXPECT_EQ(drain(decoder), (std::vector<std::string>{"xy", "\3"}));
  EXPECT_EQ(decoder.take_all().flatten(), "ab");
}

TEST(packet_decoder, gives_everything_back) {
  packet_decoder decoder(packet::length_4);
  EXPECT_TRUE(decoder.take_all().empty());
  std::string expected = binary_test("\0\0\1\0");
  decoder.receive(bytes(expected));
  for (int i = 0; i < 5; ++i) {
    if (i == 3) EXPECT_EQ(decoder.next().value(), std::nullopt);
    decoder.receive(std::string(40, static_cast<char>('a' + i)));
    expected += std::string(40, static_cast<char>('a' + i));
  }
  const bytes_list all = decoder.take_all();
  EXPECT_EQ(all.flatten(), expected);
  EXPECT_TRUE(decoder.empty());
  EXPECT_EQ(decoder.next().value(), std::nullopt);
  EXPECT_EQ(decoder.type(), packet::length_4);
}

TEST(packet_decoder, a_constant_backlog_is_taken_in_order) {
  packet_decoder decoder(packet::line);
  std::string expected, actual;
  for (int i = 0; i < 1'000; ++i) {
    const std::string line = std::to_string(i) + std::string(40, '.') + "\n";
    decoder.receive(bytes(line));
    expected += line;
    if (i >= 50) actual += decoder.next().value()->view();
  }
  for (const std::string& line : drain(decoder)) actual += line;
  EXPECT_EQ(actual, expected);
}

TEST(packet_decoder, http_goes_from_the_first_line_to_the_headers_and_back) {
  packet_decoder decoder(packet::http);
  decoder.receive("no-line\r\nGET / HTTP/1.1\r\nA b\r\nHost: a\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
  std::vector<std::size_t> kinds;
  for (auto packet = decoder.next_http(); packet.value(); packet = decoder.next_http()) {
    kinds.push_back((*packet)->index());
  }
  EXPECT_EQ(kinds, (std::vector<std::size_t>{4, 0, 4, 2, 3, 1, 3}));
}

TEST(packet_decoder, http_takes_the_same_turns_when_its_lines_are_taken_as_bytes) {
  const bytes stream =
      "no-line\r\n\r\nGET / HTTP/1.1\r\nA b\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\r\n:\n\nHost: a\r\n\r\n"
      "HTTP/1.1 200 OK\n\r\nno-line\n";
  packet_decoder parsed(packet::http);
  parsed.receive(stream);
  std::size_t before = 0;
  while (auto expected = parsed.next_http().value()) {
    packet_decoder mixed(packet::http);
    mixed.receive(stream);
    for (std::size_t i = 0; i < before; ++i) static_cast<void>(mixed.next());
    EXPECT_EQ(mixed.next_http().value(), expected) << before;
    ++before;
  }
  EXPECT_EQ(before, 14u);
}

TEST(packet_decoder, http_waits_and_fails_as_other_types_do) {
  packet_decoder decoder(packet::httph, {.packet_size = 10});
  decoder.receive("a: b\r\n");
  EXPECT_EQ(decoder.next_http().value(), std::nullopt);
  decoder.receive("c: 01234567");
  EXPECT_EQ(std::get<http_header>(*decoder.next_http().value()).value, "b");
  EXPECT_EQ(decoder.next_http().error(), packet_error::emsgsize);
}

TEST(packet_decoder, misuse_is_refused) {
  packet_decoder decoder(packet::line);
  EXPECT_DEATH(static_cast<void>(decoder.next_http()), "HTTP");
  EXPECT_DEATH(static_cast<void>(decoder.take(0)), "nothing");
  EXPECT_DEATH(packet_decoder(packet::line, {.line_length = 0}), "limits");
  EXPECT_DEATH(decoder.set(packet::line, {.packet_size = 0}), "limits");
}

}  // namespace
}  // namespace dialtone
