// SPDX-License-Identifier: Apache-2.0
// One packet off the front of some bytes, as erlang:decode_packet/3 does: a pure function for who has them in one
// piece. For a stream that arrives in pieces there is packet_decoder, which looks at no byte twice.
#pragma once

#include <cstddef>
#include <optional>
#include <variant>

#include <dialtone/base/bytes.hpp>
#include <dialtone/net/packet.hpp>

namespace dialtone {

struct decoded_packet {
  bytes packet;  ///< A slice of the input, without what the packet type leaves out.
  bytes rest;    ///< All behind the packet.
};

/// The input holds no whole packet yet.
struct more_needed {
  std::optional<std::size_t> size;  ///< How long the input has to be, when its beginning tells.
};

/// An error comes as soon as the input shows it, and stays whatever follows.
using decode_result = std::variant<decoded_packet, more_needed, packet_error>;

/// Of http and httph the packet is the bytes of the line or the header field, for parse_http_start_line and
/// parse_http_header_line. `http` is always a first line here: nothing is remembered.
decode_result decode_packet(packet type, const bytes& input, const packet_options& options = {});

}  // namespace dialtone
