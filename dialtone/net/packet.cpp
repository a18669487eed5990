// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/packet.hpp>

#include <array>
#include <span>

namespace dialtone {

namespace {

/// How many bytes of a header say the size of what is sent.
std::size_t length_bytes(packet type) {
  switch (type) {
    case packet::length_1:
      return 1;
    case packet::length_2:
      return 2;
    case packet::length_4:
      return 4;
    default:
      return 0;
  }
}

}  // namespace

bool valid(const packet_options& options) noexcept {
  return options.packet_size > 0 && options.packet_size <= packet_options::largest_packet_size &&
         options.line_length != 0;
}

std::string_view to_string(packet type) noexcept {
  static constexpr std::array<std::string_view, 12> names = {
      "raw", "length_1", "length_2", "length_4", "line", "asn1", "sunrm", "cdr", "fcgi", "tpkt", "http", "httph"};
  return names[static_cast<std::size_t>(type)];
}

std::string_view to_string(packet_error error) noexcept {
  return error == packet_error::emsgsize ? "emsgsize" : "malformed";
}

bool fits_packet_header(packet type, std::size_t size) {
  const std::size_t count = length_bytes(type);
  return count == 0 || size >> (8 * count) == 0;
}

std::expected<bytes, packet_error> encode_packet_header(packet type, std::size_t size) {
  const std::size_t count = length_bytes(type);
  if (count == 0) return bytes();
  if (!fits_packet_header(type, size)) return std::unexpected(packet_error::emsgsize);
  std::array<std::byte, 4> header{};
  for (std::size_t i = 0; i < count; ++i) header[i] = static_cast<std::byte>(size >> (8 * (count - 1 - i)));
  return bytes(std::span<const std::byte>(header).first(count));
}

}  // namespace dialtone
