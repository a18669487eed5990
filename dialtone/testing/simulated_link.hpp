// SPDX-License-Identifier: Apache-2.0
// What a simulated network does to what travels in one direction from a host to another: how long it takes, how much
// fits through, what is lost. Plain values, for tests; all numbers are whole, so that every machine draws the same.
//
//   network.set_link(a, b, {.delay = latency::uniform(1ms, 5ms), .bytes_per_second = 1'000'000});
//   network.set_link(a, b, {.loss = probability::percent(1)});
#pragma once

#include <cstddef>
#include <cstdint>

#include <dialtone/base/time.hpp>
#include <dialtone/runtime/random_bits.hpp>

namespace dialtone::testing {

/// In parts of a million.
class probability {
 public:
  static constexpr std::uint32_t certain = 1'000'000;

  /// Never.
  constexpr probability() = default;
  /// At most 1,000,000, which is asserted.
  static probability parts_per_million(std::uint32_t parts);
  static probability percent(std::uint32_t parts) {
    return parts_per_million(parts > 100 ? certain + 1 : parts * 10'000);
  }

  /// Draws nothing for what happens never.
  bool draw(dialtone::detail::random_bits& from) const { return parts_ != 0 && from.below(certain) < parts_; }
  std::uint32_t parts() const { return parts_; }
  friend bool operator==(probability, probability) = default;

 private:
  std::uint32_t parts_ = 0;
};

/// A distribution of delays.
class latency {
 public:
  static constexpr duration longest = std::chrono::hours{1};

  static latency fixed(duration time);
  /// From `least` to `most`, each equally likely. None is longer than an hour, which is asserted.
  static latency uniform(duration least, duration most);
  /// From `least` on: half of them within `typical` of it, a quarter within twice that, an eighth within four times;
  /// none is longer than `most`.
  static latency long_tailed(duration least, duration typical, duration most);

  duration draw(dialtone::detail::random_bits& from) const;
  duration least() const { return least_; }
  duration most() const { return most_; }

 private:
  latency(duration least, duration span, duration most) : least_{least}, span_{span}, most_{most} {}
  duration least_;
  duration span_;
  duration most_;
  bool has_tail_ = false;
};

struct link_options {
  /// Of each segment and datagram. A good local network: 50 µs, now and then some milliseconds.
  latency delay =
      latency::long_tailed(std::chrono::microseconds{50}, std::chrono::microseconds{50}, std::chrono::milliseconds{5});
  /// Payload, of all connections together; what comes faster waits in line, however long that gets. 0: no limit.
  std::uint64_t bytes_per_second = 0;
  /// A segment of TCP comes late then (network_options::retransmission_timeout), and all that follow it; a datagram
  /// never.
  probability loss = {};
  /// Of what is left of a send, again and again: whether it is cut at a place that is drawn. The parts travel by
  /// themselves, in order.
  probability segmentation = probability::percent(10);
  /// Bytes that one segment has at most.
  std::size_t segment_limit = std::size_t{64} * 1024;
  /// Datagrams only.
  probability duplication = {};
  /// Datagrams only: one that is drawn takes another delay on top, so that later ones overtake it; the others keep
  /// their order.
  probability reordering = {};
};

}  // namespace dialtone::testing
