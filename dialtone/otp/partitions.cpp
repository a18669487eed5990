// SPDX-License-Identifier: Apache-2.0
#include <dialtone/otp/partitions.hpp>

#include <fmt/format.h>
#include <stdexcept>

#include <dialtone/runtime/process_info.hpp>

namespace dialtone {

partitions::partitions(std::string name) : partitions{std::move(name), scheduler_count()} {}

partitions::partitions(std::string name, std::uint32_t count) : name_{std::move(name)}, count_{count} {
  if (count == 0 || count > count_limit)
    throw std::invalid_argument{fmt::format("'{}' has 1 to {} partitions, not {}", name_, count_limit, count)};
}

std::uint32_t partitions::number_for(std::int64_t key) const {
  const auto value = static_cast<std::uint64_t>(key);
  return static_cast<std::uint32_t>((key < 0 ? 0 - value : value) % count_);
}

// FNV-1a (draft-eastlake-fnv).
std::uint32_t partitions::number_for(std::string_view key) const {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (char letter : key) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
  return static_cast<std::uint32_t>(hash % count_);
}

std::string partitions::name_of(std::uint32_t number) const { return fmt::format("{}/{}", name_, number); }

child_spec partitions::place(child_spec made, std::uint32_t number) const {
  spawn_options options = made->spawn;
  options.name = name_of(number);
  options.scheduler = placement::on(number % scheduler_count());
  made.spawn(std::move(options));
  return made.id(std::to_string(number));
}

}  // namespace dialtone
