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

task<std::expected<opened_handle, net_error>> open_stream_in(std::string path, io::driver* driver,
                                                             socket_address address) {
  if (path.empty()) co_return open_stream(*driver, address);
  auto opened = co_await opened_in_pool(std::move(path), io::stream_kind(to_socket_name(address)));
  if (!opened) co_return std::unexpected{opened.error().at(address)};
  try {
    co_return opened_handle{*driver, driver->adopt(*std::move(opened))};
  } catch (const std::system_error& unwatchable) {
    co_return std::unexpected{net_error::of_system(net_operation::open, unwatchable.code().value()).at(address)};
  }
}

}  // namespace dialtone::detail
