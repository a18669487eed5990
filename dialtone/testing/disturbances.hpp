// SPDX-License-Identifier: Apache-2.0
// What goes wrong in a simulation by itself: crashes, pauses, partitions and resets at times that are drawn, of nodes
// that are drawn, each over after a time that is drawn. For simulation::disturb.
#pragma once

#include <cstdint>
#include <memory>

#include <dialtone/testing/simulated_link.hpp>
#include <dialtone/testing/simulation_options.hpp>

namespace dialtone::testing {

class simulation;

/// What takes back a disturbance takes back that one alone: a partition, crash or pause of the test's own, or one that
/// has come since, goes on; but a partition that is drawn between two sides which the test itself heals counts as one
/// of the test's. Of each kind: the mean time between the beginnings of two, which are between nothing and
/// twice that apart; zero: it does not happen.
struct disturbance_options {
  duration crash_every = {};
  duration pause_every = {};
  /// Nodes that are drawn are parted from all others, in both directions.
  duration partition_every = {};
  /// The connections between two nodes are reset.
  duration reset_every = {};
  /// Until the node is started again or resumed, the partition healed.
  latency lasts = latency::uniform(std::chrono::milliseconds{100}, std::chrono::seconds{5});
  /// Nodes that never crash or pause; partitions and resets are of the network, and meet everybody.
  node_names spared = {};
};

namespace detail {

class simulated_node;
class simulation_core;

class disturbances {
 public:
  disturbances(simulation& run, simulation_core& core, disturbance_options options, std::uint64_t seed);
  /// No new ones; what lasts comes to its end.
  void stop() { stopped_ = true; }

  /// Draws when each kind comes first. `self` is kept by what is planned.
  static void begin(const std::shared_ptr<disturbances>& self);

 private:
  using cause = void (*)(const std::shared_ptr<disturbances>& self);
  static void plan(const std::shared_ptr<disturbances>& self, duration every, cause what);
  static void crash(const std::shared_ptr<disturbances>& self);
  static void pause(const std::shared_ptr<disturbances>& self);
  static void partition(const std::shared_ptr<disturbances>& self);
  static void reset(const std::shared_ptr<disturbances>& self);

  /// A node that is up, is not paused and not spared; null: there is none.
  const simulated_node* victim();
  duration time_around(duration mean);

  simulation& run_;
  simulation_core& core_;
  const disturbance_options options_;
  dialtone::detail::random_bits chance_;
  bool stopped_ = false;
};

}  // namespace detail

}  // namespace dialtone::testing
