// SPDX-License-Identifier: Apache-2.0
// The options of a stream socket. Each is checked before the first one changes anything; the kernel's come first, for
// it may refuse.
#include <dialtone/net/stream_options.hpp>

#include <dialtone/net/kernel_options.hpp>
#include <dialtone/net/stream_socket.hpp>

namespace dialtone::detail {

namespace {

constexpr auto done = std::expected<void, net_error>{};

packet_options merged(packet_options limits, const socket_options& given) {
  limits.packet_size = given.packet_size.value_or(limits.packet_size);
  limits.line_delimiter = given.line_delimiter.value_or(limits.line_delimiter);
  if (given.line_length) limits.line_length = given.line_length;
  return limits;
}

watermarks merged(watermarks marks, const socket_options& given) {
  return {given.high_watermark.value_or(marks.high), given.low_watermark.value_or(marks.low)};
}

// As they would be in force. The first that cannot.
std::optional<std::string_view> wrong_option(const socket_options& given, packet_options limits, watermarks marks) {
  if (!valid({.packet_size = limits.packet_size})) return "packet_size";
  if (!valid(limits)) return "line_length";
  if (marks.high == 0) return "high_watermark";
  if (marks.low >= marks.high) return "low_watermark";
  if (given.send_timeout.value_or(duration::zero()) < duration::zero()) return "send_timeout";
  const duration linger = given.linger.value_or(duration::zero());
  if (linger < duration::zero() || linger > stream_socket::linger_most) return "linger";
  return wrong_kernel_option(given);
}

}  // namespace

std::expected<void, net_error> check_options(const socket_options& given) {
  if (const auto wrong = wrong_option(given, merged(packet_options{}, given), merged(watermarks{}, given)))
    return bad_option(*wrong);
  if (given.active && !given.active->following(active::passive)) return bad_option("active");
  return done;
}

std::expected<socket_options, net_error> stream_socket::options() const {
  const packet_options limits = reader_.limits();
  socket_options told{.active = active_,
                      .packet = reader_.type(),
                      .packet_size = limits.packet_size,
                      .line_length = limits.line_length,
                      .line_delimiter = limits.line_delimiter,
                      .exit_on_close = exit_on_close_,
                      .show_econnreset = show_econnreset_,
                      .high_watermark = writer_.marks.high,
                      .low_watermark = writer_.marks.low,
                      .send_timeout = send_timeout_,
                      .send_timeout_close = send_timeout_close_,
                      .linger = std::chrono::milliseconds{linger_time_}};
  if (!has_ended_) read_kernel_options(driver(), handle_, told);
  return told;
}

socket_options default_options() {
  const packet_options limits;
  const watermarks marks;
  return {.active = active::passive,
          .packet = packet::raw,
          .packet_size = limits.packet_size,
          .line_length = limits.line_length,
          .line_delimiter = limits.line_delimiter,
          .exit_on_close = true,
          .show_econnreset = true,
          .high_watermark = marks.high,
          .low_watermark = marks.low,
          .send_timeout = duration::max(),
          .send_timeout_close = false,
          .linger = stream_socket::linger_limit};
}

std::expected<void, net_error> stream_socket::set(const socket_options& given) {
  const packet_options limits = merged(reader_.limits(), given);
  const watermarks marks = merged(writer_.marks, given);
  const auto mode = given.active ? given.active->following(active_) : active_;
  if (const auto wrong = wrong_option(given, limits, marks)) return bad_option(*wrong);
  if (!mode) return bad_option("active");
  if (waiting_ != nullptr && !mode->is_passive())
    return std::unexpected{net_error{net_operation::setopts, net_error::already_reading}};
  if (auto set = set_kernel_options(driver(), handle_, given); !set) return set;

  reader_.set(given.packet, limits);
  writer_.marks = marks;
  if (given.exit_on_close) exit_on_close_ = *given.exit_on_close;
  if (given.show_econnreset) show_econnreset_ = *given.show_econnreset;
  send_timeout_ = given.send_timeout.value_or(send_timeout_);
  if (given.send_timeout_close) send_timeout_close_ = *given.send_timeout_close;
  if (given.linger) linger_time_ = in_milliseconds(*given.linger);
  active_ = *mode;
  if (active_.is_count() && active_.messages() <= 0) {
    active_ = active::passive;
    if (!tell(passive_message(name()))) return done;
  }
  serve();
  return done;
}

std::expected<bytes, net_error> stream_socket::raw_option(int level, int name, std::size_t size) const {
  return read_raw_option(driver(), handle_, {.level = level, .name = name, .value = {}}, size);
}

void stream_socket::describe(net::socket_info& info) const {
  any_socket::describe(info);
  if (auto peer = peer_address()) info.foreign = std::move(*peer);
  info.active = active_;
  info.packet = reader_.type();
  info.received_bytes = received_bytes_;
  info.received_packets = received_packets_;
  const stream_statistics counted = statistics();
  info.sent_bytes = counted.sent_bytes;
  info.sent_packets = writer_.sent_packets();
  info.unsent_bytes = counted.send_pending;
  info.waiting_readers = waiting_ == nullptr ? 0 : 1;
  info.waiting_senders = writer_.waiting();
}

}  // namespace dialtone::detail
