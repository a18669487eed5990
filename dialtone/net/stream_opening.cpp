// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/stream_opening.hpp>

#include <cerrno>

#include <dialtone/io/socket_option.hpp>
#include <dialtone/net/kernel_options.hpp>
#include <dialtone/net/stream_options.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/io_wait.hpp>

namespace dialtone::detail {

std::expected<opened_handle, net_error> open_stream(io::driver& driver, const socket_address& address) {
  auto handle = driver.open(io::stream_kind(to_socket_name(address)));
  if (!handle) return std::unexpected{error_of(net_operation::open, handle.error()).at(address)};
  return opened_handle{driver, *handle};
}

task<int> bind_patiently(io::driver* driver, io::handle handle, socket_address address) {
  constexpr duration between_attempts = std::chrono::milliseconds{10};
  const time_point last = after_delay(now(), bind_patience);
  for (;;) {
    const int error = driver->bind(handle, to_socket_name(address));
    if (error != EADDRINUSE || address.is_unix() || now() >= last) co_return error;
    co_await sleep_for(between_attempts);
  }
}

// Linux gives a listener's to the connections that come to it; to tell it again would be calls for each of them.
socket_options without_told(socket_options options) {
  options.nodelay.reset();
  options.keepalive.reset();
  options.receive_buffer.reset();
  options.send_buffer.reset();
  options.congestion_control.reset();
  return options;
}

std::expected<stream::socket, net_error> own_stream(io::driver& driver, io::handle connected,
                                                    const socket_options& options) {
  auto* made = new stream_socket{socket_table::here(), driver, connected};
  made->own_by_caller();
  const stream::socket up{made->name()};
  if (auto set = made->set(options); !set) {
    up.close();
    return std::unexpected{set.error()};
  }
  return up;
}

std::expected<stream::listener, net_error> listen_at(opened_handle bound, const socket_address& address,
                                                     listen_parts parts) {
  if (auto checked = check_options(parts.connections); !checked) return std::unexpected{checked.error().at(address)};
  if (auto set = set_kernel_options(bound.driver(), bound.get(), parts.connections); !set)
    return std::unexpected{set.error().at(address)};
  if (int error = bound.driver().listen(bound.get(), parts.backlog); error != 0)
    return std::unexpected{error_of(net_operation::listen, error).at(address)};
  // A Unix socket inherits nothing.
  if (!address.is_unix()) parts.connections = without_told(std::move(parts.connections));
  auto* made = new listen_socket{socket_table::here(), bound.driver(), bound.take(), std::move(parts.connections)};
  made->keep(std::move(parts.file));
  made->own_by_caller();
  auto local = made->local_address();
  if (local) return stream::listener{made->name(), *std::move(local)};
  made->close();
  return std::unexpected{local.error()};
}

namespace {

using socket_or_error = std::expected<stream::socket, net_error>;

constexpr duration between_attempts = std::chrono::milliseconds{5};

task<socket_or_error> connect_now(io::driver* driver, socket_address address, socket_options options) {
  if (auto checked = check_options(options); !checked) co_return std::unexpected{checked.error()};
  auto opened = open_stream(*driver, address);
  if (!opened) co_return std::unexpected{opened.error()};
  if (auto set = set_kernel_options(*driver, opened->get(), options); !set) co_return std::unexpected{set.error()};
  const io::socket_name name = to_socket_name(address);
  io::result connected = co_await connect_from(*driver, opened->get(), name);
  // A Unix socket does not wait for room in the backlog by itself (connect(2)).
  while (connected.error == EAGAIN && address.is_unix()) {
    co_await sleep_for(between_attempts);
    connected = co_await connect_from(*driver, opened->get(), name);
  }
  if (connected.error != 0)
    co_return std::unexpected{net_error::of_system(net_operation::connect, connected.error).at(address)};
  co_return own_stream(*driver, opened->take(), without_told(std::move(options)));
}

}  // namespace

task<socket_or_error> connect_stream(io::driver* driver, socket_address address, socket_options options,
                                     duration limit) {
  if (limit == stream::unlimited) co_return co_await connect_now(driver, address, std::move(options));
  auto connected = co_await with_deadline(limit, connect_now(driver, address, std::move(options)));
  if (connected) co_return std::move(*connected);
  co_return std::unexpected{net_error{net_operation::connect, net_error::timeout}.at(address)};
}

}  // namespace dialtone::detail
