// SPDX-License-Identifier: Apache-2.0
// What is to happen in a simulated network, by time; what is due at the same time happens in the order in which it was
// added. A heap of small values without an allocation of their own. What an event is about may have changed when it
// comes: whoever takes it looks. For simulated_network, on its thread.
#pragma once

#include <cstdint>
#include <vector>

#include <dialtone/base/time.hpp>

namespace dialtone::testing::simulated {

enum class event_kind : std::uint8_t { arrival, timer, keepalive, datagram };

/// What an event is about: an object in its slot, and perhaps one of its two sides.
struct event_subject {
  event_kind kind;
  std::uint8_t side = 0;
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
};

struct network_time_event {
  time_point at;
  std::uint64_t order;
  event_subject subject;
};

class simulated_events {
 public:
  void add(time_point at, event_subject subject);
  /// Only of what is not empty.
  network_time_event take();
  /// never: there is nothing.
  time_point next() const { return heap_.empty() ? never : heap_.front().at; }
  std::size_t count() const { return heap_.size(); }

 private:
  // Four children each: half as deep as with two, and they lie side by side.
  static constexpr std::size_t arity = 4;
  static bool is_before(const network_time_event& left, const network_time_event& right) {
    return left.at != right.at ? left.at < right.at : left.order < right.order;
  }

  std::vector<network_time_event> heap_;
  std::uint64_t added_ = 0;
};

}  // namespace dialtone::testing::simulated
