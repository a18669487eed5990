// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/simulated_world.hpp>

#include <algorithm>

namespace dialtone::testing::simulated {

host_id simulated_world::add_host(std::string name, std::function<void()> on_ready) {
  const auto added = static_cast<host_id>(hosts_.size());
  const bool is_new = names_.try_emplace(name, added).second;
  DIALTONE_ASSERT(is_new, "each host has a name of its own");
  hosts_.push_back({.name = std::move(name), .addresses = {}, .on_ready = std::move(on_ready)});
  return added;
}

void simulated_world::add_address(host_id host, ip_address address) {
  DIALTONE_ASSERT(!address.is_unspecified() && !address.is_loopback(), "an address leads to one host");
  const bool is_new = addresses_.try_emplace(address.unmapped(), host).second;
  DIALTONE_ASSERT(is_new, "an address belongs to one host");
  this->host(host).addresses.push_back(address.unmapped());
}

simulated_host& simulated_world::host(host_id of) {
  DIALTONE_ASSERT(std::to_underlying(of) < hosts_.size(), "a host belongs to this network");
  return hosts_[std::to_underlying(of)];
}

std::optional<host_id> simulated_world::find(std::string_view name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? std::nullopt : std::optional{found->second};
}

std::optional<host_id> simulated_world::find(const ip_address& address, host_id from) const {
  if (address.is_loopback() || address.is_unspecified()) return from;
  const auto found = addresses_.find(address);
  return found == addresses_.end() ? std::nullopt : std::optional{found->second};
}

std::optional<ip_address> simulated_world::source_address(host_id from, const ip_address& to) {
  if (to.is_loopback() || to.is_unspecified()) return ip_address::loopback(to.family());
  const std::vector<ip_address>& own = host(from).addresses;
  if (std::ranges::find(own, to) != own.end()) return to;
  const auto found = std::ranges::find(own, to.family(), &ip_address::family);
  return found == own.end() ? std::nullopt : std::optional{*found};
}

bool simulated_world::is_local(const ip_address& address, host_id host) const { return find(address, host) == host; }

simulated_path& simulated_world::path(host_id from, host_id to) {
  const std::uint64_t key = std::uint64_t{std::to_underlying(from)} << 32 | std::to_underlying(to);
  const auto found = paths_.find(key);
  if (found != paths_.end()) return found->second;
  const link_options& link = from == to ? options.loopback : options.link;
  return paths_.try_emplace(key, from, to, seed_, link).first->second;
}

}  // namespace dialtone::testing::simulated
