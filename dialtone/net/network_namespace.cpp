// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/network_namespace.hpp>

#include <system_error>

#include <dialtone/io/network_namespace.hpp>
#include <dialtone/io/socket_option.hpp>
#include <dialtone/runtime/blocking.hpp>

namespace dialtone::detail {

namespace {

using socket_or_error = std::expected<io::released, net_error>;

task<socket_or_error> opened_in_pool(std::string path, io::socket_kind kind) {
  try {
    auto opened = co_await blocking([path, kind] { return io::open_socket_in(path, kind); });
    if (!opened) co_return std::unexpected{net_error::of_system(net_operation::open, opened.error()).at(path)};
    co_return *std::move(opened);
  } catch (const blocking_overloaded&) {
    co_return std::unexpected{net_error{net_operation::open, net_error::system_limit}.at(path)};
  }
}

}  // namespace

task<std::expected<opened_handle, net_error>> open_socket_in(std::string path, io::driver* driver, io::socket_kind kind,
                                                             socket_address address) {
  if (path.empty()) {
    auto here = driver->open(kind);
    if (!here) co_return std::unexpected{error_of(net_operation::open, here.error()).at(address)};
    co_return opened_handle{*driver, *here};
  }
  auto opened = co_await opened_in_pool(std::move(path), kind);
  if (!opened) co_return std::unexpected{opened.error().at(address)};
  try {
    co_return opened_handle{*driver, driver->adopt(*std::move(opened))};
  } catch (const std::system_error& unwatchable) {
    co_return std::unexpected{net_error::of_system(net_operation::open, unwatchable.code().value()).at(address)};
  }
}

task<std::expected<opened_handle, net_error>> open_stream_in(std::string path, io::driver* driver,
                                                             socket_address address) {
  const io::socket_kind kind = io::stream_kind(to_socket_name(address));
  return open_socket_in(std::move(path), driver, kind, std::move(address));
}

}  // namespace dialtone::detail
