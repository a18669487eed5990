// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/hosts_table.hpp>

#include <algorithm>

#include <dialtone/net/host_name.hpp>

namespace dialtone {

namespace {

constexpr std::string_view blanks = " \t\r";

// The first word, which is taken off the line; empty at its end.
std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(blanks));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

hosts_table::hosts_table(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    add_line(line.substr(0, line.find('#')));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void hosts_table::add_line(std::string_view line) {
  const auto address = ip_address::parse(take_word(line));
  if (!address) return;
  for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
    auto name = host_name_of(word);
    if (!name) continue;
    if (name->ends_with('.')) name->pop_back();
    names_.try_emplace(*address, *name);
    std::vector<ip_address>& known = addresses_[*name];
    if (std::ranges::find(known, *address) == known.end()) known.push_back(*address);
  }
}

std::vector<ip_address> hosts_table::addresses_of(std::string_view host) const {
  if (host.ends_with('.')) host.remove_suffix(1);
  const auto found = addresses_.find(std::string{host});
  return found == addresses_.end() ? std::vector<ip_address>{} : found->second;
}

std::string_view hosts_table::name_of(const ip_address& address) const {
  const auto found = names_.find(address);
  return found == names_.end() ? std::string_view{} : found->second;
}

}  // namespace dialtone
