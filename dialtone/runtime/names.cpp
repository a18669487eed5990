// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/names.hpp>

#include <algorithm>
#include <limits>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace dialtone::detail {

std::string_view to_string(name_refusal reason) {
  switch (reason) {
    case name_refusal::taken:
      return "the name is taken by another process";
    case name_refusal::empty:
      return "a name must have at least one byte";
    case name_refusal::too_long:
      return "a name must have at most 255 bytes";
    case name_refusal::too_many:
      return "the runtime has as many registered names as it may have";
  }
  return "the name was refused";
}

std::expected<void, name_refusal> names::insert(std::string name, id owner) {
  if (name.empty()) return std::unexpected(name_refusal::empty);
  if (name.size() > name_length_limit) return std::unexpected(name_refusal::too_long);
  shard& home = shards_[shard_of(name)];
  const std::unique_lock lock(home.mutex);
  const auto [entry, inserted] = home.owners.try_emplace(std::move(name), owner);
  if (!inserted) return std::unexpected(name_refusal::taken);
  if (!count_one_more()) {
    home.owners.erase(entry);
    return std::unexpected(name_refusal::too_many);
  }
  return {};
}

std::optional<names::id> names::find(std::string_view name) const {
  const shard& home = shards_[shard_of(name)];
  const std::shared_lock lock(home.mutex);
  const auto found = home.owners.find(name);
  if (found == home.owners.end()) return std::nullopt;
  return found->second;
}

bool names::erase(std::string_view name, id owner) {
  shard& home = shards_[shard_of(name)];
  const std::unique_lock lock(home.mutex);
  const auto found = home.owners.find(name);
  if (found == home.owners.end() || found->second != owner) return false;
  home.owners.erase(found);
  size_.fetch_sub(1, std::memory_order_relaxed);
  return true;
}

std::vector<std::string> names::all() const {
  std::vector<std::string> found;
  for (const shard& each : shards_) {
    const std::shared_lock lock(each.mutex);
    for (const auto& [name, owner] : each.owners) found.push_back(name);
  }
  std::ranges::sort(found);
  return found;
}

std::optional<std::string> names::name_of(id owner) const {
  std::optional<std::string> first;
  for (const shard& each : shards_) {
    const std::shared_lock lock(each.mutex);
    for (const auto& [name, its_owner] : each.owners) {
      if (its_owner == owner && (!first || name < *first)) first = name;
    }
  }
  return first;
}

// The map uses the hash modulo its size; the shard takes the upper bits, which are then still even within a shard.
std::size_t names::shard_of(std::string_view name) {
  static_assert(shard_count == 16);
  return text_hash{}(name) >> (std::numeric_limits<std::size_t>::digits - 4);
}

// Counts only where there is room, so that an attempt that fails never makes another fail.
bool names::count_one_more() {
  std::size_t size = size_.load(std::memory_order_relaxed);
  do {
    if (size >= limit_) return false;
  } while (!size_.compare_exchange_weak(size, size + 1, std::memory_order_relaxed));
  return true;
}

}  // namespace dialtone::detail
