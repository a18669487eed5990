// SPDX-License-Identifier: Apache-2.0
// A stream of one packet type, DIALTONE_FUZZED_PACKET: decode_packet on the whole of it, a packet_decoder that gets it
// byte by byte, and one that gets it in pieces, must see the same packets and the same end, and each packet must be
// what its type says. Input: packet_size and line_length (0: wide), delimiter, size of the pieces, stream.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <dialtone/base/assert.hpp>
#include <dialtone/net/decode_packet.hpp>
#include <dialtone/net/http_line.hpp>
#include <dialtone/net/packet_decoder.hpp>

namespace {

using dialtone::bytes;
using dialtone::packet;

constexpr packet fuzzed = packet::DIALTONE_FUZZED_PACKET;

constexpr bool is_counted = fuzzed == packet::length_1 || fuzzed == packet::length_2 || fuzzed == packet::length_4;
constexpr bool is_http = fuzzed == packet::http || fuzzed == packet::httph;
constexpr bool is_lines = fuzzed == packet::line || is_http;

/// What a stream was cut into, what is left of it, and why it was not cut further.
struct outcome {
  std::vector<std::string> packets;
  std::size_t left = 0;
  std::optional<dialtone::packet_error> error = std::nullopt;
  friend bool operator==(const outcome&, const outcome&) = default;

  void add(std::string_view found) {
    // Where bytes without packets were cut is nobody's business.
    if (fuzzed == packet::raw && !packets.empty())
      packets.back() += found;
    else
      packets.emplace_back(found);
  }
};

/// The header that is left out of what the receiver gets, the packet, and what else is left out make up the input.
void check_cut(const bytes& input, const dialtone::decoded_packet& found) {
  const std::size_t used = input.size() - found.rest.size();
  DIALTONE_ASSERT(used > 0 && used <= input.size(), "a packet takes some of the input");
  DIALTONE_ASSERT(found.rest == input.drop(used), "the rest is what lies behind");
  std::size_t before = 0;
  std::size_t behind = 0;
  if constexpr (is_counted) {
    const auto header = dialtone::encode_packet_header(fuzzed, found.packet.size());
    DIALTONE_ASSERT(header.has_value(), "what was received can be sent");
    DIALTONE_ASSERT(input.view().starts_with(header->view()), "in front of it is its length");
    before = header->size();
  } else if constexpr (fuzzed == packet::fcgi) {
    behind = static_cast<unsigned char>(found.packet.view()[6]);
  }
  DIALTONE_ASSERT(used == before + found.packet.size() + behind, "nothing else is left out");
  DIALTONE_ASSERT(found.packet == input.slice(before, found.packet.size()), "a packet is a part of the input");
}

void check_limits(const dialtone::decoded_packet& found, const dialtone::packet_options& options) {
  if constexpr (is_counted || is_lines)
    DIALTONE_ASSERT(found.packet.size() <= options.packet_size, "a packet is not larger than allowed");
  if constexpr (fuzzed == packet::line) {
    const std::size_t size = found.packet.size();
    DIALTONE_ASSERT(size <= options.line_length.value_or(size), "a line is not longer than allowed");
    DIALTONE_ASSERT(found.packet.find(options.line_delimiter) == size - 1, "a line has one delimiter, its last byte");
  }
}

/// Where a packet ends is known there: not before it, and not only behind it.
void check_end(packet framing, const bytes& input, const dialtone::decoded_packet& found,
               const dialtone::packet_options& options) {
  if (framing == packet::raw || framing == packet::httph) return;  // any bytes; a line that may be continued
  const std::size_t used = input.size() - found.rest.size();
  const auto alone = dialtone::decode_packet(framing, input.first(used), options);
  const auto* again = std::get_if<dialtone::decoded_packet>(&alone);
  DIALTONE_ASSERT(again != nullptr && again->packet == found.packet, "what lies behind a packet means nothing to it");
  const auto cut = dialtone::decode_packet(framing, input.first(used - 1), options);
  const auto* more = std::get_if<dialtone::more_needed>(&cut);
  DIALTONE_ASSERT(more != nullptr && more->size.value_or(used) == used, "one byte less is too little, and says so");
}

outcome decode_whole(bytes input, const dialtone::packet_options& options) {
  outcome result;
  bool in_headers = fuzzed == packet::httph;
  for (;;) {
    const packet framing = fuzzed == packet::http && in_headers ? packet::httph : fuzzed;
    const dialtone::decode_result decoded = dialtone::decode_packet(framing, input, options);
    result.left = input.size();
    if (const auto* error = std::get_if<dialtone::packet_error>(&decoded)) result.error = *error;
    const auto* found = std::get_if<dialtone::decoded_packet>(&decoded);
    if (!found) return result;
    check_cut(input, *found);
    check_limits(*found, options);
    check_end(framing, input, *found, options);
    result.add(found->packet.view());
    if constexpr (fuzzed == packet::http) {
      const auto line = in_headers ? parse_http_header_line(found->packet) : parse_http_start_line(found->packet);
      if (!std::holds_alternative<dialtone::http_error>(line))
        in_headers = !std::holds_alternative<dialtone::http_eoh>(line);
    }
    input = found->rest;
  }
}

outcome decode_pieces(const bytes& input, const dialtone::packet_options& options, std::size_t size) {
  outcome result;
  dialtone::packet_decoder decoder(fuzzed, options);
  for (std::size_t at = 0; at < input.size(); at += size) {
    decoder.receive(input.slice(at, std::min(size, input.size() - at)));
    for (;;) {
      const auto packet = decoder.next();
      result.error = packet ? std::nullopt : std::optional(packet.error());
      if (!packet || !*packet) break;
      result.add((*packet)->view());
    }
  }
  result.left = decoder.buffered();
  DIALTONE_ASSERT(decoder.take_all().flatten() == input.last(result.left), "what is left is the end of the stream");
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const dialtone::packet_options options{
      .packet_size = data[0] == 0 ? std::size_t{1} << 20 : data[0],
      .line_length = data[1] == 0 ? std::nullopt : std::optional<std::size_t>{data[1]},
      .line_delimiter = static_cast<char>(data[2])};
  const bytes stream(std::string_view(reinterpret_cast<const char*>(data), size).substr(4));
  const outcome whole = decode_whole(stream, options);
  DIALTONE_ASSERT(whole == decode_pieces(stream, options, 1), "a stream can come byte by byte");
  DIALTONE_ASSERT(whole == decode_pieces(stream, options, data[3] + std::size_t{1}), "a stream can be cut");
  return 0;
}
