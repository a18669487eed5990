// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/stream_writer.hpp>

#include <utility>

#include <dialtone/base/bytes_builder.hpp>

namespace dialtone::detail {

void stream_writer::add(bytes header, bytes data) {
  unsent_ += header.size() + data.size();
  if (!header.empty()) queue_.add(std::move(header));
  if (!data.empty()) queue_.add(std::move(data));
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
  unsent_ -= std::exchange(under_way_, 0);
  if (!waiting_.empty() && unsent_ <= marks.low) tell_all({});
}

void stream_writer::fail(const net_error& why) {
  queue_ = {};
  unsent_ = under_way_ = 0;
  tell_all(std::unexpected{why});
}

std::size_t stream_writer::take_back(std::vector<bytes> unsent) {
  std::size_t left = 0;
  for (const bytes& each : unsent) left += each.size();
  const std::size_t sent = std::exchange(under_way_, 0) - left;
  unsent_ -= sent;
  queue_.put_before(std::move(unsent));
  return sent;
}

void stream_writer::tell_all(const send_result& result) {
  while (!waiting_.empty()) {
    send_request& told = waiting_.first();
    forget(told);
    told.complete(told, result);
  }
}

}  // namespace dialtone::detail
