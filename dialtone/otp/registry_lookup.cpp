// SPDX-License-Identifier: Apache-2.0
// How a registry is looked at, by any thread, under shared locks.
#include <mutex>
#include <shared_mutex>

#include <dialtone/otp/registry_index.hpp>
#include <dialtone/otp/registry_partitions.hpp>

namespace dialtone::detail {

std::optional<pid> registry_index::owner(std::size_t hash, const void* key) const {
  std::optional<pid> found;
  visit(hash, key, [&](pid owner, const registry_entry&) { found = owner; });
  return found;
}

std::vector<pid> registry_index::owners(std::size_t hash, const void* key) const {
  const std::size_t mixed = mix(hash);
  const key_partition& home = partition_of(mixed);
  std::uint64_t steps = 0;
  std::vector<pid> found;
  const std::shared_lock lock(home.mutex);
  const registry_key* known = find(home, mixed, key, steps);
  if (known == nullptr) return found;
  found.reserve(known->places.size());
  known->places.visit([&](const registry_place& each) { found.push_back(each.owner); });
  return found;
}

std::size_t registry_index::count(std::size_t hash, const void* key) const {
  const std::size_t mixed = mix(hash);
  const key_partition& home = partition_of(mixed);
  std::uint64_t steps = 0;
  const std::shared_lock lock(home.mutex);
  const registry_key* known = find(home, mixed, key, steps);
  return known == nullptr ? 0 : known->places.size();
}

void registry_index::visit(std::size_t hash, const void* key, visitor visit) const {
  const std::size_t mixed = mix(hash);
  const key_partition& home = partition_of(mixed);
  std::uint64_t steps = 0;
  const std::shared_lock lock(home.mutex);
  const registry_key* known = find(home, mixed, key, steps);
  if (known == nullptr) return;
  known->places.visit([&](const registry_place& each) { visit(each.owner, *each.entry); });
}

void registry_index::visit_own(std::size_t hash, const void* key, pid owner, visitor visit) const {
  const std::size_t mixed = mix(hash);
  const key_partition& home = partition_of(mixed);
  std::uint64_t steps = 0;
  const std::shared_lock lock(home.mutex);
  registry_key* known = find(home, mixed, key, steps);
  if (known == nullptr) return;
  const member_partition& beside = members_beside(owner);
  const std::shared_lock own_lock(beside.mutex);
  registry_member* const* member = beside.members.find(owner);
  const registry_member::own_entries* own = member == nullptr ? nullptr : (*member)->keys.find(known);
  if (own == nullptr) return;
  for (const registry_entry* each = own->first; each != nullptr; each = each->next_own) visit(owner, *each);
}

void registry_index::visit_keys(pid owner, key_visitor visit) const {
  const member_partition& beside = members_beside(owner);
  const std::shared_lock lock(beside.mutex);
  registry_member* const* member = beside.members.find(owner);
  if (member == nullptr) return;
  for (const auto& [key, own] : (*member)->keys) {
    std::size_t entries = 0;
    for (const registry_entry* each = own.first; each != nullptr; each = each->next_own) ++entries;
    visit(*key, entries);
  }
}

void registry_index::visit_partition(std::size_t partition, visitor visit) const {
  const key_partition& home = keys_[partition];
  const std::shared_lock lock(home.mutex);
  for (const registry_key* bucket : home.buckets)
    for (const registry_key* key = bucket; key != nullptr; key = key->next)
      key->places.visit([&](const registry_place& each) { visit(each.owner, *each.entry); });
}

std::uint64_t registry_index::work() const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < options_.partitions; ++i) {
    const std::shared_lock lock(keys_[i].mutex);
    sum += keys_[i].work;
  }
  return sum;
}

registry_index::key_partition& registry_index::partition_of(std::size_t mixed) const {
  return keys_[((mixed >> 32) * options_.partitions) >> 32];  // a bucket is chosen by the lower bits
}

registry_index::member_partition& registry_index::members_beside(pid owner) const {
  return members_[owner.scheduler() % options_.partitions];
}

registry_member* registry_index::member_of(pid owner) const {
  const member_partition& beside = members_beside(owner);
  const std::shared_lock lock(beside.mutex);
  registry_member* const* found = beside.members.find(owner);
  return found == nullptr ? nullptr : *found;
}

registry_key* registry_index::find(const key_partition& home, std::size_t mixed, const void* key,
                                   std::uint64_t& steps) const {
  if (home.buckets.empty()) return nullptr;
  registry_key* each = home.buckets[mixed & (home.buckets.size() - 1)];
  for (; each != nullptr; each = each->next, ++steps)
    if (each->hash == mixed && types_.same(*each, key)) return each;
  return nullptr;
}

}  // namespace dialtone::detail
