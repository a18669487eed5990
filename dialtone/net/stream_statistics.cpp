// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include <dialtone/net/stream_socket.hpp>

namespace dialtone::detail {

namespace {

double average(std::uint64_t bytes, std::uint64_t count) {
  return count == 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(count);
}

std::uint32_t larger(std::uint32_t known, std::size_t size) {
  return std::max(known, static_cast<std::uint32_t>(std::min<std::size_t>(size, std::numeric_limits<int>::max())));
}

}  // namespace

double stream_statistics::received_average() const { return average(received_bytes, received_packets); }

double stream_statistics::sent_average() const { return average(sent_bytes + send_pending, sent_packets); }

void stream_socket::counters::count_received(std::size_t size) {
  received_bytes += size;
  ++received_packets;
  received_largest = larger(received_largest, size);
}

void stream_socket::counters::count_send(std::size_t size) {
  ++sent_packets;
  sent_largest = larger(sent_largest, size);
}

stream_statistics stream_socket::statistics() const {
  return {.received_bytes = counted_.received_bytes,
          .received_packets = counted_.received_packets,
          .sent_bytes = counted_.sent_bytes,
          .sent_packets = counted_.sent_packets,
          .received_largest = counted_.received_largest,
          .sent_largest = counted_.sent_largest,
          .send_pending = writer_.size()};
}

}  // namespace dialtone::detail
