// SPDX-License-Identifier: Apache-2.0
// Where a packet lies in the bytes that begin with it: what decode_packet and packet_decoder share. For this room.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string_view>

#include <dialtone/net/packet.hpp>

namespace dialtone::detail {

/// Positions from the packet's first byte on, perhaps beyond what has arrived.
struct packet_frame {
  std::size_t offset;  ///< Where the content begins, that is what the receiver gets.
  std::size_t size;    ///< Of the content.
  std::size_t total;   ///< Where the next packet begins.
};

/// Empty: more is needed to tell.
using measured_packet = std::expected<std::optional<packet_frame>, packet_error>;

/// `http` measures a line, `httph` a header field. `searched` is for those types and `line`: 0 at first, then what the
/// last call with a shorter part of the same packet has left there, so that no byte is searched twice.
measured_packet measure_packet(packet type, std::string_view input, const packet_options& options,
                               std::size_t& searched);

/// The limit of the types that search for the end of a line.
std::size_t line_limit(const packet_options& options) noexcept;

constexpr bool is_blank(char character) noexcept { return character == ' ' || character == '\t'; }

}  // namespace dialtone::detail
