// SPDX-License-Identifier: Apache-2.0
// What the protocols of a simulated network stand on: time and its events, the hosts, and the paths between them. For
// simulated_network, on its thread.
#pragma once

#include <deque>
#include <map>
#include <unordered_map>
#include <utility>

#include <dialtone/testing/simulated_events.hpp>
#include <dialtone/testing/simulated_path.hpp>
#include <dialtone/testing/simulated_ports.hpp>

namespace dialtone::testing::simulated {

struct simulated_host {
  std::string name;
  std::vector<ip_address> addresses;
  std::function<void()> on_ready;
  bool up = true;
  bool paused = false;
  std::uint32_t incarnation = 0;  // how often it has crashed
  simulated_ports tcp = {};
  simulated_ports udp = {};
  std::vector<event_subject> held = {};  // what was due while it was paused
};

class simulated_world {
 public:
  simulated_world(virtual_clock& clock, std::uint64_t seed, network_options options)
      : options{options}, clock_{clock}, seed_{seed} {}

  time_point now() { return clock_.now(); }

  host_id add_host(std::string name, std::function<void()> on_ready);
  void add_address(host_id host, ip_address address);
  /// A number that add_host has given, which is asserted.
  simulated_host& host(host_id of);
  std::size_t host_count() const { return hosts_.size(); }
  std::optional<host_id> find(std::string_view name) const;
  /// Who has an address, as `from` sees it. Empty: nobody.
  std::optional<host_id> find(const ip_address& address, host_id from) const;
  /// The address that `from` has on the way to `to`; empty: it has none of that family.
  std::optional<ip_address> source_address(host_id from, const ip_address& to);
  /// Whether a socket of the host may be bound to it.
  bool is_local(const ip_address& address, host_id host) const;
  simulated_path& path(host_id from, host_id to);

  void tell(network_event_kind kind, host_id from, host_id to, std::uint64_t connection = 0,
            std::string_view content = {}) {
    if (told) told({now(), kind, from, to, connection, content});
  }

  const network_options options;
  simulated_events events;
  std::function<void(const network_event&)> told;

 private:
  virtual_clock& clock_;
  std::uint64_t seed_;
  std::deque<simulated_host> hosts_;
  // Both are only looked up, never gone through.
  std::map<ip_address, host_id> addresses_;
  std::map<std::string, host_id, std::less<>> names_;
  std::unordered_map<std::uint64_t, simulated_path> paths_;
};

}  // namespace dialtone::testing::simulated
