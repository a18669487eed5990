// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/tcp.hpp>

#include <cerrno>

#include <dialtone/io/socket_option.hpp>
#include <dialtone/net/connect.hpp>
#include <dialtone/net/network_namespace.hpp>
#include <dialtone/net/stream_opening.hpp>
#include <dialtone/net/stream_options.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone::tcp {

namespace {

struct flag {
  io::socket_option which;
  bool value;
};

int prepare(const detail::opened_handle& opened, const listen_options& options, bool is_v6) {
  const flag flags[] = {{io::option::reuse_address, options.reuse_address},
                        {io::option::reuse_port, options.reuse_port}};
  for (const auto& [which, value] : flags)
    if (int error = io::set_option(opened.driver(), opened.get(), which, value); error != 0) return error;
  // An address may be in use on one device and free on another.
  if (const auto& device = options.connections.device; device)
    if (int error = io::set_option(opened.driver(), opened.get(), io::option::device, *device); error != 0)
      return error;
  return is_v6 ? io::set_option(opened.driver(), opened.get(), io::option::v6_only, options.v6_only) : 0;
}

// Small messages should not wait for the acknowledgement of those before them.
socket_options with_defaults(socket_options given) {
  if (!given.nodelay) given.nodelay = true;
  return given;
}

io::driver& driver_here() { return *detail::this_scheduler_of_process().driver; }

}  // namespace

task<std::expected<listener, net_error>> listen(listen_options options) {
  auto ip = ip_address::parse(options.address);
  if (!ip) co_return std::unexpected{net_error{net_operation::listen, net_error::bad_name}.at(options.address)};
  const socket_address address{*ip, options.port};
  auto opened = co_await detail::open_stream_in(std::move(options.network_namespace), &driver_here(), address);
  if (!opened) co_return std::unexpected{opened.error()};
  if (int error = prepare(*opened, options, ip->is_v6()); error != 0)
    co_return std::unexpected{detail::error_of(net_operation::setopts, error).at(address)};
  if (int error = co_await detail::bind_patiently(&opened->driver(), opened->get(), address); error != 0)
    co_return std::unexpected{detail::error_of(net_operation::bind, error).at(address)};
  co_return detail::listen_at(*std::move(opened), address,
                              {options.backlog, with_defaults(std::move(options.connections))});
}

// --- connect ---

namespace {

using socket_or_error = std::expected<socket, net_error>;

task<socket_or_error> connect_as_planned(detail::connect_plan plan) {
  plan.options = with_defaults(std::move(plan.options));
  if (auto checked = detail::check_options(plan.options); !checked) co_return std::unexpected{checked.error()};
  const socket_options options = plan.options;
  auto connected = co_await detail::connect_to_any(std::move(plan));
  if (!connected) co_return std::unexpected{connected.error()};
  co_return detail::own_stream(driver_here(), *connected, detail::without_told(options));
}

}  // namespace

task<socket_or_error> connect(connect_options options) {
  detail::connect_plan plan{.host = options.host,
                            .addresses = {},
                            .local_address = std::move(options.local_address),
                            .network_namespace = std::move(options.network_namespace),
                            .options = std::move(options.connection),
                            .attempt_delay = options.attempt_delay,
                            .deadline = after_delay(now(), options.limit)};
  auto addresses = co_await detail::addresses_of(std::move(options.host), std::move(options.names),
                                                 {.families = options.families, .deadline = plan.deadline});
  if (!addresses) co_return std::unexpected{addresses.error()};
  for (const ip_address& each : *addresses) plan.addresses.emplace_back(each, options.port);
  co_return co_await connect_as_planned(std::move(plan));
}

task<socket_or_error> connect(std::string host, std::uint16_t port, socket_options options, duration limit) {
  return connect({.host = std::move(host), .port = port, .limit = limit, .connection = std::move(options)});
}

task<socket_or_error> connect(socket_address address, socket_options options, duration limit) {
  return [](socket_address address, socket_options options, duration limit) -> task<socket_or_error> {
    if (!address.is_ip())
      co_return std::unexpected{net_error::of_system(net_operation::connect, EAFNOSUPPORT).at(std::move(address))};
    detail::connect_plan plan{.host = {},
                              .addresses = {std::move(address)},
                              .local_address = {},
                              .network_namespace = {},
                              .options = std::move(options),
                              .attempt_delay = {},
                              .deadline = after_delay(now(), limit)};
    co_return co_await connect_as_planned(std::move(plan));
  }(std::move(address), std::move(options), limit);
}

}  // namespace dialtone::tcp
