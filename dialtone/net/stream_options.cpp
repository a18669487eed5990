// SPDX-License-Identifier: Apache-2.0
// The options of a stream socket. Each is checked before the first one changes anything; the kernel's come first, for
// it may refuse.
#include <array>
#include <cerrno>
#include <limits>
#include <span>
#include <string_view>

#include <dialtone/io/socket_option.hpp>
#include <dialtone/net/stream_socket.hpp>

namespace dialtone::detail {

namespace {

constexpr auto done = std::expected<void, net_error>{};

// What the kernel says to options of TCP on a Unix socket. A protocol that sets them runs over both.
constexpr int of_another_transport = EOPNOTSUPP;

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
    const int error = io::set_option(driver, handle, which, static_cast<int>(*value));
    if (error != 0 && error != of_another_transport) return std::unexpected{error_of(net_operation::setopts, error)};
  }
  if (!given.congestion_control) return done;
  const int error =
      driver.set_option(handle, io::option::congestion, std::as_bytes(std::span{*given.congestion_control}));
  if (error != 0 && error != of_another_transport) return std::unexpected{error_of(net_operation::setopts, error)};
  return done;
}

std::expected<socket_options, net_error> kernel_options(io::driver& driver, io::handle handle) {
  constexpr auto failed = [](int error) { return std::unexpected{error_of(net_operation::getopts, error)}; };
  const io::socket_option asked[] = {io::option::nodelay, io::option::keepalive, io::option::receive_buffer,
                                     io::option::send_buffer};
  std::array<int, std::size(asked)> values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto value = io::get_option(driver, handle, asked[i]);
    if (!value) return failed(value.error());
    values[i] = *value;
  }
  std::array<char, 16> name{};  // TCP_CA_NAME_MAX
  auto written = driver.option(handle, io::option::congestion, std::as_writable_bytes(std::span{name}));
  if (!written) return failed(written.error());
  const std::string_view text{name.data(), *written};
  return socket_options{.nodelay = values[0] != 0,
                        .keepalive = values[1] != 0,
                        .receive_buffer = static_cast<std::size_t>(values[2]),
                        .send_buffer = static_cast<std::size_t>(values[3]),
                        .congestion_control = std::string{text.substr(0, text.find('\0'))}};
}

std::expected<socket_options, net_error> stream_socket::options() const {
  auto now = has_ended_ ? socket_options{} : kernel_options(driver(), handle_);
  if (!now) return now;
  const packet_options limits = reader_.limits();
  now->active = active_;
  now->packet = reader_.type();
  now->packet_size = limits.packet_size;
  now->line_length = limits.line_length;
  now->line_delimiter = limits.line_delimiter;
  now->exit_on_close = exit_on_close_;
  now->show_econnreset = show_econnreset_;
  now->high_watermark = writer_.marks.high;
  now->low_watermark = writer_.marks.low;
  now->send_timeout = send_timeout_;
  now->send_timeout_close = send_timeout_close_;
  return now;
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

  reader_.set(given.packet, limits);
  writer_.marks = marks;
  exit_on_close_ = given.exit_on_close.value_or(exit_on_close_);
  show_econnreset_ = given.show_econnreset.value_or(show_econnreset_);
  send_timeout_ = given.send_timeout.value_or(send_timeout_);
  send_timeout_close_ = given.send_timeout_close.value_or(send_timeout_close_);
  active_ = *mode;
  if (active_.is_count() && active_.messages() <= 0) {
    active_ = active::passive;
    tell(passive_message(name()));
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
