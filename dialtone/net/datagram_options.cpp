// SPDX-License-Identifier: Apache-2.0
// The options of a datagram socket. Each is checked before the first one changes anything; the kernel's come first, for
// it may refuse.
#include <dialtone/net/datagram_options.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

#include <dialtone/io/datagram_option.hpp>
#include <dialtone/io/socket_option.hpp>
#include <dialtone/net/datagram_socket.hpp>

namespace dialtone::detail {

namespace {

using done_or_error = std::expected<void, net_error>;

std::unexpected<net_error> refused(net_operation operation, net_error::code_type code) {
  return std::unexpected{net_error{operation, code}};
}

bool fits(std::optional<std::size_t> value) {
  return value.value_or(0) <= std::size_t(std::numeric_limits<int>::max());
}

bool valid(const datagram_options& given) {
  const std::size_t buffer = given.buffer.value_or(1);
  return buffer != 0 && buffer <= datagram_options::buffer_limit && given.read_packets.value_or(1) != 0 &&
         given.ttl.value_or(1) != 0 && fits(given.receive_buffer) && fits(given.send_buffer);
}

template <class Type>
std::optional<Type> as(const std::expected<int, int>& value) {
  return value ? std::optional{static_cast<Type>(*value)} : std::nullopt;
}

template <class Type>
std::optional<int> number(const std::optional<Type>& given) {
  return given ? std::optional{static_cast<int>(*given)} : std::nullopt;
}

}  // namespace

done_or_error datagram_socket::set_kernel_options(const datagram_options& given) {
  struct plain {
    std::optional<int> value;
    io::socket_option which;
  };
  struct of_ip {
    std::optional<int> value;
    io::ip_option which;
  };
  const std::array plains{plain{number(given.receive_buffer), io::option::receive_buffer},
                          plain{number(given.send_buffer), io::option::send_buffer},
                          plain{number(given.broadcast), io::option::broadcast},
                          plain{number(given.gro), io::option::joins_datagrams}};
  const std::array of_ips{of_ip{number(given.tos), io::option::tos},
                          of_ip{number(given.ttl), io::option::ttl},
                          of_ip{number(given.recv_tos), io::option::receives_tos},
                          of_ip{number(given.recv_ttl), io::option::receives_ttl},
                          of_ip{number(given.multicast_ttl), io::option::multicast_ttl},
                          of_ip{number(given.multicast_loop), io::option::multicast_loop}};
  int error = 0;
  for (const auto& [value, which] : plains)
    if (value && error == 0) error = io::set_option(driver(), handle_, which, *value);
  for (const auto& [value, which] : of_ips)
    if (value && error == 0) error = io::set_option(driver(), handle_, which, is_v6_, *value);
  if (given.multicast_interface && error == 0)
    error = io::set_multicast_interface(driver(), handle_, is_v6_, *given.multicast_interface);
  if (error != 0) return std::unexpected{error_of(net_operation::setopts, error)};
  return {};
}

done_or_error datagram_socket::set(const datagram_options& given) {
  const auto mode = given.active ? given.active->following(active_) : active_;
  if (!mode || !valid(given)) return refused(net_operation::setopts, net_error::bad_option);
  if (waiting_ != nullptr && !mode->is_passive()) return refused(net_operation::setopts, net_error::already_reading);
  if (auto set = set_kernel_options(given); !set) return set;
  gro_ = given.gro.value_or(gro_);
  buffer_ = given.buffer.value_or(buffer_);
  read_packets_ = given.read_packets.value_or(read_packets_);
  active_ = *mode;
  if (active_.is_count() && active_.messages() <= 0) {
    active_ = active::passive;
    if (!tell(messages_.passive(name()))) return {};
  }
  // With the room that it had, and perhaps for nobody.
  if (waiting_ == nullptr) driver().cancel(operation_);
  pump();
  return {};
}

std::expected<datagram_options, net_error> datagram_socket::options() const {
  const auto plain = [&](io::socket_option which) { return io::get_option(driver(), handle_, which); };
  const auto of_ip = [&](const io::ip_option& which) { return io::get_option(driver(), handle_, which, is_v6_); };
  return datagram_options{.active = active_,
                          .buffer = buffer_,
                          .read_packets = read_packets_,
                          .receive_buffer = as<std::size_t>(plain(io::option::receive_buffer)),
                          .send_buffer = as<std::size_t>(plain(io::option::send_buffer)),
                          .broadcast = as<bool>(plain(io::option::broadcast)),
                          .tos = as<std::uint8_t>(of_ip(io::option::tos)),
                          .ttl = as<std::uint8_t>(of_ip(io::option::ttl)),
                          .recv_tos = as<bool>(of_ip(io::option::receives_tos)),
                          .recv_ttl = as<bool>(of_ip(io::option::receives_ttl)),
                          .multicast_ttl = as<std::uint8_t>(of_ip(io::option::multicast_ttl)),
                          .multicast_loop = as<bool>(of_ip(io::option::multicast_loop)),
                          .gro = gro_};
}

done_or_error datagram_socket::set_membership(const ip_address& group, std::uint32_t interface, bool joins) {
  io::internet_name name{.is_v6 = group.is_v6(), .scope = group.scope()};
  std::ranges::copy(group.bytes(), name.address.begin());
  const int error = io::set_membership(driver(), handle_, name, interface, joins);
  if (error != 0) return std::unexpected{error_of(net_operation::setopts, error).at(to_string(group))};
  return {};
}

}  // namespace dialtone::detail
