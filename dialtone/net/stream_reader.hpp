// SPDX-License-Identifier: Apache-2.0
// The receiving half of a stream socket: who waits for a packet, and what has arrived and was not taken. Reads on only
// when there is no whole packet, so it holds at most one read beyond the packet in progress; an idle one holds nothing.
// For stream_socket only.
#pragma once

#include <memory>
#include <optional>

#include <dialtone/io/driver.hpp>
#include <dialtone/net/kept_error.hpp>
#include <dialtone/net/packet_decoder.hpp>

namespace dialtone::detail {

using recv_result = std::expected<bytes, net_error>;

/// Somebody who waits for a packet, or for `length` bytes of a raw stream.
struct recv_request {
  explicit recv_request(std::size_t length, void (*complete)(recv_request&, recv_result))
      : length{length}, complete{complete} {}

  std::size_t length;
  void (*complete)(recv_request&, recv_result);
};

class stream_reader {
 public:
  explicit stream_reader(packet type) : type_{type} {}

  packet type() const { return type_; }
  packet_options limits() const { return decoder_ ? decoder_->options() : packet_options{}; }
  /// A type that is given begins anew, also when it is the same.
  void set(std::optional<packet> type, const packet_options& limits);

  /// What the driver has received: data, or the end, after which nothing comes.
  void arrived(bytes data);
  void ended(const net_error& why) {
    if (!end_) end_ = why;
  }
  void unrecv(bytes data) { decoder().unrecv(std::move(data)); }

  /// The next packet or bytes; the end when all is taken. Empty: more has to arrive.
  std::optional<recv_result> take(std::size_t length);
  bool has_ended() const { return static_cast<bool>(end_); }

 private:
  packet_decoder& decoder();

  packet type_;
  kept_error end_;
  bytes raw_;  // arrived, of a raw stream that nobody has asked for an exact length
  std::unique_ptr<packet_decoder> decoder_;
};

}  // namespace dialtone::detail
