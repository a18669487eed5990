// SPDX-License-Identifier: Apache-2.0
// A small associative container, for what a process keeps per other process (links, monitors, children) and for the
// indexes of registries. It takes no lock: its owner does, where several threads touch it.
//
// Most processes have one link and no monitor, a few have a hundred thousand. So an empty table is one null pointer; up
// to 16 entries are searched one by one; above that an index of positions (open addressing, linear probing) makes
// insert, find and erase O(1). Entries lie in one array, without gaps: an erased one is replaced by the last. Their
// order therefore follows from the calls alone, never from addresses or hashes, as a simulation needs it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include <dialtone/base/assert.hpp>
#include <dialtone/runtime/memory.hpp>

namespace dialtone::detail {

/// For keys that are numbers. The table mixes what a hash returns, so the number itself will do.
struct number_hash {
  template <class Key>
  std::uint64_t operator()(Key key) const noexcept {
    return static_cast<std::uint64_t>(key);
  }
};

/// Pointers to values and iterators are valid until the next insert, erase, clear or drain.
template <class Key, class Value, class Hash = number_hash>
class indexed_table {
 public:
  static_assert(std::is_trivially_copyable_v<Key> && std::is_nothrow_move_constructible_v<Value>);

  struct entry {
    Key key;
    [[no_unique_address]] Value value;
  };

  indexed_table() noexcept = default;
  indexed_table(indexed_table&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  indexed_table& operator=(indexed_table&& other) noexcept {
    if (this != &other) {
      clear();
      block_ = std::exchange(other.block_, nullptr);
    }
    return *this;
  }
  ~indexed_table() { clear(); }

  std::size_t size() const noexcept { return block_ == nullptr ? 0 : block_->size; }
  bool empty() const noexcept { return block_ == nullptr; }
  const entry* begin() const noexcept { return block_ == nullptr ? nullptr : entries(); }
  const entry* end() const noexcept { return begin() + size(); }
  /// What the table has allocated; zero when it is empty.
  std::size_t bytes() const noexcept;

  /// False, and nothing changed, if the key is there already.
  bool insert(Key key, Value value);

  /// Null if the key is not there.
  Value* find(Key key) noexcept;
  const Value* find(Key key) const noexcept;
  bool contains(Key key) const noexcept { return position(key) != none; }

  /// False if the key is not there.
  bool erase(Key key) noexcept;

  void clear() noexcept;

  /// Calls `take(key, std::move(value))` for every entry, in order. The table is empty from the first call on; what
  /// `take` adds to it stays in it and is not handed out.
  template <class Take>
  void drain(Take&& take) {
    const indexed_table taken(std::move(*this));
    if (taken.empty()) return;
    for (entry* each = taken.entries(); each != taken.end(); ++each) take(each->key, std::move(each->value));
  }

 private:
  static constexpr std::uint32_t linear_limit = 16;
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  // The entries follow it in the same allocation. The capacity is a power of two; the index exists, with two places for
  // each entry, if the capacity is above the linear limit.
  struct alignas(entry) alignas(std::uint32_t*) block {
    std::uint32_t size;
    std::uint32_t capacity;
    std::uint32_t* index;
  };
  static_assert(alignof(block) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);

  entry* entries() const noexcept { return std::launder(reinterpret_cast<entry*>(block_ + 1)); }
  std::uint32_t mask() const noexcept { return 2 * block_->capacity - 1; }
  static std::size_t block_bytes(std::size_t capacity) { return sizeof(block) + capacity * sizeof(entry); }
  static std::size_t index_bytes(std::size_t capacity) { return 2 * capacity * sizeof(std::uint32_t); }
  static void release(block* released) noexcept;
  static void move(entry* from, entry* to) noexcept;

  std::uint32_t home(Key key) const noexcept;
  std::uint32_t position(Key key) const noexcept;
  std::uint32_t place_of(std::uint32_t position) const noexcept;
  void enter(std::uint32_t position) noexcept;
  void leave(std::uint32_t place) noexcept;
  bool resize(std::uint32_t capacity) noexcept;

  block* block_ = nullptr;
};

template <class Key, class Value, class Hash>
std::size_t indexed_table<Key, Value, Hash>::bytes() const noexcept {
  if (empty()) return 0;
  const std::size_t index = block_->index == nullptr ? 0 : 2 * std::size_t{block_->capacity} * sizeof(std::uint32_t);
  return block_bytes(block_->capacity) + index;
}

template <class Key, class Value, class Hash>
bool indexed_table<Key, Value, Hash>::insert(Key key, Value value) {
  if (contains(key)) return false;
  if (empty() || block_->size == block_->capacity) {
    DIALTONE_ASSERT(size() < none / 4, "a table has reached a billion entries");
    if (!resize(empty() ? 1 : 2 * block_->capacity)) throw std::bad_alloc();
  }
  ::new (entries() + block_->size) entry{key, std::move(value)};
  if (block_->index != nullptr) enter(block_->size);
  ++block_->size;
  return true;
}

template <class Key, class Value, class Hash>
Value* indexed_table<Key, Value, Hash>::find(Key key) noexcept {
  const std::uint32_t found = position(key);
  return found == none ? nullptr : &entries()[found].value;
}

template <class Key, class Value, class Hash>
const Value* indexed_table<Key, Value, Hash>::find(Key key) const noexcept {
  const std::uint32_t found = position(key);
  return found == none ? nullptr : &entries()[found].value;
}

template <class Key, class Value, class Hash>
bool indexed_table<Key, Value, Hash>::erase(Key key) noexcept {
  const std::uint32_t erased = position(key);
  if (erased == none) return false;
  const std::uint32_t last = block_->size - 1;
  if (block_->index != nullptr) {
    leave(place_of(erased));
    if (erased != last) block_->index[place_of(last)] = erased;
  }
  std::destroy_at(entries() + erased);
  if (erased != last) move(entries() + last, entries() + erased);
  block_->size = last;
  if (last == 0) {
    clear();
  } else if (last <= block_->capacity / 4) {
    resize(block_->capacity / 2);  // if there is no memory for it, the table stays as large as it is
  }
  return true;
}

template <class Key, class Value, class Hash>
void indexed_table<Key, Value, Hash>::clear() noexcept {
  if (empty()) return;
  std::destroy_n(entries(), block_->size);
  release(std::exchange(block_, nullptr));
}

template <class Key, class Value, class Hash>
void indexed_table<Key, Value, Hash>::release(block* released) noexcept {
  const std::size_t capacity = released->capacity;
  if (released->index != nullptr) detail::release(released->index, index_bytes(capacity));
  detail::release(released, block_bytes(capacity));
}

template <class Key, class Value, class Hash>
void indexed_table<Key, Value, Hash>::move(entry* from, entry* to) noexcept {
  ::new (to) entry{from->key, std::move(from->value)};
  std::destroy_at(from);
}

// The finalizer of splitmix64: keys that differ in few bits, as pids do, land far apart.
template <class Key, class Value, class Hash>
std::uint32_t indexed_table<Key, Value, Hash>::home(Key key) const noexcept {
  std::uint64_t mixed = Hash{}(key);
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return static_cast<std::uint32_t>(mixed >> 32) & mask();
}

template <class Key, class Value, class Hash>
std::uint32_t indexed_table<Key, Value, Hash>::position(Key key) const noexcept {
  if (empty()) return none;
  if (block_->index == nullptr) {
    for (std::uint32_t each = 0; each < block_->size; ++each) {
      if (entries()[each].key == key) return each;
    }
    return none;
  }
  for (std::uint32_t place = home(key);; place = (place + 1) & mask()) {
    const std::uint32_t found = block_->index[place];
    if (found == none || entries()[found].key == key) return found;
  }
}

template <class Key, class Value, class Hash>
std::uint32_t indexed_table<Key, Value, Hash>::place_of(std::uint32_t position) const noexcept {
  std::uint32_t place = home(entries()[position].key);
  while (block_->index[place] != position) place = (place + 1) & mask();
  return place;
}

template <class Key, class Value, class Hash>
void indexed_table<Key, Value, Hash>::enter(std::uint32_t position) noexcept {
  std::uint32_t place = home(entries()[position].key);
  while (block_->index[place] != none) place = (place + 1) & mask();
  block_->index[place] = position;
}

// Whoever was pushed past the place that becomes free moves back into it, so that no search meets a gap too early.
template <class Key, class Value, class Hash>
void indexed_table<Key, Value, Hash>::leave(std::uint32_t place) noexcept {
  std::uint32_t* const index = block_->index;
  for (std::uint32_t next = (place + 1) & mask(); index[next] != none; next = (next + 1) & mask()) {
    const std::uint32_t distance = (next - home(entries()[index[next]].key)) & mask();
    if (distance < ((next - place) & mask())) continue;
    index[place] = index[next];
    place = next;
  }
  index[place] = none;
}

template <class Key, class Value, class Hash>
bool indexed_table<Key, Value, Hash>::resize(std::uint32_t capacity) noexcept {
  const std::size_t places = capacity > linear_limit ? 2 * std::size_t{capacity} : 0;
  void* memory = nullptr;
  void* index = nullptr;
  try {
    memory = allocate(block_bytes(capacity));
    if (places != 0) index = allocate(index_bytes(capacity));
  } catch (const std::bad_alloc&) {
    if (memory != nullptr) detail::release(memory, block_bytes(capacity));
    return false;
  }
  const indexed_table old(std::move(*this));
  block_ = ::new (memory) block{static_cast<std::uint32_t>(old.size()), capacity, static_cast<std::uint32_t*>(index)};
  std::uninitialized_fill_n(block_->index, places, none);
  for (std::uint32_t each = 0; each < block_->size; ++each) {
    move(old.entries() + each, entries() + each);
    if (index != nullptr) enter(each);
  }
  if (!old.empty()) old.block_->size = 0;
  return true;
}

}  // namespace dialtone::detail
