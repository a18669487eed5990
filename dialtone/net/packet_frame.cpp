// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/packet_frame.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>

namespace dialtone::detail {

namespace {

using input_view = std::string_view;

// Tag numbers of 32 bits. OTP reads a tag to whatever length, and so waits for its end as long as a peer likes.
constexpr std::size_t asn1_tag_limit = 6;

std::size_t byte_at(input_view input, std::size_t index) { return static_cast<unsigned char>(input[index]); }

std::size_t number_at(input_view input, std::size_t offset, std::size_t count) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | byte_at(input, offset + i);
  return value;
}

/// A header and what follows it, which alone the limit is for.
measured_packet framed(std::size_t header, std::size_t size, const packet_options& options) {
  if (size > options.packet_size) return std::unexpected(packet_error::emsgsize);
  return packet_frame{.offset = 0, .size = header + size, .total = header + size};
}

measured_packet measure_length(std::size_t header, input_view input, const packet_options& options) {
  if (input.size() < header) return std::nullopt;
  const std::size_t size = number_at(input, 0, header);
  if (size > options.packet_size) return std::unexpected(packet_error::emsgsize);
  return packet_frame{.offset = header, .size = size, .total = header + size};
}

/// Where the length stands: behind the tag.
measured_packet measure_asn1_tag(input_view input) {
  std::size_t size = 1;
  if ((byte_at(input, 0) & 0x1f) == 0x1f) {
    do {
      if (size == asn1_tag_limit) return std::unexpected(packet_error::malformed);
      if (size == input.size()) return std::nullopt;
    } while ((byte_at(input, size++) & 0x80) != 0);
  }
  return packet_frame{.offset = 0, .size = size, .total = size};
}

measured_packet measure_asn1(input_view input, const packet_options& options) {
  if (input.size() < 2) return std::nullopt;
  const measured_packet tag = measure_asn1_tag(input);
  if (!tag || !*tag) return tag;
  const std::size_t at = (*tag)->size;
  if (at == input.size()) return std::nullopt;
  const std::size_t first = byte_at(input, at);
  if (first < 0x80) return framed(at + 1, first, options);
  const std::size_t count = first & 0x7f;
  if (count > 4) return std::unexpected(packet_error::malformed);
  if (input.size() - at - 1 < count) return std::nullopt;
  return framed(at + 1 + count, number_at(input, at + 1, count), options);
}

measured_packet measure_sunrm(input_view input, const packet_options& options) {
  if (input.size() < 4) return std::nullopt;
  return framed(4, number_at(input, 0, 4) & 0x7fff'ffff, options);
}

measured_packet measure_cdr(input_view input, const packet_options& options) {
  if (input.size() < 12) return std::nullopt;
  if (!input.starts_with("GIOP")) return std::unexpected(packet_error::malformed);
  auto size = static_cast<std::uint32_t>(number_at(input, 8, 4));
  if ((byte_at(input, 6) & 1) != 0) size = std::byteswap(size);
  return framed(12, size, options);
}

measured_packet measure_fcgi(input_view input, const packet_options& options) {
  if (input.size() < 8) return std::nullopt;
  if (byte_at(input, 0) != 1) return std::unexpected(packet_error::malformed);
  const std::size_t size = number_at(input, 4, 2), padding = byte_at(input, 6);
  if (size + padding > options.packet_size) return std::unexpected(packet_error::emsgsize);
  return packet_frame{.offset = 0, .size = 8 + size, .total = 8 + size + padding};
}

measured_packet measure_tpkt(input_view input, const packet_options& options) {
  if (input.size() < 4) return std::nullopt;
  const std::size_t size = number_at(input, 2, 2);
  if (byte_at(input, 0) != 3 || size < 4) return std::unexpected(packet_error::malformed);
  return framed(4, size - 4, options);
}

/// The first `size` bytes, when that is not too long a line.
measured_packet line_of(std::size_t size, std::size_t limit) {
  if (size > limit) return std::unexpected(packet_error::emsgsize);
  return packet_frame{.offset = 0, .size = size, .total = size};
}

measured_packet measure_line(input_view input, char delimiter, std::size_t limit, std::size_t& searched) {
  const std::size_t end = input.find(delimiter, searched);
  if (end != input_view::npos) return line_of(end + 1, limit);
  searched = input.size();
  if (input.size() >= limit) return std::unexpected(packet_error::emsgsize);
  return std::nullopt;
}

/// A header field ends where the next line does not begin with a blank. So the byte behind the line has to be there,
/// unless the line is empty and thus the last one.
measured_packet measure_http_header(input_view input, std::size_t limit, std::size_t& searched) {
  if (input == "\n" || input == "\r\n") return line_of(input.size(), limit);
  for (;;) {
    const std::size_t end = input.find('\n', searched);
    if (end == input_view::npos) {
      searched = input.size();
      if (input.size() >= limit) return std::unexpected(packet_error::emsgsize);
      return std::nullopt;
    }
    const std::size_t size = end + 1;
    searched = end;
    if (size == input.size()) {
      if (size > limit) return std::unexpected(packet_error::emsgsize);
      return std::nullopt;
    }
    // What is too short for a field is not continued: the blank belongs to a line of its own.
    if (!is_blank(input[size]) || size <= 2) return line_of(size, limit);
    searched = size;
  }
}

}  // namespace

measured_packet measure_packet(packet type, std::string_view input, const packet_options& options,
                               std::size_t& searched) {
  if (input.empty()) return std::nullopt;
  switch (type) {
    case packet::raw:
      return packet_frame{.offset = 0, .size = input.size(), .total = input.size()};
    case packet::length_1:
      return measure_length(1, input, options);
    case packet::length_2:
      return measure_length(2, input, options);
    case packet::length_4:
      return measure_length(4, input, options);
    case packet::line:
      return measure_line(input, options.line_delimiter, line_limit(options), searched);
    case packet::asn1:
      return measure_asn1(input, options);
    case packet::sunrm:
      return measure_sunrm(input, options);
    case packet::cdr:
      return measure_cdr(input, options);
    case packet::fcgi:
      return measure_fcgi(input, options);
    case packet::tpkt:
      return measure_tpkt(input, options);
    case packet::http:
      return measure_line(input, '\n', line_limit(options), searched);
    case packet::httph:
      return measure_http_header(input, line_limit(options), searched);
  }
  return std::nullopt;
}

std::size_t line_limit(const packet_options& options) noexcept {
  return std::min(options.packet_size, options.line_length.value_or(options.packet_size));
}

}  // namespace dialtone::detail
