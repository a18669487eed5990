// SPDX-License-Identifier: Apache-2.0
// Objects of one scheduler that others name by a reference: pending replies and timers. A reference carries the
// scheduler, what kind of thing it names, a slot and a generation, so looking one up is an array access, and one that
// has come too late finds nothing.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <vector>

#include <dialtone/base/assert.hpp>
#include <dialtone/runtime/pid.hpp>

namespace dialtone::detail {

// The bits of a reference, from the top: scheduler 8, kind 2, then generation 30 and slot 24 (or a plain counter of 54
// bits).
enum class reference_kind : std::uint8_t { monitor = 0, reply = 1, timer = 2, socket = 3 };

constexpr std::uint32_t scheduler_of(reference name) { return static_cast<std::uint32_t>(name.value() >> 56); }
constexpr reference_kind kind_of(reference name) { return static_cast<reference_kind>((name.value() >> 54) & 3); }
constexpr reference make_reference(std::uint32_t scheduler, reference_kind kind, std::uint64_t rest) {
  return reference::from_value((std::uint64_t{scheduler} << 56) |
                               (std::uint64_t{static_cast<std::uint8_t>(kind)} << 54) | rest);
}

template <class Object>
class handle_table {
 public:
  static constexpr unsigned slot_bits = 24;
  static constexpr std::size_t slot_limit = std::size_t{1} << slot_bits;

  /// Holds at most `limit` objects at once; fewer than slot_limit in tests.
  handle_table(std::uint32_t scheduler, reference_kind kind, std::size_t limit = slot_limit)
      : scheduler_{scheduler}, kind_{kind}, limit_{limit} {
    DIALTONE_ASSERT(limit <= slot_limit, "a reference has 24 bits for the slot");
  }

  reference insert(Object& object) {
    std::uint32_t slot = free_;
    if (slot == none) {
      if (entries_.size() == limit_)
        throw std::length_error{"a scheduler has at most 16,777,216 pending timers, and as many pending replies"};
      slot = static_cast<std::uint32_t>(entries_.size());
      entries_.push_back({});
    } else {
      free_ = entries_[slot].next_free;
    }
    entry& used = entries_[slot];
    used.object = &object;
    used.generation = used.generation % generation_limit + 1;
    return make_reference(scheduler_, kind_, (std::uint64_t{used.generation} << slot_bits) | slot);
  }
  /// Null for a reference that is gone, of another kind or of another scheduler.
  Object* find(reference name) {
    entry* found = entry_of(name);
    return found == nullptr ? nullptr : found->object;
  }
  void erase(reference name) {
    entry* found = entry_of(name);
    if (found == nullptr) return;
    found->object = nullptr;
    found->next_free = free_;
    free_ = static_cast<std::uint32_t>(found - entries_.data());
  }
  template <class Visit>
  void each(Visit visit) {
    for (std::size_t slot = 0; slot < entries_.size(); ++slot)
      if (entries_[slot].object != nullptr) visit(*entries_[slot].object);
  }

 private:
  static constexpr std::uint32_t generation_limit = (1u << 30) - 1;
  static constexpr std::uint32_t none = 0xffffffff;

  struct entry {
    Object* object = nullptr;
    std::uint32_t generation = 0;
    std::uint32_t next_free = none;
  };

  entry* entry_of(reference name) {
    if (scheduler_of(name) != scheduler_ || kind_of(name) != kind_) return nullptr;
    std::uint64_t slot = name.value() & ((1u << slot_bits) - 1);
    if (slot >= entries_.size()) return nullptr;
    entry& found = entries_[slot];
    bool current = found.object != nullptr && found.generation == ((name.value() >> slot_bits) & ((1u << 30) - 1));
    return current ? &found : nullptr;
  }

  std::uint32_t scheduler_;
  reference_kind kind_;
  std::size_t limit_;
  std::vector<entry> entries_;
  std::uint32_t free_ = none;
};

}  // namespace dialtone::detail
