// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/services.hpp>

#include <utility>

#include <dialtone/io/name_service.hpp>
#include <dialtone/runtime/blocking.hpp>

namespace dialtone {

namespace {

std::unexpected<net_error> failed(const io::lookup_error& error, const std::string& about) {
  const net_error found = error.why == io::lookup_failure::system
                              ? net_error::of_system(net_operation::resolve, error.system_code)
                              : net_error{net_operation::resolve, net_error::nxdomain};
  return std::unexpected{found.at(about)};
}

}  // namespace

task<std::expected<std::uint16_t, net_error>> port_of_service(std::string service, std::string protocol) {
  const std::string about = service + "/" + protocol;
  auto found = co_await blocking([service = std::move(service), protocol = std::move(protocol)] {
    return io::port_of_service(service, protocol);
  });
  if (!found) co_return failed(found.error(), about);
  co_return *found;
}

task<std::expected<std::string, net_error>> service_of_port(std::uint16_t port, std::string protocol) {
  const std::string about = std::to_string(port) + "/" + protocol;
  auto found =
      co_await blocking([port, protocol = std::move(protocol)] { return io::service_of_port(port, protocol); });
  if (!found) co_return failed(found.error(), about);
  co_return *std::move(found);
}

}  // namespace dialtone
