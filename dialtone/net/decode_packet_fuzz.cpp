// SPDX-License-Identifier: Apache-2.0
// A stream of one packet type: decode_packet on the whole of it, a packet_decoder that gets it byte by byte, and one
// that gets it in pieces, must see the same packets and the same end. Input: type, limit, size of the pieces, stream.
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
#include <dialtone/net/packet_decoder.hpp>

namespace {

using dialtone::bytes;
using dialtone::packet;

/// What a stream was cut into, what is left of it, and why it was not cut further.
struct outcome {
  std::vector<std::string> packets;
  std::size_t left = 0;
  std::optional<dialtone::packet_error> error = std::nullopt;
  friend bool operator==(const outcome&, const outcome&) = default;
};

bool is_slice_of(const bytes& part, const bytes& whole) {
  return part.is_inline() || (part.begin() >= whole.begin() && part.end() <= whole.end());
}

/// The parts of a line are taken out of it, except for a name in its usual form.
dialtone::http_packet parse(bool in_headers, const bytes& line) {
  dialtone::http_packet parsed = in_headers ? parse_http_header_line(line) : parse_http_start_line(line);
  if (const auto* header = std::get_if<dialtone::http_header>(&parsed)) {
    DIALTONE_ASSERT(is_slice_of(header->value, line), "a value is a slice");
    DIALTONE_ASSERT(header->name.size() == header->unmodified.size(), "the usual form of a name is as long");
  } else if (const auto* request = std::get_if<dialtone::http_request>(&parsed)) {
    DIALTONE_ASSERT(!request->method.empty(), "a request has a method");
    DIALTONE_ASSERT(is_slice_of(request->uri.path, line), "a path is a slice");
  } else if (const auto* error = std::get_if<dialtone::http_error>(&parsed)) {
    DIALTONE_ASSERT(error->line == line, "an error has the line");
  }
  return parsed;
}

outcome decode_whole(packet type, bytes input, const dialtone::packet_options& options) {
  outcome result;
  bool in_headers = type == packet::httph;
  for (;;) {
    const packet framing = type == packet::http && in_headers ? packet::httph : type;
    const dialtone::decode_result decoded = dialtone::decode_packet(framing, input, options);
    result.left = input.size();
    if (const auto* error = std::get_if<dialtone::packet_error>(&decoded)) result.error = *error;
    const auto* found = std::get_if<dialtone::decoded_packet>(&decoded);
    if (!found) return result;
    result.packets.emplace_back(found->packet.view());
    if (type == packet::http || type == packet::httph) {
      const dialtone::http_packet line = parse(in_headers, found->packet);
      if (type == packet::http && !std::holds_alternative<dialtone::http_error>(line)) {
        in_headers = !std::holds_alternative<dialtone::http_eoh>(line);
      }
    }
    input = found->rest;
  }
}

outcome decode_pieces(packet type, const bytes& input, const dialtone::packet_options& options, std::size_t size) {
  outcome result;
  dialtone::packet_decoder decoder(type, options);
  for (std::size_t at = 0; at < input.size(); at += size) {
    decoder.receive(input.slice(at, std::min(size, input.size() - at)));
    for (;;) {
      const auto packet = decoder.next();
      result.error = packet ? std::nullopt : std::optional(packet.error());
      if (!packet || !*packet) break;
      result.packets.emplace_back((*packet)->view());
    }
  }
  result.left = decoder.buffered();
  DIALTONE_ASSERT(decoder.take_all().flatten() == input.last(result.left), "what is left is the end of the stream");
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const auto type = static_cast<packet>(data[0] % 12);
  if (type == packet::raw) return 0;
  const dialtone::packet_options options{.packet_size = data[1] == 0 ? std::size_t{1} << 20 : data[1]};
  const bytes stream(std::string_view(reinterpret_cast<const char*>(data), size).substr(3));
  const outcome whole = decode_whole(type, stream, options);
  DIALTONE_ASSERT(whole == decode_pieces(type, stream, options, 1), "a stream can come byte by byte");
  DIALTONE_ASSERT(whole == decode_pieces(type, stream, options, data[2] + std::size_t{1}), "a stream can be cut");
  return 0;
}
