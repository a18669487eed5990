// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/simulated_events.hpp>

#include <algorithm>

namespace dialtone::testing::simulated {

void simulated_events::add(time_point at, event_subject subject) {
  const network_time_event added{at, added_++, subject};
  std::size_t place = heap_.size();
  heap_.push_back(added);
  while (place != 0) {
    const std::size_t parent = (place - 1) / arity;
    if (!is_before(added, heap_[parent])) break;
    heap_[place] = heap_[parent];
    place = parent;
  }
  heap_[place] = added;
}

network_time_event simulated_events::take() {
  const network_time_event first = heap_.front();
  const network_time_event moved = heap_.back();
  heap_.pop_back();
  const std::size_t count = heap_.size();
  for (std::size_t place = 0; count != 0;) {
    const std::size_t begin = place * arity + 1;
    std::size_t best = begin;
    for (std::size_t child = begin + 1; child < std::min(begin + arity, count); ++child)
      if (is_before(heap_[child], heap_[best])) best = child;
    if (begin >= count || !is_before(heap_[best], moved)) {
      heap_[place] = moved;
      break;
    }
    heap_[place] = heap_[best];
    place = best;
  }
  return first;
}

}  // namespace dialtone::testing::simulated
