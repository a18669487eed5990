// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/environment.hpp>

#include <fmt/format.h>
#include <array>
#include <charconv>
#include <memory>

namespace dialtone {

namespace {

constexpr std::array names{"true or false", "an integer", "a number", "a text"};

template <class Number>
Number read_number(std::string_view key, std::string_view text, std::size_t type) {
  Number number{};
  const char* end = std::to_address(text.end());
  auto [stopped, error] = std::from_chars(std::to_address(text.begin()), end, number);
  if (error != std::errc{} || stopped != end)
    throw environment_error{fmt::format("setting '{}' is {}, not '{}'", key, names[type], text)};
  return number;
}

environment::value read(std::string_view key, std::string_view text, std::size_t type) {
  switch (type) {
    case 0:
      if (text == "true") return true;
      if (text == "false") return false;
      throw environment_error{fmt::format("setting '{}' is {}, not '{}'", key, names[type], text)};
    case 1:
      return read_number<std::int64_t>(key, text, type);
    case 2:
      return read_number<double>(key, text, type);
    default:
      return std::string{text};
  }
}

}  // namespace

environment::environment(std::initializer_list<setting> defaults) {
  for (const setting& one : defaults) {
    if (one.key.empty()) throw environment_error{"a setting needs a key"};
    if (!values_.emplace(one.key, one.with).second)
      throw environment_error{fmt::format("setting '{}' is there twice", one.key)};
  }
}

const environment::value& environment::find(std::string_view key, std::size_t type) const {
  auto found = values_.find(key);
  if (found == values_.end()) throw environment_error{fmt::format("there is no setting '{}'", key)};
  if (found->second.index() != type)
    throw environment_error{
        fmt::format("setting '{}' is {}, asked for as {}", key, names[found->second.index()], names[type])};
  return found->second;
}

void environment::out_of_range(std::string_view key, std::int64_t found) {
  throw environment_error{fmt::format("setting '{}' is {}, which is out of range here", key, found)};
}

void environment::set(std::string_view key, std::string_view text) {
  auto found = values_.find(key);
  if (found == values_.end()) throw environment_error{fmt::format("there is no setting '{}'", key)};
  found->second = read(key, text, found->second.index());
}

std::vector<std::string> environment::keys() const {
  std::vector<std::string> result;
  for (const auto& [key, with] : values_) result.push_back(key);
  return result;
}

std::string environment::text(std::string_view key) const {
  auto found = values_.find(key);
  if (found == values_.end()) throw environment_error{fmt::format("there is no setting '{}'", key)};
  return std::visit([](const auto& with) { return fmt::format("{}", with); }, found->second);
}

}  // namespace dialtone
