// SPDX-License-Identifier: Apache-2.0
// What hosts(5) says: names and addresses from a text such as /etc/hosts. Constant once it is made; for everybody.
//
//   line = address name { alias } [ "#" comment ]
//
// A name in several lines has all of their addresses, in order; an address has the first name of its first line. Lines
// that say nothing of this form are left out, as the system's resolver does.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <dialtone/net/ip_address.hpp>

namespace dialtone {

class hosts_table {
 public:
  hosts_table() = default;
  explicit hosts_table(std::string_view text);

  /// None: empty. `host` as host_name_of gives it, with or without the last dot.
  std::vector<ip_address> addresses_of(std::string_view host) const;
  /// None: empty. While this object lives.
  std::string_view name_of(const ip_address& address) const;
  std::size_t name_count() const { return addresses_.size(); }

 private:
  void add_line(std::string_view line);

  std::unordered_map<std::string, std::vector<ip_address>> addresses_;
  std::unordered_map<ip_address, std::string> names_;
};

}  // namespace dialtone
