// SPDX-License-Identifier: Apache-2.0
#include <apps/serve_file.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include <fmt/format.h>
#include <toml++/toml.h>

namespace dialtone::apps {

namespace {

using settings = std::vector<setting>;

std::string at(const std::string& path, std::uint32_t line) { return fmt::format("{}:{}", path, line); }

std::string known_keys() {
  std::vector<std::string_view> keys;
  for (const service what : all_services) keys.push_back(to_string(what));
  keys.insert(keys.end(), option_keys().begin(), option_keys().end());
  return fmt::format("{}", fmt::join(keys, ", "));
}

bool is_known(std::string_view key) {
  return is_service(key) || std::ranges::find(option_keys(), key) != option_keys().end();
}

// What a person calls it.
std::string_view kind_of(const toml::node& value) {
  if (value.is_table()) return "a table";
  if (value.is_array()) return "an array";
  if (value.is_string()) return "a text";
  if (value.is_integer() || value.is_floating_point()) return "a number";
  if (value.is_boolean()) return "true or false";
  return "a date or a time";
}

std::unexpected<std::string> wrong_type(const std::string& origin, std::string_view wanted, const toml::node& value) {
  return std::unexpected{fmt::format("{}: it is {}, and has to be {}", origin, kind_of(value), wanted)};
}

// A text, or several.
std::expected<settings, std::string> urls(const std::string& path, const std::string& key, const toml::node& value) {
  settings result;
  auto add = [&](const toml::node& each) {
    const auto* text = each.as_string();
    if (text == nullptr) return false;
    result.push_back({fmt::format("{}: {}", at(path, each.source().begin.line), key), key, text->get()});
    return true;
  };
  const auto wanted = "a URL in quotes, or an array of them";
  if (const auto* list = value.as_array()) {
    if (list->empty())
      return std::unexpected{fmt::format("{}: {}: the array is empty; without the key the service is not started",
                                         at(path, value.source().begin.line), key)};
    for (const toml::node& each : *list)
      if (!add(each)) return wrong_type(fmt::format("{}: {}", at(path, each.source().begin.line), key), wanted, each);
    return result;
  }
  if (!add(value)) return wrong_type(fmt::format("{}: {}", at(path, value.source().begin.line), key), wanted, value);
  return result;
}

std::expected<settings, std::string> option(const std::string& path, const std::string& key, const toml::node& value) {
  const std::string origin = fmt::format("{}: {}", at(path, value.source().begin.line), key);
  const bool is_text = key == "io" || key == "log-level";
  if (is_text) {
    if (!value.is_string()) return wrong_type(origin, "a text in quotes", value);
    return settings{{origin, key, value.as_string()->get()}};
  }
  if (const auto* number = value.as_integer()) return settings{{origin, key, fmt::format("{}", number->get())}};
  if (const auto* number = value.as_floating_point(); number != nullptr && key == "drain")
    return settings{{origin, key, fmt::format("{}", number->get())}};
  return wrong_type(origin, key == "drain" ? "a number" : "a whole number", value);
}

struct entry {
  toml::source_position where;
  std::string key;
  const toml::node* value;
};

// In the order of the file, so that the first mistake is the one that is told.
std::vector<entry> entries_of(const toml::table& table) {
  std::vector<entry> result;
  for (const auto& [key, value] : table) result.push_back({key.source().begin, std::string{key.str()}, &value});
  std::ranges::sort(result, [](const entry& left, const entry& right) { return left.where < right.where; });
  return result;
}

// The key at the beginning of a line, for an error: what is no TOML has none that is known.
std::string key_in_line(std::string_view text, std::uint32_t line) {
  for (; line > 1 && !text.empty(); --line) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  constexpr std::string_view of_keys = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  const std::string_view key = text.substr(0, text.find_first_not_of(of_keys));
  return key.empty() ? std::string{} : fmt::format("{}: ", key);
}

std::expected<toml::table, std::string> parse_toml(std::string_view text, const std::string& path) {
  try {
    return toml::parse(text, path);
  } catch (const toml::parse_error& wrong) {
    const auto line = wrong.source().begin.line;
    return std::unexpected{fmt::format("{}: {}{}", at(path, line), key_in_line(text, line), wrong.description())};
  }
}

std::unexpected<std::string> unreadable(const std::string& path, int error) {
  return std::unexpected{
      fmt::format("cannot read the configuration file {}: {}", path, std::generic_category().message(error))};
}

}  // namespace

std::expected<settings, std::string> parse_serve_file(std::string_view text, const std::string& path) {
  const auto table = parse_toml(text, path);
  if (!table) return std::unexpected{table.error()};
  settings result;
  for (const entry& each : entries_of(*table)) {
    if (!is_known(each.key))
      return std::unexpected{
          fmt::format("{}: {}: there is no such key; there are {}", at(path, each.where.line), each.key, known_keys())};
    auto said = is_service(each.key) ? urls(path, each.key, *each.value) : option(path, each.key, *each.value);
    if (!said) return std::unexpected{said.error()};
    std::ranges::move(*said, std::back_inserter(result));
  }
  return result;
}

std::expected<settings, std::string> read_serve_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path.c_str(), "rb"), &std::fclose};
  if (!file) return unreadable(path, errno);
  std::string text(configuration_limit + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return unreadable(path, errno);
  if (text.size() > configuration_limit)
    return std::unexpected{fmt::format("the configuration file {} is larger than {} bytes", path, configuration_limit)};
  return parse_serve_file(text, path);
}

}  // namespace dialtone::apps
