// SPDX-License-Identifier: Apache-2.0
// How a stream of bytes is cut into packets: gen_tcp's packet types, and their limits. For everybody; all of it are
// values. What Dialtone does differently from gen_tcp, and why: docs/guides/packets.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include <dialtone/base/bytes.hpp>

namespace dialtone {

/// Numbers are unsigned, the highest byte first, if not said otherwise. "Kept" headers are a part of the packet.
enum class packet : std::uint8_t {
  raw,       ///< No packets: bytes as they come.
  length_1,  ///< size:1 content. The header is left out here, and added to what is sent.
  length_2,  ///< size:2 content. The same.
  length_4,  ///< size:4 content. The same.
  line,      ///< Up to and with the delimiter.
  asn1,      ///< BER: tag, length, content (X.690, 8.1); kept. Of an indefinite length, tag and length alone.
  sunrm,     ///< last:1bit size:31bit content (RFC 5531, section 11); kept. A packet is a fragment.
  cdr,       ///< GIOP: "GIOP" version:2 flags:1 type:1 size:4 content; kept. Bit 0 of flags: the lowest byte first.
  fcgi,      ///< version:1 type:1 id:2 size:2 padding:1 reserved:1 content padding; kept, the padding is left out.
  tpkt,      ///< version:1 reserved:1 size:2 content (RFC 1006); kept. The size includes the header.
  http,      ///< A line of a request or response, then as httph up to the end of the headers, then again.
  httph,     ///< A header field with the lines that continue it, or the empty line behind the fields.
};

struct packet_options {
  static constexpr std::size_t largest_packet_size = 0xffff'ffff;  ///< What the widest header can say.

  /// The largest content, in bytes, without the header; of lines the longest line, with its end. The default is far
  /// above what applications exchange, and bounds what one peer makes us hold. From 1 to largest_packet_size.
  std::size_t packet_size = std::size_t{64} << 20;
  /// A narrower limit for line, http and httph, from 1. Without it packet_size alone holds.
  std::optional<std::size_t> line_length = std::nullopt;
  char line_delimiter = '\n';  ///< Of `line`; http and httph end lines with '\n' or "\r\n".

  friend bool operator==(const packet_options&, const packet_options&) = default;
};

/// Whether the limits are in their ranges. What takes options asserts it.
bool valid(const packet_options& options) noexcept;

/// What is wrong with the bytes of a peer, after which the stream cannot be cut any more.
enum class packet_error : std::uint8_t {
  emsgsize,   ///< The packet is larger than its limit, or than its header can say.
  malformed,  ///< The header is none of the packet type.
};

std::string_view to_string(packet type) noexcept;
std::string_view to_string(packet_error error) noexcept;

/// What goes before a content of `size` bytes: the header of length_1, length_2 and length_4, nothing of other types.
/// emsgsize when the header cannot say the size. Erlang's peers refuse length_4 from 2 GiB on.
std::expected<bytes, packet_error> encode_packet_header(packet type, std::size_t size);
/// Whether it can; that of other types says nothing.
bool fits_packet_header(packet type, std::size_t size);

}  // namespace dialtone
