// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/kernel_options.hpp>

#include <cerrno>
#include <limits>
#include <span>
#include <string>
#include <type_traits>

#include <dialtone/io/socket_option.hpp>
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
constexpr range count{0, std::numeric_limits<int>::max()};

/// An option that is a number for the kernel.
struct kernel_number {
  std::string_view name;
  io::socket_option which;
  range values;
  std::optional<number> (*given)(const socket_options&);
  void (*tell)(socket_options&, number);
  bool of_v6_only = false;
};

template <auto Member>
using value_of = std::remove_cvref_t<decltype(*(socket_options{}.*Member))>;

/// `Unit`: of the kernel, for a duration, which is rounded up.
template <auto Member, class Unit = void>
kernel_number one(std::string_view name, io::socket_option which, range values) {
  using value = value_of<Member>;
  return {name, which, values,
          [](const socket_options& options) -> std::optional<number> {
            const auto& given = options.*Member;
            if (!given) return {};
            if constexpr (std::is_void_v<Unit>)
              return static_cast<number>(*given);
            else
              return std::chrono::ceil<Unit>(*given).count();
          },
          [](socket_options& told, number read) {
            if constexpr (std::is_void_v<Unit>)
              told.*Member = static_cast<value>(read);
            else
              told.*Member = Unit{read};
          }};
}

template <auto Member>
kernel_number one_of_v6(std::string_view name, io::socket_option which, range values) {
  kernel_number result = one<Member>(name, which, values);
  result.of_v6_only = true;
  return result;
}

std::span<const kernel_number> numbers() {
  using options = socket_options;
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  constexpr range keepalive_time{1, 32'767};
  static const kernel_number all[] = {
      one<&options::nodelay>("nodelay", io::option::nodelay, flag),
      one<&options::cork>("cork", io::option::cork, flag),
      one<&options::keepalive>("keepalive", io::option::keepalive, flag),
      one<&options::keepalive_idle, seconds>("keepalive_idle", io::option::keepalive_idle, keepalive_time),
      one<&options::keepalive_interval, seconds>("keepalive_interval", io::option::keepalive_interval, keepalive_time),
      one<&options::keepalive_count>("keepalive_count", io::option::keepalive_count, {1, 127}),
      one<&options::user_timeout, milliseconds>("user_timeout", io::option::user_timeout, count),
      one<&options::receive_buffer>("receive_buffer", io::option::receive_buffer, count),
      one<&options::send_buffer>("send_buffer", io::option::send_buffer, count),
      // Before the priority, which IP_TOS sets as well (socket(7)).
      one<&options::tos>("tos", io::option::ip_tos, byte),
      one_of_v6<&options::tclass>("tclass", io::option::v6_traffic_class, byte),
      one<&options::priority>("priority", io::option::priority, byte),
      one<&options::ttl>("ttl", io::option::ip_ttl, {1, 255}),
      one_of_v6<&options::ttl>("ttl", io::option::v6_hop_limit, {1, 255}),
      one<&options::dont_route>("dont_route", io::option::dont_route, flag),
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
  if (error == 0 || error == of_another_transport) return {};
  return std::unexpected{error_of(net_operation::setopts, error).at(name)};
}

std::string name_of(const raw_option& option) {
  return "raw " + std::to_string(option.level) + " " + std::to_string(option.name);
}

}  // namespace

std::unexpected<net_error> bad_option(std::string_view name) {
  return std::unexpected{net_error{net_operation::setopts, net_error::bad_option}.at(name)};
}

std::optional<std::string_view> wrong_kernel_option(const socket_options& given) {
  for (const kernel_number& each : numbers())
    if (const auto value = each.given(given); value && (*value < each.values.least || *value > each.values.most))
      return each.name;
  return {};
}

std::expected<void, net_error> set_kernel_options(io::driver& driver, io::handle handle, const socket_options& given) {
  if (const auto wrong = wrong_kernel_option(given)) return bad_option(*wrong);
  for (const kernel_number& each : numbers()) {
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
  for (const kernel_number& each : numbers())
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
