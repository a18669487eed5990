// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/datagram_reader.hpp>

#include <algorithm>
#include <utility>

namespace dialtone::detail {

namespace {

socket_address source_of(const io::socket_name& name) {
  const auto address = from_socket_name(name);
  if (!address) return socket_address::unix_unnamed();
  return address->is_ip() ? socket_address{address->ip().unmapped(), address->port()} : *address;
}

}  // namespace

void datagram_reader::arrived(bytes data, const io::datagram_origin& origin) {
  rest_ = std::move(data);
  segment_size_ = origin.ancillary.segment_size;
  has_more_ = true;
  cut_ = origin.truncated;
  common_.source = source_of(origin.source);
  common_.ancillary = {origin.ancillary.tos, origin.ancillary.ttl};
}

std::optional<datagram> datagram_reader::take(std::size_t most) {
  if (!has_more_) return std::nullopt;
  const std::size_t size = segment_size_ == 0 ? rest_.size() : std::min(segment_size_, rest_.size());
  datagram taken = common_;
  taken.bytes = rest_.first(std::min(size, most));
  rest_ = rest_.drop(size);
  has_more_ = !rest_.empty();
  taken.truncated = size > most || (!has_more_ && cut_);
  return taken;
}

}  // namespace dialtone::detail
