// SPDX-License-Identifier: Apache-2.0
// All of a simulated network, as its drivers see it. For simulated_network and simulated_driver.
#pragma once

#include <dialtone/testing/simulated_tcp.hpp>
#include <dialtone/testing/simulated_udp.hpp>
#include <dialtone/testing/simulated_world.hpp>

namespace dialtone::testing::simulated {

class simulated_stack {
 public:
  simulated_stack(virtual_clock& clock, std::uint64_t seed, const network_options& options)
      : world{clock, seed, options} {}

  simulated_world world;
  simulated_tcp tcp{world};
  simulated_udp udp{world};
};

}  // namespace dialtone::testing::simulated
