// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/simulated_socket.hpp>

#include <algorithm>

#include <dialtone/net/address.hpp>

namespace dialtone::testing::simulated {

std::optional<endpoint> to_endpoint(const io::socket_name& name) {
  const auto internet = name.internet();
  if (!internet) return std::nullopt;
  const auto& at = internet->address;
  const ip_address ip = internet->is_v6 ? ip_address::v6(at) : ip_address::v4(at[0], at[1], at[2], at[3]);
  return endpoint{ip.unmapped(), internet->port};
}

io::socket_name to_name(const endpoint& of, bool is_v6) {
  // Of a socket of IPv6 that is bound to nothing, or to all, it is :: and not ::ffff:0.0.0.0.
  const bool is_any = of.ip.is_unspecified();
  const ip_address ip = !is_v6 ? of.ip : is_any ? ip_address::any(ip_family::v6) : of.ip.mapped();
  io::internet_name name{.is_v6 = ip.is_v6(), .port = of.port};
  std::ranges::copy(ip.bytes(), name.address.begin());
  return io::socket_name::of_internet(name);
}

}  // namespace dialtone::testing::simulated
