// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/timer_wheel.hpp>

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>

namespace dialtone::detail {

namespace {

// How many timers of a shared slot `next_deadline` looks at before it answers with the beginning of the slot: enough
// for the few timers of an idle system to be exact, few enough to cost nothing in a busy one.
constexpr int exact_limit = 16;

// A difference of two time points may exceed the signed range, never the unsigned one.
std::uint64_t nanoseconds_between(time_point earlier, time_point later) {
  return static_cast<std::uint64_t>(later.time_since_epoch().count()) -
         static_cast<std::uint64_t>(earlier.time_since_epoch().count());
}

constexpr auto tick_nanoseconds = static_cast<std::uint64_t>(timer_wheel::tick.count());

void make_empty(timer_link& head) { head.next = head.previous = &head; }

bool is_empty(const timer_link& head) { return head.next == &head; }

void append(timer_link& head, timer_link& link) {
  link.next = &head;
  link.previous = head.previous;
  head.previous->next = &link;
  head.previous = &link;
}

// Moves all of `from` behind what `to` holds.
void splice(timer_link& to, timer_link& from) {
  if (is_empty(from)) return;
  from.next->previous = to.previous;
  to.previous->next = from.next;
  from.previous->next = &to;
  to.previous = from.previous;
  make_empty(from);
}

timer_node& node_of(timer_link& link) { return static_cast<timer_node&>(link); }

void forget_all(timer_link& head) {
  for (timer_link* link = head.next; link != &head;) {
    timer_link* const next = link->next;
    link->next = link->previous = nullptr;
    link = next;
  }
}

}  // namespace

timer_wheel::timer_wheel(time_point start) : start_(start) {
  static_assert(std::numeric_limits<std::uint64_t>::max() / tick_nanoseconds < 1ULL << (level_bits * level_count));
  for (timer_link& head : slots_) make_empty(head);
  make_empty(loose_);
  make_empty(due_);
  make_empty(firing_);
}

timer_wheel::~timer_wheel() {
  for (timer_link& head : slots_) forget_all(head);
  forget_all(loose_);
  forget_all(due_);
  forget_all(firing_);
}

void timer_wheel::add(timer_node& node, time_point deadline) {
  DIALTONE_ASSERT(node.expire != nullptr, "a timer needs a function to call");
  remove(node);
  node.deadline = deadline;
  if (deadline > never - tick) return;
  ++size_;
  place(node, ticks_until(deadline));
}

void timer_wheel::add_loosely(timer_node& node, duration limit) {
  DIALTONE_ASSERT(node.expire != nullptr, "a timer needs a function to call");
  remove(node);
  node.deadline = time_point{limit};
  append(loose_, node);
  ++size_;
}

void timer_wheel::anchor_all(time_point now) {
  while (!is_empty(loose_)) {
    timer_node& node = node_of(*loose_.next);
    add(node, after_delay(now, node.deadline.time_since_epoch()));
  }
}

void timer_wheel::remove(timer_node& node) {
  if (!node.is_set()) return;
  unlink(node);
  --size_;
}

time_point timer_wheel::next_deadline() const {
  if (!is_empty(loose_) || !is_empty(due_) || !is_empty(firing_)) return time_of(current_);
  position first;
  if (!first_slot(first)) return never;
  return time_of(first.level == 0 ? first.first_tick : earliest_in(first));
}

std::size_t timer_wheel::advance(time_point now) {
  DIALTONE_ASSERT(!advancing_, "a timer's callback must not advance the wheel");
  anchor(now);
  const std::uint64_t until = now <= start_ ? 0 : nanoseconds_between(start_, now) / tick_nanoseconds;
  splice(firing_, due_);
  collect(std::max(until, current_));
  return fire();
}

std::uint64_t timer_wheel::ticks_until(time_point deadline) const {
  if (deadline <= start_) return 0;
  const std::uint64_t distance = nanoseconds_between(start_, deadline);
  return distance / tick_nanoseconds + (distance % tick_nanoseconds != 0 ? 1 : 0);
}

time_point timer_wheel::time_of(std::uint64_t ticks) const {
  const auto since_epoch = static_cast<std::uint64_t>(start_.time_since_epoch().count()) + ticks * tick_nanoseconds;
  return time_point(duration(static_cast<std::int64_t>(since_epoch)));
}

void timer_wheel::place(timer_node& node, std::uint64_t ticks) {
  if (ticks <= current_) return append(due_, node);
  const auto level = static_cast<unsigned>(std::bit_width(ticks ^ current_) - 1) / level_bits;
  const std::uint64_t slot = (ticks >> (level * level_bits)) % slots_in_level;
  append(slots_[level * slots_in_level + slot], node);
  occupied_[level] |= std::uint64_t{1} << slot;
}

void timer_wheel::unlink(timer_node& node) {
  timer_link* const next = node.next;
  next->previous = node.previous;
  node.previous->next = next;
  node.next = node.previous = nullptr;
  if (next->next != next) return;
  // The list is empty, so `next` is its head: which slot it was, its address tells.
  if (std::less<>{}(next, slots_.data()) || std::greater_equal<>{}(next, slots_.data() + slot_count)) return;
  const auto index = static_cast<std::size_t>(next - slots_.data());
  occupied_[index / slots_in_level] &= ~(std::uint64_t{1} << index % slots_in_level);
}

// The slots of a level all lie before those of the levels above, because they agree with the current tick in the groups
// of bits above their own.
bool timer_wheel::first_slot(position& found) const {
  for (std::size_t level = 0; level < level_count; ++level) {
    if (occupied_[level] == 0) continue;
    const auto slot = static_cast<std::size_t>(std::countr_zero(occupied_[level]));
    const std::size_t shift = level * level_bits;
    const std::uint64_t above = current_ >> (shift + level_bits) << (shift + level_bits);
    found = {level, level * slots_in_level + slot, above | std::uint64_t{slot} << shift};
    return true;
  }
  return false;
}

std::uint64_t timer_wheel::earliest_in(const position& slot) const {
  const timer_link& head = slots_[slot.slot];
  std::uint64_t earliest = std::numeric_limits<std::uint64_t>::max();
  int looked_at = 0;
  for (const timer_link* link = head.next; link != &head; link = link->next) {
    if (++looked_at > exact_limit) return slot.first_tick;
    earliest = std::min(earliest, ticks_until(static_cast<const timer_node*>(link)->deadline));
  }
  return earliest;
}

// All that is due is taken out of the levels before the first callback runs: callbacks thus meet a wheel that is at
// `until` already, and what they add cannot fire in the same advance.
void timer_wheel::collect(std::uint64_t until) {
  position first;
  while (first_slot(first) && first.first_tick <= until) {
    current_ = first.first_tick;
    spread(first);
  }
  current_ = until;
}

void timer_wheel::spread(const position& slot) {
  timer_link moved;
  make_empty(moved);
  splice(moved, slots_[slot.slot]);
  occupied_[slot.level] &= ~(std::uint64_t{1} << slot.slot % slots_in_level);
  if (slot.level == 0) return splice(firing_, moved);
  for (timer_link* link = moved.next; link != &moved;) {
    timer_link* const next = link->next;
    const std::uint64_t ticks = ticks_until(node_of(*link).deadline);
    if (ticks == current_) {
      append(firing_, *link);
    } else {
      place(node_of(*link), ticks);
    }
    link = next;
  }
}

std::size_t timer_wheel::fire() {
  struct round {
    explicit round(timer_wheel& wheel) : wheel{wheel} { wheel.advancing_ = true; }
    ~round() {
      wheel.advancing_ = false;
      if (is_empty(wheel.firing_)) return;
      splice(wheel.firing_, wheel.due_);  // one has thrown: those behind it come first in the next advance
      splice(wheel.due_, wheel.firing_);
    }
    timer_wheel& wheel;
  } advancing{*this};
  std::size_t fired = 0;
  while (!is_empty(firing_)) {
    timer_node& node = node_of(*firing_.next);
    remove(node);
    node.expire(node);
    ++fired;
  }
  return fired;
}

}  // namespace dialtone::detail
