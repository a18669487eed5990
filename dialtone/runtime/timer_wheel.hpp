// SPDX-License-Identifier: Apache-2.0
// A hierarchical timer wheel: adding and removing are O(1) however many timers are pending, an advance costs the timers
// that fire and the slots that are not empty, whatever the distance. One scheduler owns it and is the only one to touch
// it; there are no locks, and it reads no clock.
//
// Time is cut into ticks of a millisecond, counted from `start`. A deadline is rounded up to the next boundary of a
// tick and its timer fires in the first advance at or after that boundary: never early, and late by less than a tick if
// `advance` is called when `next_deadline` says.
//
// Eight levels of 64 slots reach further than the clock's type can count, so there is no list of overflows: level L
// holds the timers whose tick differs from the current one in its L-th group of six bits and in none above. All timers
// of one tick thus always share a slot, which is what keeps them in order.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <dialtone/base/assert.hpp>
#include <dialtone/base/time.hpp>

namespace dialtone::detail {

struct timer_link {
  timer_link* next = nullptr;
  timer_link* previous = nullptr;
};

/// A timer, linked into the wheel where it lies: it neither moves nor is destroyed while it is set.
struct timer_node : timer_link {
  using expire_function = void(timer_node&);

  explicit timer_node(expire_function* function) noexcept : expire(function) {}
  timer_node(const timer_node&) = delete;
  timer_node& operator=(const timer_node&) = delete;
  ~timer_node() { DIALTONE_ASSERT(!is_set(), "a timer was destroyed while it was set"); }

  bool is_set() const noexcept { return next != nullptr; }

  time_point deadline = never;
  /// Called by `advance`, once the node is no longer set: it may destroy the node or add it again. What it throws
  /// leaves `advance`; the others that are due fire in the next one.
  expire_function* expire;
};

class timer_wheel {
 public:
  static constexpr duration tick = std::chrono::milliseconds(1);

  explicit timer_wheel(time_point start);
  timer_wheel(const timer_wheel&) = delete;
  timer_wheel& operator=(const timer_wheel&) = delete;
  /// Timers that are still set become unset without firing.
  ~timer_wheel();

  /// Sets `node`; one that is set already is moved. A deadline that has passed counts as the tick of the last advance,
  /// so it fires in the next one. `never`, or less than a tick before it, is not stored: the node is then not set.
  void add(timer_node& node, time_point deadline);

  /// Sets `node` for `limit` after the time of the next `anchor` or `advance`: without the cost of a look at the clock,
  /// nor that of a place among the others when it is removed before. Late by that, never early.
  void add_loosely(timer_node& node, duration limit);
  /// Tells those the time.
  void anchor(time_point now) {
    if (loose_.next != &loose_) anchor_all(now);
  }

  /// Does nothing if `node` is not set.
  void remove(timer_node& node);

  std::size_t size() const { return size_; }

  /// When `advance` must be called next: the boundary at which the first timer is due, `never` if none is set. Where
  /// the first timers are far away and share a slot with many others, it may be earlier (such a call fires nothing, but
  /// spreads the slot; a timer meets at most seven), never later.
  time_point next_deadline() const;

  /// Fires every timer that is due at `now`, in order of ticks, within a tick in order of `add`; returns how many.
  /// Callbacks may add and remove any timers: one that is removed before its turn does not fire, one that is added does
  /// not fire in the same call. A `now` before that of the last call counts as the same moment. Not re-entrant.
  std::size_t advance(time_point now);

 private:
  static constexpr unsigned level_bits = 6;
  static constexpr std::size_t level_count = 8;
  static constexpr std::size_t slots_in_level = std::size_t{1} << level_bits;
  static constexpr std::size_t slot_count = level_count * slots_in_level;

  struct position {
    std::size_t level;
    std::size_t slot;
    std::uint64_t first_tick;
  };

  std::uint64_t ticks_until(time_point deadline) const;
  time_point time_of(std::uint64_t ticks) const;
  void place(timer_node& node, std::uint64_t ticks);
  void unlink(timer_node& node);
  bool first_slot(position& found) const;
  std::uint64_t earliest_in(const position& slot) const;
  void anchor_all(time_point now);
  void collect(std::uint64_t until);
  void spread(const position& slot);
  std::size_t fire();

  time_point start_;
  std::uint64_t current_ = 0;  // every timer up to and including this tick has left the levels
  std::size_t size_ = 0;
  bool advancing_ = false;
  std::array<std::uint64_t, level_count> occupied_{};  // a bit for each slot that is not empty
  std::array<timer_link, slot_count> slots_;
  timer_link loose_;   // their deadlines count from the next anchor
  timer_link due_;     // to fire in the next advance
  timer_link firing_;  // to fire in the running one
};

}  // namespace dialtone::detail
