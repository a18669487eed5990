// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/stream_writer.hpp>

#include <algorithm>
#include <limits>
#include <utility>

#include <dialtone/base/bytes_builder.hpp>

namespace dialtone::detail {

bool stream_writer::add(packet type, send_request& request, std::optional<send_result>& told) {
  if (request.is_typed) type = request.type;
  if (type != packet::raw && !fits_packet_header(type, request.data.size())) {
    told = std::unexpected{net_error{net_operation::send, net_error::message_too_long}.leaving(request.data.size())};
    return true;
  }
  request.size = request.data.size();
  request.type = type;
  request.is_typed = 1;
  if (waiting_.empty() && !is_full()) {
    queue(request);
    if (!is_full()) {
      told.emplace();
      return true;
    }
  }
  waiting_.add(request);
  return false;
}

void stream_writer::queue(send_request& request) {
  constexpr std::size_t most = std::numeric_limits<std::int32_t>::max();
  const std::size_t size = request.size + (request.type == packet::raw ? 0 : queue_header(request));
  unsent_ += size;
  ++sent_packets_;
  largest_ = std::max(largest_, static_cast<std::uint32_t>(std::min(size, most)));
  if (!request.data.empty()) queue_.add(std::move(request.data));
  request.end = sent_bytes_ + unsent_;
}

// Apart, as few streams have any. The size of the header.
[[gnu::noinline]] std::size_t stream_writer::queue_header(const send_request& request) {
  bytes header = encode_packet_header(request.type, request.size).value();
  const std::size_t size = header.size();
  if (size != 0) queue_.add(std::move(header));
  return size;
}

namespace {

bool is_small(const bytes& piece) { return piece.size() < stream_writer::small_piece; }

}  // namespace

std::vector<bytes> stream_writer::gathered(std::vector<bytes> pieces) {
  std::size_t kept = 0;
  for (std::size_t first = 0; first < pieces.size();) {
    std::size_t last = first + 1;
    while (last < pieces.size() && is_small(pieces[first]) && is_small(pieces[last])) ++last;
    if (last - first == 1) {
      if (kept != first) pieces[kept] = std::move(pieces[first]);
    } else {
      bytes_builder joined;
      for (std::size_t i = first; i < last; ++i) joined.append(pieces[i]);
      pieces[kept] = joined.finish();
    }
    ++kept;
    first = last;
  }
  pieces.resize(kept);
  return pieces;
}

void stream_writer::sent() {
  sent_bytes_ += under_way_;
  unsent_ -= std::exchange(under_way_, 0);
  if (unsent_ > marks.low) return;
  while (!waiting_.empty()) {
    send_request& first = waiting_.first();
    if (first.end == 0) {
      queue(first);
      if (is_full()) return;
    }
    forget(first);
    first.complete(first, {});
  }
}

void stream_writer::fail(const net_error& why, std::size_t sent) {
  sent_bytes_ += sent;
  queue_ = {};
  unsent_ = under_way_ = 0;
  tell_all(why, net_error::rest::dropped, 0);
}

void stream_writer::take_back(std::vector<bytes> unsent) {
  std::size_t left = 0;
  for (const bytes& each : unsent) left += each.size();
  const std::size_t sent = std::exchange(under_way_, 0) - left;
  unsent_ -= sent;
  sent_bytes_ += sent;
  queue_.put_before(std::move(unsent));
}

// --- who waits ---

net_error stream_writer::left_of(const send_request& request, const net_error& why, net_error::rest queued,
                                 std::size_t sent) const {
  if (request.end == 0) return why.leaving(request.size);
  const std::uint64_t gone = sent_bytes_ + sent;
  return why.leaving(request.end > gone ? std::min<std::size_t>(request.size, request.end - gone) : 0, queued);
}

void stream_writer::tell_all(const net_error& why, net_error::rest queued, std::size_t sent) {
  while (!waiting_.empty()) {
    send_request& told = waiting_.first();
    if (queued == net_error::rest::queued && told.end == 0) queue(told);
    forget(told);
    told.complete(told, std::unexpected{left_of(told, why, queued, sent)});
  }
}

void stream_writer::let_queued_go() {
  if (waiting_.empty() || waiting_.first().end == 0) return;
  send_request& told = waiting_.first();
  forget(told);
  told.complete(told, {});
}

void stream_writer::let_all_in() {
  while (!waiting_.empty()) {
    send_request& told = waiting_.first();
    if (told.end == 0) queue(told);
    forget(told);
    told.complete(told, {});
  }
}

void stream_writer::tell_outside(const net_error& why) {
  while (!waiting_.empty()) {
    send_request& told = waiting_.first();
    forget(told);
    told.complete(told, std::unexpected{why});
  }
}

}  // namespace dialtone::detail
