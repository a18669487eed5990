// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/kernel_options.hpp>

#include <cerrno>
#include <span>
#include <string>

#include <dialtone/io/socket_option.hpp>
#include <dialtone/net/kernel_number.hpp>
#include <dialtone/net/socket_table.hpp>

namespace dialtone::detail {

namespace {

using range = number_range;

struct stream_number : kernel_number<socket_options> {
  io::socket_option which;
  bool of_v6_only = false;
};

template <auto Member, class Unit = void>
stream_number one(std::string_view name, io::socket_option which, range values) {
  return {kernel_number_of<socket_options, Member, Unit>(name, values), which};
}

template <auto Member>
stream_number one_of_v6(std::string_view name, io::socket_option which, range values) {
  stream_number result = one<Member>(name, which, values);
  result.of_v6_only = true;
  return result;
}

std::span<const stream_number> numbers() {
  using options = socket_options;
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  constexpr range keepalive_time{1, 32'767};
  static const stream_number all[] = {
      one<&options::nodelay>("nodelay", io::option::nodelay, range::flag),
      one<&options::cork>("cork", io::option::cork, range::flag),
      one<&options::keepalive>("keepalive", io::option::keepalive, range::flag),
      one<&options::keepalive_idle, seconds>("keepalive_idle", io::option::keepalive_idle, keepalive_time),
      one<&options::keepalive_interval, seconds>("keepalive_interval", io::option::keepalive_interval, keepalive_time),
      one<&options::keepalive_count>("keepalive_count", io::option::keepalive_count, {1, 127}),
      one<&options::user_timeout, milliseconds>("user_timeout", io::option::user_timeout, range::count),
      one<&options::receive_buffer>("receive_buffer", io::option::receive_buffer, range::count),
      one<&options::send_buffer>("send_buffer", io::option::send_buffer, range::count),
      // Before the priority, which IP_TOS sets as well (socket(7)).
      one<&options::tos>("tos", io::option::ip_tos, range::byte),
      one_of_v6<&options::tclass>("tclass", io::option::v6_traffic_class, range::byte),
      one<&options::priority>("priority", io::option::priority, range::byte),
      one<&options::ttl>("ttl", io::option::ip_ttl, range::hops),
      one_of_v6<&options::ttl>("ttl", io::option::v6_hop_limit, range::hops),
      one<&options::dont_route>("dont_route", io::option::dont_route, range::flag),
  };
  return all;
}

/// An option that is a text for the kernel.
struct kernel_text {
  std::string_view name;
  io::socket_option which;
  std::optional<std::string> socket_options::* member;
};

std::span<const kernel_text> texts() {
  static const kernel_text all[] = {
      {"device", io::option::device, &socket_options::device},
      {"congestion_control", io::option::congestion, &socket_options::congestion_control},
  };
  return all;
}

// What the kernel says to options of TCP on a Unix socket. A protocol that sets them runs over both.
constexpr int of_another_transport = EOPNOTSUPP;

std::expected<void, net_error> said(int error, std::string_view name) {
  return option_was_set(error == of_another_transport ? 0 : error, name);
}

std::string name_of(const raw_option& option) {
  return "raw " + std::to_string(option.level) + " " + std::to_string(option.name);
}

}  // namespace

std::unexpected<net_error> bad_option(std::string_view name) {
  return std::unexpected{net_error{net_operation::setopts, net_error::bad_option}.at(name)};
}

std::optional<std::string_view> wrong_kernel_option(const socket_options& given) {
  for (const stream_number& each : numbers())
    if (each.is_wrong_in(given)) return each.name;
  return {};
}

std::expected<void, net_error> set_kernel_options(io::driver& driver, io::handle handle, const socket_options& given) {
  if (const auto wrong = wrong_kernel_option(given)) return bad_option(*wrong);
  for (const stream_number& each : numbers()) {
    const auto value = each.given(given);
    if (!value || (each.of_v6_only && !io::is_v6(driver, handle))) continue;
    if (auto set = said(io::set_option(driver, handle, each.which, static_cast<int>(*value)), each.name); !set)
      return set;
  }
  for (const kernel_text& each : texts())
    if (const auto& value = given.*each.member)
      if (auto set = said(io::set_option(driver, handle, each.which, *value), each.name); !set) return set;
  return set_raw_options(driver, handle, given.raw);
}

void read_kernel_options(io::driver& driver, io::handle handle, socket_options& told) {
  const bool v6 = io::is_v6(driver, handle);
  for (const stream_number& each : numbers())
    if (!each.of_v6_only || v6)
      if (const auto value = io::get_option(driver, handle, each.which)) each.tell(told, *value);
  for (const kernel_text& each : texts())
    if (auto value = io::get_text_option(driver, handle, each.which)) told.*each.member = *std::move(value);
}

std::expected<void, net_error> set_raw_options(io::driver& driver, io::handle handle,
                                               const std::vector<raw_option>& given) {
  for (const raw_option& each : given) {
    const int error = driver.set_option(handle, {each.level, each.name}, std::as_bytes(std::span{each.value.view()}));
    if (error != 0) return std::unexpected{error_of(net_operation::setopts, error).at(name_of(each))};
  }
  return {};
}

std::expected<bytes, net_error> read_raw_option(io::driver& driver, io::handle handle, const raw_option& which,
                                                std::size_t size) {
  std::string value(size, '\0');
  const auto written = driver.option(handle, {which.level, which.name}, std::as_writable_bytes(std::span{value}));
  if (!written) return std::unexpected{error_of(net_operation::getopts, written.error()).at(name_of(which))};
  value.resize(*written);
  return bytes{std::move(value)};
}

}  // namespace dialtone::detail
