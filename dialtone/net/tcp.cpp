// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/tcp.hpp>

#include <cerrno>

#include <dialtone/io/socket_option.hpp>
#include <dialtone/net/stream_opening.hpp>
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
  return is_v6 ? io::set_option(opened.driver(), opened.get(), io::option::v6_only, options.v6_only) : 0;
}

// Small messages should not wait for the acknowledgement of those before them.
socket_options with_defaults(socket_options given) {
  if (!given.nodelay) given.nodelay = true;
  return given;
}

// The kernel may hold an address for some milliseconds after the end of a process that was killed.
constexpr duration patience = std::chrono::milliseconds{500};
constexpr duration between_attempts = std::chrono::milliseconds{10};

task<int> bind_patiently(io::driver* driver, io::handle handle, io::socket_name name) {
  const time_point last = after_delay(now(), patience);
  for (;;) {
    const int error = driver->bind(handle, name);
    if (error != EADDRINUSE || now() >= last) co_return error;
    co_await sleep_for(between_attempts);
  }
}

io::driver& driver_here() { return *detail::this_scheduler_of_process().driver; }

}  // namespace

task<std::expected<listener, net_error>> listen(listen_options options) {
  auto ip = ip_address::parse(options.address);
  if (!ip) co_return std::unexpected{net_error{net_operation::listen, net_error::bad_name}.at(options.address)};
  const socket_address address{*ip, options.port};
  auto opened = detail::open_stream(driver_here(), address);
  if (!opened) co_return std::unexpected{opened.error()};
  if (int error = prepare(*opened, options, ip->is_v6()); error != 0)
    co_return std::unexpected{detail::error_of(net_operation::setopts, error).at(address)};
  if (int error = co_await bind_patiently(&opened->driver(), opened->get(), to_socket_name(address)); error != 0)
    co_return std::unexpected{detail::error_of(net_operation::bind, error).at(address)};
  co_return detail::listen_at(*std::move(opened), address,
                              {options.backlog, with_defaults(std::move(options.connections))});
}

task<std::expected<socket, net_error>> connect(socket_address address, socket_options options, duration limit) {
  if (!address.is_ip())
    co_return std::unexpected{net_error::of_system(net_operation::connect, EAFNOSUPPORT).at(std::move(address))};
  co_return co_await detail::connect_stream(&driver_here(), std::move(address), with_defaults(std::move(options)),
                                            limit);
}

task<std::expected<socket, net_error>> connect(std::string host, std::uint16_t port, socket_options options,
                                               duration limit) {
  auto ip = ip_address::parse(host);
  if (!ip) co_return std::unexpected{net_error{net_operation::connect, net_error::nxdomain}.at(host)};
  co_return co_await connect(socket_address{*ip, port}, std::move(options), limit);
}

}  // namespace dialtone::tcp
