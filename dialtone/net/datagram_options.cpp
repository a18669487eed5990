// SPDX-License-Identifier: Apache-2.0
// The options of a datagram socket. Each is checked before the first one changes anything; the kernel's come first, for
// it may refuse.
#include <dialtone/net/datagram_options.hpp>

#include <algorithm>

#include <dialtone/io/datagram_option.hpp>
#include <dialtone/net/datagram_kernel_options.hpp>
#include <dialtone/net/datagram_socket.hpp>
#include <dialtone/net/kernel_options.hpp>

namespace dialtone::detail {

using done_or_error = std::expected<void, net_error>;

done_or_error datagram_socket::set(const datagram_options& given) {
  const auto mode = given.active ? given.active->following(active_) : active_;
  if (const auto wrong = wrong_option(given)) return bad_option(*wrong);
  if (!mode) return bad_option("active");
  if (waiting_ != nullptr && !mode->is_passive())
    return std::unexpected{net_error{net_operation::setopts, net_error::already_reading}};
  if (auto set = set_kernel_options(driver(), handle_, is_v6_, given); !set) return set;
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
  datagram_options told;
  read_kernel_options(driver(), handle_, is_v6_, told);
  told.active = active_;
  told.buffer = buffer_;
  told.read_packets = read_packets_;
  told.gro = gro_;
  return told;
}

std::expected<bytes, net_error> datagram_socket::raw_option(int level, int name, std::size_t size) const {
  return read_raw_option(driver(), handle_, {.level = level, .name = name, .value = {}}, size);
}

done_or_error datagram_socket::set_membership(const ip_address& group, std::uint32_t interface, bool joins) {
  io::internet_name name{.is_v6 = group.is_v6(), .scope = group.scope()};
  std::ranges::copy(group.bytes(), name.address.begin());
  const int error = io::set_membership(driver(), handle_, name, interface, joins);
  if (error != 0) return std::unexpected{error_of(net_operation::setopts, error).at(to_string(group))};
  return {};
}

}  // namespace dialtone::detail
