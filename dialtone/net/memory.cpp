// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/memory.hpp>

#include <dialtone/net/memory_drivers.hpp>
#include <dialtone/net/stream_opening.hpp>

namespace dialtone::memory {

std::function<std::unique_ptr<io::driver>()> network::drivers() const {
  return [shared = shared_] { return std::make_unique<io::memory_driver>(shared); };
}

task<std::expected<listener, net_error>> listen(network within, listen_options options) {
  io::driver& driver = detail::memory_drivers::here().of(within.shared());
  auto opened = detail::open_stream(driver, options.address);
  if (!opened) co_return std::unexpected{opened.error()};
  if (int error = driver.bind(opened->get(), to_socket_name(options.address)); error != 0)
    co_return std::unexpected{detail::error_of(net_operation::bind, error).at(options.address)};
  co_return detail::listen_at(*std::move(opened), options.address, {options.backlog, std::move(options.connections)});
}

task<std::expected<socket, net_error>> connect(network within, socket_address address, socket_options options,
                                               duration limit) {
  io::driver& driver = detail::memory_drivers::here().of(within.shared());
  co_return co_await detail::connect_stream(&driver, std::move(address), std::move(options), limit);
}

std::expected<ends, net_error> pair(const socket_options& one, const socket_options& other) {
  io::memory_driver& driver = detail::memory_drivers::here().nameless();
  const auto [first, second] = driver.make_pair();
  const auto here = detail::own_stream(driver, first, one);
  const auto there = detail::own_stream(driver, second, other);
  if (here && there) return ends{*here, *there};
  if (here) here->close();
  if (there) there->close();
  return std::unexpected{here ? there.error() : here.error()};
}

}  // namespace dialtone::memory
