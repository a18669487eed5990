// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/stream_reader.hpp>

namespace dialtone::detail {

packet_decoder& stream_reader::decoder() {
  if (!decoder_) decoder_ = std::make_unique<packet_decoder>(type_);
  if (!raw_.empty()) decoder_->receive(std::exchange(raw_, {}));
  return *decoder_;
}

void stream_reader::set(std::optional<packet> type, const packet_options& limits) {
  if (!type && limits == this->limits()) return;
  type_ = type.value_or(type_);
  if (!decoder_ && type_ == packet::raw && limits == packet_options{}) return;
  if (type)
    decoder().set(*type, limits);
  else
    decoder().set(limits);
}

// A raw stream needs no decoder, which an echo would fill and empty for each message.
void stream_reader::arrived(bytes&& data) {
  if (type_ == packet::raw && raw_.empty() && (!decoder_ || decoder_->empty()))
    raw_ = std::move(data);
  else
    decoder().receive(std::move(data));
}

bool stream_reader::take_packet(std::size_t length, std::optional<recv_result>& taken) {
  if (has_data()) {
    // The type may have become another since the recv has begun: then the length says nothing.
    if (type_ == packet::raw && length != 0) {
      if (auto exactly = decoder().take(length)) taken.emplace(std::move(*exactly));
    } else if (auto next = decoder().next(); !next) {
      fail(next.error());
    } else if (*next) {
      taken.emplace(std::move(**next));
    }
  }
  if (!taken && end_) taken.emplace(std::unexpected{*end_});
  return taken.has_value();
}

std::optional<std::expected<std::size_t, net_error>> stream_reader::take_http(http_packet& line) {
  if (has_data()) {
    const std::size_t held = decoder().buffered();
    if (auto next = decoder().next_http(); !next) {
      fail(next.error());
    } else if (*next) {
      line = std::move(**next);
      return held - decoder().buffered();
    }
  }
  if (end_) return std::unexpected{*end_};
  return std::nullopt;
}

void stream_reader::fail(packet_error why) {
  const auto code = why == packet_error::emsgsize ? net_error::message_too_long : net_error::malformed;
  end_ = net_error{net_operation::recv, code};
}

}  // namespace dialtone::detail
