// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/host_name.hpp>

#include <algorithm>

namespace dialtone {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

char in_small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool may_be_in_label(char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_'; }

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= host_label_limit && std::ranges::all_of(label, may_be_in_label);
}

bool is_number(std::string_view label) {
  if (std::ranges::all_of(label, is_digit)) return true;
  return label.starts_with("0x") &&
         std::ranges::all_of(label.substr(2), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

std::string_view without_last_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

}  // namespace

std::optional<std::string> host_name_of(std::string_view text) {
  std::string name{text};
  std::ranges::transform(name, name.begin(), in_small);
  std::string_view rest = without_last_dot(name);
  if (rest.size() > host_name_limit) return {};
  for (;;) {
    const std::string_view label = rest.substr(0, rest.find('.'));
    if (!is_label(label)) return {};
    if (label.size() == rest.size()) return is_number(label) ? std::nullopt : std::optional{name};
    rest.remove_prefix(label.size() + 1);
  }
}

bool is_localhost(std::string_view host) {
  const std::string_view name = without_last_dot(host);
  return name == "localhost" || name.ends_with(".localhost");
}

}  // namespace dialtone
