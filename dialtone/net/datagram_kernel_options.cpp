// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/datagram_kernel_options.hpp>

#include <span>

#include <dialtone/io/datagram_option.hpp>
#include <dialtone/io/socket_option.hpp>
#include <dialtone/net/kernel_number.hpp>
#include <dialtone/net/kernel_options.hpp>

namespace dialtone::detail {

namespace {

using range = number_range;

/// Of one name, or of one for each family.
struct datagram_number : kernel_number<datagram_options> {
  io::ip_option which;
  bool of_family = true;
};

template <auto Member>
datagram_number one(std::string_view name, io::ip_option which, range values) {
  return {kernel_number_of<datagram_options, Member>(name, values), which};
}

template <auto Member>
datagram_number one(std::string_view name, io::socket_option which, range values) {
  datagram_number result = one<Member>(name, io::ip_option{which, which}, values);
  result.of_family = false;
  return result;
}

std::span<const datagram_number> numbers() {
  using options = datagram_options;
  static const datagram_number all[] = {
      one<&options::receive_buffer>("receive_buffer", io::option::receive_buffer, range::count),
      one<&options::send_buffer>("send_buffer", io::option::send_buffer, range::count),
      one<&options::broadcast>("broadcast", io::option::broadcast, range::flag),
      one<&options::gro>("gro", io::option::joins_datagrams, range::flag),
      one<&options::dont_route>("dont_route", io::option::dont_route, range::flag),
      // Before the priority, which IP_TOS sets as well (socket(7)).
      one<&options::tos>("tos", io::option::tos, range::byte),
      one<&options::priority>("priority", io::option::priority, range::byte),
      one<&options::ttl>("ttl", io::option::ttl, range::hops),
      one<&options::recv_tos>("recv_tos", io::option::receives_tos, range::flag),
      one<&options::recv_ttl>("recv_ttl", io::option::receives_ttl, range::flag),
      one<&options::multicast_ttl>("multicast_ttl", io::option::multicast_ttl, range::byte),
      one<&options::multicast_loop>("multicast_loop", io::option::multicast_loop, range::flag),
  };
  return all;
}

}  // namespace

std::optional<std::string_view> wrong_option(const datagram_options& given) {
  const std::size_t buffer = given.buffer.value_or(1);
  if (buffer == 0 || buffer > datagram_options::buffer_limit) return "buffer";
  if (given.read_packets == 0) return "read_packets";
  for (const datagram_number& each : numbers())
    if (each.is_wrong_in(given)) return each.name;
  return {};
}

std::expected<void, net_error> set_kernel_options(io::driver& driver, io::handle handle, bool is_v6,
                                                  const datagram_options& given) {
  for (const datagram_number& each : numbers()) {
    const auto value = each.given(given);
    if (!value) continue;
    const int as_int = static_cast<int>(*value);
    const int error = each.of_family ? io::set_option(driver, handle, each.which, is_v6, as_int)
                                     : io::set_option(driver, handle, each.which.v4, as_int);
    if (auto set = option_was_set(error, each.name); !set) return set;
  }
  if (const auto& index = given.multicast_interface)
    if (auto set = option_was_set(io::set_multicast_interface(driver, handle, is_v6, *index), "multicast_interface");
        !set)
      return set;
  return set_raw_options(driver, handle, given.raw);
}

void read_kernel_options(io::driver& driver, io::handle handle, bool is_v6, datagram_options& told) {
  for (const datagram_number& each : numbers())
    if (const auto value = io::get_option(driver, handle, each.which, is_v6)) each.tell(told, *value);
}

}  // namespace dialtone::detail
