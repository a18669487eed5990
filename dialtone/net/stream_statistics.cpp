// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/stream_socket.hpp>

namespace dialtone::detail {

namespace {

double average(std::uint64_t bytes, std::uint64_t count) {
  return count == 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(count);
}

}  // namespace

double stream_statistics::received_average() const { return average(received_bytes, received_packets); }

double stream_statistics::sent_average() const { return average(sent_bytes + send_pending, sent_packets); }

stream_statistics stream_socket::statistics() const {
  const std::size_t so_far = sent_so_far();
  return {.received_bytes = received_bytes_,
          .received_packets = received_packets_,
          .sent_bytes = writer_.sent_bytes() + so_far,
          .sent_packets = writer_.sent_packets(),
          .received_largest = received_largest_,
          .sent_largest = writer_.largest(),
          .send_pending = writer_.size() - so_far};
}

}  // namespace dialtone::detail
