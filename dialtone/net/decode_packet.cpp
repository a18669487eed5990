// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/decode_packet.hpp>

#include <dialtone/base/assert.hpp>
#include <dialtone/net/packet_frame.hpp>

namespace dialtone {

decode_result decode_packet(packet type, const bytes& input, const packet_options& options) {
  DIALTONE_ASSERT(valid(options), "the limits of packets must be in their ranges");
  std::size_t searched = 0;
  const detail::measured_packet measured = detail::measure_packet(type, input.view(), options, searched);
  if (!measured) return measured.error();
  if (!*measured) return more_needed{};
  const detail::packet_frame& frame = **measured;
  if (frame.total > input.size()) return more_needed{.size = frame.total};
  return decoded_packet{.packet = input.slice(frame.offset, frame.size), .rest = input.drop(frame.total)};
}

}  // namespace dialtone
