// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/activation.hpp>

#include <fcntl.h>
#include <unistd.h>
#include <charconv>
#include <cstdlib>
#include <optional>

namespace dialtone::io {

namespace {

constexpr int first_descriptor = 3;  // SD_LISTEN_FDS_START

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view variable(const char* name) {
  const char* set = std::getenv(name);
  return set == nullptr ? std::string_view{} : std::string_view{set};
}

std::string next_name(std::string_view& names) {
  const std::string_view name = names.substr(0, names.find(':'));
  names.remove_prefix(std::min(names.size(), name.size() + 1));
  return std::string{name.empty() ? "unknown" : name};
}

}  // namespace

std::vector<activated_descriptor> activated_descriptors(std::string_view pid, std::string_view count,
                                                        std::string_view names, std::int64_t own_pid) {
  const std::int64_t wanted = number(count).value_or(0);
  if (number(pid) != own_pid || wanted < 1 || wanted > std::int64_t{activated_descriptors_limit}) return {};
  std::vector<activated_descriptor> all;
  for (int index = 0; index < wanted; ++index) all.push_back({first_descriptor + index, next_name(names)});
  return all;
}

std::vector<activated_descriptor> activated_descriptors() {
  auto all =
      activated_descriptors(variable("LISTEN_PID"), variable("LISTEN_FDS"), variable("LISTEN_FDNAMES"), ::getpid());
  for (const activated_descriptor& each : all) ::fcntl(each.descriptor, F_SETFD, FD_CLOEXEC);
  return all;
}

}  // namespace dialtone::io
