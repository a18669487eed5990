// SPDX-License-Identifier: Apache-2.0
// What a registry's index is made of: the partitions of keys, the partitions of processes, and the member, which is all
// that one process has in the registry. For registry_index.cpp and registry_lookup.cpp only; each is touched under the
// lock of its partition.
#pragma once

#include <algorithm>
#include <utility>

#include <dialtone/otp/registry_index.hpp>
#include <dialtone/runtime/indexed_table.hpp>
#include <dialtone/runtime/light_shared_mutex.hpp>
#include <dialtone/runtime/process_block.hpp>
#include <dialtone/runtime/process_details.hpp>

namespace dialtone::detail {

struct address_hash {
  std::uint64_t operator()(const void* address) const noexcept { return reinterpret_cast<std::uintptr_t>(address); }
};

// The finalizer of splitmix64: std::hash of a number is the number, whose upper bits say nothing.
inline std::size_t mix(std::size_t hash) {
  std::uint64_t mixed = hash;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

/// All entries of one process. Changed by that process only, under the lock of its partition.
struct registry_member : owned_resource {
  struct own_entries {
    registry_entry* first;
    registry_entry* last;
  };

  registry_member(std::shared_ptr<registry_index> home, pid self) : index{std::move(home)}, self{self} {
    release = &leave;
  }
  static void leave(owned_resource& owned, scheduler&);

  const std::shared_ptr<registry_index> index;  // entries keep their registry
  const pid self;
  indexed_table<registry_key*, own_entries, address_hash> keys;
  std::size_t count = 0;
  bool leaving = false;
};

// A cache line for each, so that the lock of one does not slow down another.
struct alignas(64) registry_index::key_partition {
  void link(registry_key& fresh) {
    registry_key*& bucket = bucket_of(fresh.hash);
    fresh.next = bucket;
    bucket = &fresh;
    ++keys;
  }
  void unlink(registry_key& empty) {
    registry_key** link = &bucket_of(empty.hash);
    for (; *link != &empty; link = &(*link)->next) ++work;
    *link = empty.next;
    if (--keys == 0 && buckets.size() > buckets_kept) buckets = {};
  }
  void make_room_for_key() {
    if (keys < buckets.size()) return;
    work += keys;
    std::vector<registry_key*> old(std::max<std::size_t>(8, 2 * buckets.size()));
    old.swap(buckets);
    keys = 0;
    for (registry_key* first : old)
      while (first != nullptr) link(*std::exchange(first, first->next));
  }
  void make_room_in(registry_key& key) { work += key.places.make_room(); }
  void add(registry_key& key, pid owner, registry_entry& made) {
    made.key = &key;
    made.place = key.places.size();
    key.places.add({owner, &made});
    ++work;
  }
  void take(registry_entry& gone) { work += 1 + gone.key->places.take(gone.place); }
  registry_key*& bucket_of(std::size_t mixed) { return buckets[mixed & (buckets.size() - 1)]; }

  static constexpr std::size_t buckets_kept = 64;  // of an empty partition

  mutable light_shared_mutex mutex;
  std::vector<registry_key*> buckets;  // none, or a power of two
  std::size_t keys = 0;
  std::uint64_t last_serial = 0;
  std::uint64_t work = 0;
};

struct alignas(64) registry_index::member_partition {
  mutable light_shared_mutex mutex;
  indexed_table<pid, registry_member*, value_hash> members;
};

}  // namespace dialtone::detail
