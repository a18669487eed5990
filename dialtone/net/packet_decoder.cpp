// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/packet_decoder.hpp>

#include <algorithm>
#include <utility>

#include <dialtone/base/assert.hpp>

namespace dialtone {

namespace {

void grow_for(bytes_builder& assembly, std::size_t added, std::size_t total) {
  const std::size_t needed = assembly.size() + added;
  if (needed <= assembly.capacity()) return;
  // To the size of the packet in the end, and no further: the packet keeps the whole buffer alive.
  assembly.reserve(std::min(total, std::max(needed, assembly.capacity() * 2)));
}

/// A packet may be kept for long, and must not keep a large buffer alive for little.
bytes own_slice(const bytes& piece, std::size_t offset, std::size_t size) {
  const bool shares = piece.retained_size() <= packet_decoder::shared_buffer || size >= piece.retained_size() / 4;
  return shares ? piece.slice(offset, size) : bytes::copy(piece.span().subspan(offset, size));
}

}  // namespace

packet_decoder::packet_decoder(packet type, const packet_options& options) : type_(type), options_(options) {
  DIALTONE_ASSERT(valid(options), "the limits of packets must be in their ranges");
}

void packet_decoder::set(packet type, const packet_options& options) {
  set(options);
  type_ = type;
  in_headers_ = false;
}

void packet_decoder::set(const packet_options& options) {
  DIALTONE_ASSERT(valid(options), "the limits of packets must be in their ranges");
  put_assembly_back();
  options_ = options;
}

void packet_decoder::receive(bytes data) {
  if (data.empty()) return;
  const std::size_t size = data.size();
  if (first_ < pieces_.size() && pieces_.back().size() + size <= bytes::inline_capacity) {
    pieces_.back() = concat({pieces_.back(), data});
  } else if (first_ < pieces_.size() || !front().empty()) {
    pieces_.push_back(std::move(data));
  } else {
    front_ = std::move(data);
    offset_ = 0;
  }
  buffered_ += size;
}

void packet_decoder::unrecv(bytes data) {
  if (data.empty()) return;
  const std::size_t size = data.size();
  put_assembly_back();
  put_before(std::move(data));
  buffered_ += size;
}

packet_decoder::result<bytes> packet_decoder::next() {
  result<bytes> line = cut(std::nullopt);
  // Of header fields only where they end: to take each apart costs four times as much as to cut it.
  if (type_ == packet::http && line && *line)
    in_headers_ = in_headers_ ? !detail::ends_http_headers(**line)
                              : !std::holds_alternative<http_error>(parse_http_start_line(**line));
  return line;
}

packet_decoder::result<http_packet> packet_decoder::next_http() {
  DIALTONE_ASSERT(type_ == packet::http || type_ == packet::httph, "only http and httph have packets of HTTP");
  const bool in_headers = framing() == packet::httph;
  const result<bytes> line = cut(std::nullopt);
  if (!line) return std::unexpected(line.error());
  if (!*line) return std::nullopt;
  http_packet parsed = in_headers ? parse_http_header_line(**line) : parse_http_start_line(**line);
  remember(parsed);
  return parsed;
}

std::optional<bytes> packet_decoder::take(std::size_t count) {
  DIALTONE_ASSERT(count > 0, "to take nothing makes no sense: next() takes what there is");
  return cut(count).value();
}

bytes_list packet_decoder::take_all() {
  put_assembly_back();
  bytes_list all(front_.drop(offset_));
  for (std::size_t i = first_; i < pieces_.size(); ++i) all.append(std::move(pieces_[i]));
  front_ = bytes();
  offset_ = first_ = buffered_ = 0;
  pieces_ = std::vector<bytes>();
  return all;
}

packet_decoder::result<bytes> packet_decoder::cut(std::optional<std::size_t> count) {
  if (!assembly_.empty()) return assemble(count);
  const detail::measured_packet measured = measure(front(), count);
  if (!measured) return std::unexpected(measured.error());
  if (*measured && (*measured)->total <= front().size()) return take_from_front(**measured);
  if (first_ < pieces_.size()) return assemble(count);
  return wait_for(*measured);
}

packet_decoder::result<bytes> packet_decoder::assemble(std::optional<std::size_t> count) {
  std::size_t pulled = 0;
  for (;;) {
    const detail::measured_packet measured = measure(assembly_.view(), count);
    if (!measured) return std::unexpected(measured.error());
    if (*measured && (*measured)->total <= assembly_.size()) return take_assembled(**measured, pulled);
    if (front().empty() && !advance()) return wait_for(*measured);
    pulled = pull(*measured);
  }
}

detail::measured_packet packet_decoder::measure(std::string_view input, std::optional<std::size_t> count) {
  if (count) return detail::packet_frame{.offset = 0, .size = *count, .total = *count};
  return detail::measure_packet(framing(), input, options_, searched_);
}

bytes packet_decoder::take_from_front(const detail::packet_frame& frame) {
  const bool whole = offset_ == 0 && frame.size == front_.size();
  bytes content = whole ? std::move(front_) : own_slice(front_, offset_ + frame.offset, frame.size);
  offset_ = whole ? 0 : offset_ + frame.total;
  taken(frame.total);
  return content;
}

bytes packet_decoder::take_assembled(const detail::packet_frame& frame, std::size_t pulled) {
  const std::size_t surplus = assembly_.size() - frame.total;
  if (surplus > pulled) {
    put_assembly_back();
    return take_from_front(frame);
  }
  // What had to be looked at behind the packet is still in the piece.
  offset_ -= surplus;
  bytes content = assembly_.finish().slice(frame.offset, frame.size);
  taken(frame.total);
  return content;
}

/// The piece in front may be kept for long now, and must not keep a large buffer alive for little.
std::nullopt_t packet_decoder::wait_for(const known_frame& frame) {
  const std::size_t held = assembly_.size() + front().size();
  missing_ = frame ? frame->total - held : 1;
  if (!front().empty() && front().size() <= front_.retained_size() / 4) {
    front_ = front_.drop(offset_).compact();
    offset_ = 0;
  }
  return std::nullopt;
}

std::size_t packet_decoder::pull(const known_frame& frame) {
  const std::size_t size = pull_size(frame);
  if (frame) grow_for(assembly_, size, frame->total);
  assembly_.append(front().substr(0, size));
  offset_ += size;
  return size;
}

/// As much as belongs to the packet for certain, and one byte where that has to be looked at.
std::size_t packet_decoder::pull_size(const known_frame& frame) const {
  const std::size_t held = assembly_.size();
  if (frame) return std::min(frame->total - held, front().size());
  const packet type = framing();
  if (type != packet::line && type != packet::http && type != packet::httph) return 1;
  if (type == packet::httph && assembly_.view().ends_with('\n')) return 1;
  const char delimiter = type == packet::line ? options_.line_delimiter : '\n';
  const std::size_t found = front().find(delimiter, searched_ - std::min(searched_, held));
  // One byte more than the limit shows that it is exceeded.
  const std::size_t limit = detail::line_limit(options_) + 1;
  return std::min(
      {found == bytes::npos ? front().size() : found + 1, front().size(), limit - std::min(held, limit - 1)});
}

void packet_decoder::put_assembly_back() {
  searched_ = 0;
  if (!assembly_.empty()) put_before(assembly_.finish());
}

void packet_decoder::put_before(bytes data) {
  if (!front().empty()) {
    bytes rest = front_.drop(offset_);
    if (first_ > 0) {
      pieces_[--first_] = std::move(rest);
    } else {
      pieces_.insert(pieces_.begin(), std::move(rest));
    }
  }
  front_ = std::move(data);
  offset_ = 0;
}

/// To the next piece; false when there is none.
bool packet_decoder::advance() {
  offset_ = 0;
  if (first_ == pieces_.size()) {
    front_ = bytes();
    return false;
  }
  front_ = std::exchange(pieces_[first_++], bytes());
  // Half of them at once, so that a piece is moved twice at most on the average.
  if (first_ * 2 >= pieces_.size()) {
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  return true;
}

void packet_decoder::taken(std::size_t size) {
  buffered_ -= size;
  searched_ = 0;
  if (front().empty()) advance();
  // An idle connection holds no memory.
  if (buffered_ == 0 && pieces_.capacity() > 0) pieces_ = std::vector<bytes>();
}

void packet_decoder::remember(const http_packet& line) {
  if (type_ != packet::http || std::holds_alternative<http_error>(line)) return;
  in_headers_ = !std::holds_alternative<http_eoh>(line);
}

}  // namespace dialtone
