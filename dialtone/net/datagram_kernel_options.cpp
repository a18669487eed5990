// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/datagram_kernel_options.hpp>

#include <limits>
#include <span>
#include <type_traits>

#include <dialtone/io/datagram_option.hpp>
#include <dialtone/io/socket_option.hpp>
#include <dialtone/net/kernel_options.hpp>
#include <dialtone/net/socket_table.hpp>

namespace dialtone::detail {

namespace {

using number = std::int64_t;

struct range {
  number least;
  number most;
};
constexpr range flag{0, 1};
constexpr range byte{0, 255};
constexpr range hops{1, 255};
constexpr range count{0, std::numeric_limits<int>::max()};

/// An option that is a number for the kernel, of one name or of one for each family.
struct kernel_number {
  std::string_view name;
  io::ip_option which;
  bool of_family;
  range values;
  std::optional<number> (*given)(const datagram_options&);
  void (*tell)(datagram_options&, number);
};

template <auto Member>
kernel_number one(std::string_view name, io::ip_option which, range values) {
  using value = std::remove_cvref_t<decltype(*(datagram_options{}.*Member))>;
  return {name,
          which,
          true,
          values,
          [](const datagram_options& options) -> std::optional<number> {
            const auto& given = options.*Member;
            return given ? std::optional{static_cast<number>(*given)} : std::nullopt;
          },
          [](datagram_options& told, number read) { told.*Member = static_cast<value>(read); }};
}

template <auto Member>
kernel_number one(std::string_view name, io::socket_option which, range values) {
  kernel_number result = one<Member>(name, io::ip_option{which, which}, values);
  result.of_family = false;
  return result;
}

std::span<const kernel_number> numbers() {
  using options = datagram_options;
  static const kernel_number all[] = {
      one<&options::receive_buffer>("receive_buffer", io::option::receive_buffer, count),
      one<&options::send_buffer>("send_buffer", io::option::send_buffer, count),
      one<&options::broadcast>("broadcast", io::option::broadcast, flag),
      one<&options::gro>("gro", io::option::joins_datagrams, flag),
      one<&options::dont_route>("dont_route", io::option::dont_route, flag),
      // Before the priority, which IP_TOS sets as well (socket(7)).
      one<&options::tos>("tos", io::option::tos, byte),
      one<&options::priority>("priority", io::option::priority, byte),
      one<&options::ttl>("ttl", io::option::ttl, hops),
      one<&options::recv_tos>("recv_tos", io::option::receives_tos, flag),
      one<&options::recv_ttl>("recv_ttl", io::option::receives_ttl, flag),
      one<&options::multicast_ttl>("multicast_ttl", io::option::multicast_ttl, byte),
      one<&options::multicast_loop>("multicast_loop", io::option::multicast_loop, flag),
  };
  return all;
}

std::expected<void, net_error> said(int error, std::string_view name) {
  if (error == 0) return {};
  return std::unexpected{error_of(net_operation::setopts, error).at(name)};
}

}  // namespace

std::optional<std::string_view> wrong_option(const datagram_options& given) {
  const std::size_t buffer = given.buffer.value_or(1);
  if (buffer == 0 || buffer > datagram_options::buffer_limit) return "buffer";
  if (given.read_packets == 0) return "read_packets";
  for (const kernel_number& each : numbers())
    if (const auto value = each.given(given); value && (*value < each.values.least || *value > each.values.most))
      return each.name;
  return {};
}

std::expected<void, net_error> set_kernel_options(io::driver& driver, io::handle handle, bool is_v6,
                                                  const datagram_options& given) {
  for (const kernel_number& each : numbers()) {
    const auto value = each.given(given);
    if (!value) continue;
    const int as_int = static_cast<int>(*value);
    const int error = each.of_family ? io::set_option(driver, handle, each.which, is_v6, as_int)
                                     : io::set_option(driver, handle, each.which.v4, as_int);
    if (auto set = said(error, each.name); !set) return set;
  }
  if (const auto& index = given.multicast_interface)
    if (auto set = said(io::set_multicast_interface(driver, handle, is_v6, *index), "multicast_interface"); !set)
      return set;
  return set_raw_options(driver, handle, given.raw);
}

void read_kernel_options(io::driver& driver, io::handle handle, bool is_v6, datagram_options& told) {
  for (const kernel_number& each : numbers())
    if (const auto value = io::get_option(driver, handle, each.which, is_v6)) each.tell(told, *value);
}

}  // namespace dialtone::detail
