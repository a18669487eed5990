// SPDX-License-Identifier: Apache-2.0
// When each of many is due next: setting a deadline and taking the first one out cost the logarithm of their number. Of
// those that are due at the same time, the order depends on nothing but what was set before. For one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <dialtone/base/time.hpp>

namespace dialtone::testing::detail {

class deadline_heap {
 public:
  /// `never`: it has none any more.
  void set(std::uint32_t who, time_point deadline) {
    if (who >= places_.size()) places_.resize(who + std::size_t{1}, nowhere);
    std::size_t place = places_[who];
    if (deadline == never) {
      if (place != nowhere) remove(place);
    } else if (place == nowhere) {
      heap_.push_back({deadline, who});
      rise(heap_.size() - 1);
    } else if (heap_[place].deadline != deadline) {
      heap_[place].deadline = deadline;
      sink(rise(place));
    }
  }
  /// `never` when nobody has a deadline.
  time_point first() const { return heap_.empty() ? never : heap_.front().deadline; }
  /// Who is due first, without a deadline from now on. There must be one.
  std::uint32_t take() {
    std::uint32_t who = heap_.front().who;
    remove(0);
    return who;
  }

 private:
  static constexpr std::size_t nowhere = std::size_t(-1);
  struct entry {
    time_point deadline;
    std::uint32_t who;
  };

  void put(std::size_t place, entry what) {
    heap_[place] = what;
    places_[what.who] = place;
  }
  std::size_t rise(std::size_t place) {
    entry moved = heap_[place];
    for (; place != 0 && moved.deadline < heap_[(place - 1) / 2].deadline; place = (place - 1) / 2)
      put(place, heap_[(place - 1) / 2]);
    put(place, moved);
    return place;
  }
  void sink(std::size_t place) {
    entry moved = heap_[place];
    for (std::size_t child; (child = 2 * place + 1) < heap_.size(); place = child) {
      if (child + 1 < heap_.size() && heap_[child + 1].deadline < heap_[child].deadline) ++child;
      if (moved.deadline <= heap_[child].deadline) break;
      put(place, heap_[child]);
    }
    put(place, moved);
  }
  void remove(std::size_t place) {
    places_[heap_[place].who] = nowhere;
    entry last = heap_.back();
    heap_.pop_back();
    if (place == heap_.size()) return;
    put(place, last);
    sink(rise(place));
  }

  std::vector<entry> heap_;
  std::vector<std::size_t> places_;  // by who
};

}  // namespace dialtone::testing::detail
