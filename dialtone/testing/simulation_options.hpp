// SPDX-License-Identifier: Apache-2.0
// What a simulation and its nodes can be told, with the defaults and the reasons for them; and how they fail.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <dialtone/net/ip_address.hpp>
#include <dialtone/runtime/runtime_options.hpp>
#include <dialtone/runtime/spawn_options.hpp>
#include <dialtone/testing/node_clock.hpp>
#include <dialtone/testing/simulated_names.hpp>
#include <dialtone/testing/simulated_network.hpp>
#include <dialtone/testing/trace.hpp>

namespace dialtone::testing {

/// How often the rare legal thing happens where the library has a place for it (fault_points).
struct fault_options {
  /// Each time one of fault_points::timing is passed. Programs that hold with it hold without it; fewer for speed.
  probability timing = probability::percent(2);
  /// Each time one of fault_points::refusals is passed. A program has to expect them.
  probability refusals = {};
};

struct simulation_options {
  /// All chance comes from it.
  std::uint64_t seed = 1;
  network_options network = {};
  name_options names = {};
  fault_options faults = {};
  /// What is between two machines (firewalls, translation of addresses, load balancers) forgets the connections that it
  /// has not seen for so long: when a partition is healed that has lasted longer, both ends are reset. As long as this
  /// is max, nobody is told: who only waits for the other side may wait for ever at a connection that its peer has
  /// left.
  duration path_memory = std::chrono::seconds{5};
  /// Events that are kept for people.
  std::size_t trace_limit = trace::default_limit;
  /// Lines of the nodes' logs that are kept, the last ones.
  std::size_t log_limit = 10'000;
  /// Steps at one moment. More, and some process goes on for ever without a wait: the run fails.
  std::uint64_t steps_at_once_limit = 20'000'000;
  /// Is told of everything, and outlives the simulation: to see where two runs part.
  trace_comparison* compared = nullptr;
  /// Of the test, for the command that replays a failure: `ctest -R test`.
  std::string test = {};
};

struct node_options {
  /// Stepped in the one thread, as everything is.
  std::uint32_t schedulers = 1;
  /// By default 10.0.0.1 for the first node, 10.0.0.2 for the next.
  std::optional<ip_address> address = {};
  clock_skew skew = {};
  /// How long a function of blocking() takes: by default as long as a read of a file that is not in memory.
  latency blocking_cost = latency::uniform(std::chrono::microseconds{50}, std::chrono::milliseconds{5});
  /// Of `main`.
  spawn_options spawn = {};
  /// What else the runtime shall be; the seams, the seed and the schedulers are the simulation's. Lines of the log go
  /// to a log_sink that is given, instead of to the simulation.
  runtime_options runtime = {};
};

/// Nodes, by their names.
using node_names = std::vector<std::string>;

struct one_way {
  node_names from;
  node_names to;
};

/// A simulation that has not done what was expected of it. It has printed what led to it.
class simulation_failed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace dialtone::testing
