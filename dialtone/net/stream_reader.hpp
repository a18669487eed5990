// SPDX-License-Identifier: Apache-2.0
// The receiving half of a stream socket: who waits for a packet, and what has arrived and was not taken. Reads on only
// when there is no whole packet, so it holds at most one read beyond the packet in progress; an idle one holds nothing.
// For stream_socket only.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>

#include <dialtone/io/driver.hpp>
#include <dialtone/net/kept_error.hpp>
#include <dialtone/net/packet_decoder.hpp>

namespace dialtone::detail {

using recv_result = std::expected<bytes, net_error>;

/// Somebody who waits for a packet, or for `length` bytes of a raw stream. Completed when the result is there.
struct recv_request {
  static constexpr std::size_t longest = std::size_t{1} << 62;  // more than ever comes

  explicit recv_request(std::size_t length, void (*complete)(recv_request&))
      : length{std::min(length, longest)}, complete{complete} {}

  std::size_t length : 63;
  std::size_t is_for_http : 1 = 0;  // it is an http_recv_request; in the word that is there anyway
  void (*complete)(recv_request&);
  std::optional<recv_result> result = std::nullopt;  // where it is made: on its way it would be moved five times
};

/// Somebody who waits for a packet of http or httph, taken apart: completed with no bytes when `line` is there.
struct http_recv_request : recv_request {
  explicit http_recv_request(void (*complete)(recv_request&)) : recv_request{0, complete} { is_for_http = 1; }

  http_packet line;
};

class stream_reader {
 public:
  explicit stream_reader(packet type) : type_{type} {}

  packet type() const { return type_; }
  bool has_http() const { return type_ == packet::http || type_ == packet::httph; }
  packet_options limits() const { return decoder_ ? decoder_->options() : packet_options{}; }
  /// A type that is given begins anew, also when it is the same.
  void set(std::optional<packet> type, const packet_options& limits);

  /// What the driver has received: data, or the end, after which nothing comes.
  void arrived(bytes&& data);
  void ended(const net_error& why) {
    if (!end_) end_ = why;
  }
  void unrecv(bytes data) { decoder().unrecv(std::move(data)); }

  /// The next packet or bytes; the end when all is taken. False: more has to arrive.
  bool take(std::size_t length, std::optional<recv_result>& taken) {
    if (type_ != packet::raw || length != 0 || raw_.empty()) return (has_data() || end_) && take_packet(length, taken);
    taken.emplace(std::move(raw_));
    return true;
  }
  /// Whether what arrives now is what the next take(0) gives, so that it needs not be put down in between.
  bool is_passed_by() const {
    return type_ == packet::raw && raw_.empty() && !end_ && (!decoder_ || decoder_->empty());
  }
  /// The same of http or httph, taken apart: how many bytes it was. Empty: more has to arrive.
  std::optional<std::expected<std::size_t, net_error>> take_http(http_packet& line);
  bool has_ended() const { return static_cast<bool>(end_); }

 private:
  packet_decoder& decoder();
  bool take_packet(std::size_t length, std::optional<recv_result>& taken);
  bool has_data() const { return decoder_ || !raw_.empty(); }
  void fail(packet_error why);

  packet type_;
  kept_error end_;
  bytes raw_;  // arrived, of a raw stream that nobody has asked for an exact length
  std::unique_ptr<packet_decoder> decoder_;
};

}  // namespace dialtone::detail
