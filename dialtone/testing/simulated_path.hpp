// SPDX-License-Identifier: Apache-2.0
// One direction between two hosts of a simulated network: what it does to each segment and datagram. Each kind of
// chance has numbers of its own, so that one draw more of one kind changes none of another, nor of another direction.
// For simulated_network, on its thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include <dialtone/testing/simulated_link.hpp>
#include <dialtone/testing/simulated_network.hpp>

namespace dialtone::testing::simulated {

class simulated_path {
 public:
  simulated_path(host_id from, host_id to, std::uint64_t seed, const link_options& options);

  /// When what is sent now is there.
  time_point arrival(time_point now, std::size_t size);
  /// Not lost, and not cut.
  bool passes() { return !cut && !options.loss.draw(loss_); }
  /// How much of what is to be sent is in the next segment.
  std::size_t segment(std::size_t size);
  bool duplicates() { return options.duplication.draw(duplication_); }
  bool reorders() { return options.reordering.draw(reordering_); }

  host_id from;
  host_id to;
  link_options options;
  bool cut = false;
  time_point last_datagram = {};  // when it is there

 private:
  using random_bits = dialtone::detail::random_bits;
  random_bits delay_;
  random_bits loss_;
  random_bits segmentation_;
  random_bits duplication_;
  random_bits reordering_;
  time_point free_at_ = {};  // of limited bandwidth
};

}  // namespace dialtone::testing::simulated
