// SPDX-License-Identifier: Apache-2.0
// The options of a stream socket. Each is checked before the first one changes anything; the kernel's come first, for
// it may refuse.
#include <limits>

#include <dialtone/io/socket_option.hpp>
#include <dialtone/net/stream_socket.hpp>

namespace dialtone::detail {

namespace {

constexpr auto done = std::expected<void, net_error>{};

std::unexpected<net_error> bad_option() {
  return std::unexpected{net_error{net_operation::setopts, net_error::bad_option}};
}

packet_options merged(packet_options limits, const socket_options& given) {
  limits.packet_size = given.packet_size.value_or(limits.packet_size);
  limits.line_delimiter = given.line_delimiter.value_or(limits.line_delimiter);
  if (given.line_length) limits.line_length = given.line_length;
  return limits;
}

watermarks merged(watermarks marks, const socket_options& given) {
  return {given.high_watermark.value_or(marks.high), given.low_watermark.value_or(marks.low)};
}

// The sum with what is still to come; none when it is out of range.
std::optional<active> next_mode(active before, active wanted) {
  if (!wanted.is_count()) return wanted;
  const std::int32_t sum = wanted.messages() + (before.is_count() ? before.messages() : 0);
  if (sum < active::least || sum > active::most) return std::nullopt;
  return active::count(sum);
}

}  // namespace

std::expected<void, net_error> set_kernel_options(io::driver& driver, io::handle handle, const socket_options& given) {
  struct setting {
    std::optional<std::size_t> value;
    io::socket_option which;
  };
  const setting settings[] = {{given.nodelay, io::option::nodelay},
                              {given.keepalive, io::option::keepalive},
                              {given.receive_buffer, io::option::receive_buffer},
                              {given.send_buffer, io::option::send_buffer}};
  for (const auto& [value, which] : settings) {
    if (!value) continue;
    if (*value > std::size_t(std::numeric_limits<int>::max())) return bad_option();
    if (int error = io::set_option(driver, handle, which, static_cast<int>(*value)); error != 0)
      return std::unexpected{error_of(net_operation::setopts, error)};
  }
  if (!given.congestion_control) return done;
  const int error =
      driver.set_option(handle, io::option::congestion, std::as_bytes(std::span{*given.congestion_control}));
  if (error != 0) return std::unexpected{error_of(net_operation::setopts, error)};
  return done;
}

std::expected<void, net_error> stream_socket::set(const socket_options& given) {
  const packet_options limits = merged(reader_.limits(), given);
  const watermarks marks = merged(writer_.marks, given);
  const auto mode = given.active ? next_mode(active_, *given.active) : active_;
  const bool valid_marks = marks.high > 0 && marks.low < marks.high;
  const bool valid_time = given.send_timeout.value_or(duration::zero()) >= duration::zero();
  if (!valid(limits) || !valid_marks || !mode || !valid_time) return bad_option();
  if (waiting_ != nullptr && !mode->is_passive())
    return std::unexpected{net_error{net_operation::setopts, net_error::already_reading}};
  if (auto set = set_kernel_options(driver(), handle_, given); !set) return set;

  reader_.set(given.packet.value_or(reader_.type()), limits);
  writer_.marks = marks;
  exit_on_close_ = given.exit_on_close.value_or(exit_on_close_);
  show_econnreset_ = given.show_econnreset.value_or(show_econnreset_);
  send_timeout_ = given.send_timeout.value_or(send_timeout_);
  send_timeout_close_ = given.send_timeout_close.value_or(send_timeout_close_);
  active_ = *mode;
  if (active_.is_count() && active_.messages() <= 0) {
    active_ = active::passive;
    tell(messages_.passive(name()));
  }
  serve();
  return done;
}

stream_statistics stream_socket::statistics() const {
  stream_statistics now = counted_;
  now.send_pending = writer_.size();
  return now;
}

void stream_socket::describe(net::socket_info& info) const {
  any_socket::describe(info);
  if (auto peer = peer_address()) info.foreign = std::move(*peer);
  info.active = active_;
  info.packet = reader_.type();
  info.received_bytes = counted_.received_bytes;
  info.received_packets = counted_.received_packets;
  info.sent_bytes = counted_.sent_bytes;
  info.sent_packets = counted_.sent_packets;
  info.unsent_bytes = writer_.size();
  info.waiting_readers = waiting_ == nullptr ? 0 : 1;
  info.waiting_senders = writer_.waiting();
}

}  // namespace dialtone::detail
