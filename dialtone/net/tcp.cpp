// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/tcp.hpp>

#include <cerrno>

#include <dialtone/io/socket_option.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/io_wait.hpp>

namespace dialtone::tcp {

using detail::socket_table;
using detail::stream_socket;

namespace {

using socket_or_error = std::expected<socket, net_error>;

/// Closes with its scope what nobody has taken.
struct unclaimed {
  ~unclaimed() {
    if (handle) driver.close(handle);
  }
  io::handle take() { return std::exchange(handle, {}); }

  io::driver& driver;
  io::handle handle;
};

struct flag {
  io::socket_option which;
  bool value;
};

int prepare(const unclaimed& opened, const listen_options& options, bool is_v6) {
  const flag flags[] = {{io::option::reuse_address, options.reuse_address},
                        {io::option::reuse_port, options.reuse_port}};
  for (const auto& [which, value] : flags)
    if (int error = io::set_option(opened.driver, opened.handle, which, value); error != 0) return error;
  return is_v6 ? io::set_option(opened.driver, opened.handle, io::option::v6_only, options.v6_only) : 0;
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

}  // namespace

task<std::expected<listener, net_error>> listen(listen_options options) {
  options.connections = with_defaults(std::move(options.connections));
  auto ip = ip_address::parse(options.address);
  if (!ip) co_return std::unexpected{net_error{net_operation::listen, net_error::bad_name}.at(options.address)};
  const socket_address address{*ip, options.port};
  const auto failed = [&](net_operation operation, int error) {
    return std::unexpected{detail::error_of(operation, error).at(address)};
  };
  const io::socket_name name = to_socket_name(address);
  socket_table& table = socket_table::here();
  io::driver& driver = *table.home.driver;
  auto handle = driver.open(io::stream_kind(name));
  if (!handle) co_return failed(net_operation::open, handle.error());
  unclaimed opened{driver, *handle};
  if (int error = prepare(opened, options, ip->is_v6()); error != 0) co_return failed(net_operation::setopts, error);
  if (auto set = detail::set_kernel_options(driver, *handle, options.connections); !set)
    co_return std::unexpected{set.error()};
  if (int error = co_await bind_patiently(&driver, *handle, name); error != 0)
    co_return failed(net_operation::bind, error);
  if (int error = driver.listen(*handle, options.backlog); error != 0) co_return failed(net_operation::listen, error);
  auto* made = new detail::listen_socket{table, opened.take(), options.connections};
  made->own_by_caller();
  auto local = made->local_address();
  if (!local) co_return std::unexpected{local.error()};
  co_return listener{made->name(), *local};
}

// --- connect ---

namespace {

task<socket_or_error> connect_now(socket_address address, socket_options options) {
  const io::socket_name name = to_socket_name(address);
  socket_table& table = socket_table::here();
  io::driver& driver = *table.home.driver;
  auto handle = driver.open(io::stream_kind(name));
  if (!handle) co_return std::unexpected{detail::error_of(net_operation::open, handle.error()).at(address)};
  unclaimed opened{driver, *handle};
  if (auto set = detail::set_kernel_options(driver, *handle, options); !set) co_return std::unexpected{set.error()};
  io::result connected = co_await detail::connect_from(*handle, name);
  if (connected.error != 0)
    co_return std::unexpected{net_error::of_system(net_operation::connect, connected.error).at(address)};
  auto* made = new stream_socket{table, opened.take()};
  made->own_by_caller();
  const socket up{made->name()};
  if (auto set = made->set(options); !set) {
    made->close();
    co_return std::unexpected{set.error()};
  }
  co_return up;
}

}  // namespace

task<socket_or_error> connect(socket_address address, socket_options options, duration limit) {
  if (limit == unlimited) co_return co_await connect_now(address, with_defaults(std::move(options)));
  auto connected = co_await with_deadline(limit, connect_now(address, with_defaults(std::move(options))));
  if (connected) co_return std::move(*connected);
  co_return std::unexpected{net_error{net_operation::connect, net_error::timeout}.at(address)};
}

task<socket_or_error> connect(std::string host, std::uint16_t port, socket_options options, duration limit) {
  auto ip = ip_address::parse(host);
  if (!ip) co_return std::unexpected{net_error{net_operation::connect, net_error::nxdomain}.at(host)};
  co_return co_await connect(socket_address{*ip, port}, std::move(options), limit);
}

}  // namespace dialtone::tcp
