// SPDX-License-Identifier: Apache-2.0
// The works of works.py. For this program only.
#pragma once

#include <dialtone/dialtone.hpp>
#include <dialtone/testing/simulation.hpp>

namespace works {

namespace dt = dialtone;

/// Seconds of this program's processor so far: a simulation has one thread, which never waits, so other work of the
/// machine takes less from it than from a wall clock.
double processor_seconds();

double pipelined_1(long messages);
double pipelined_100(long messages);
double to_and_fro_1(long messages);
double to_and_fro_100(long messages);
double to_and_fro_10k(long messages);
double to_and_fro_nodes(long messages);

double ring_100(long seconds);
double idle_node_bytes(long nodes);
double connected_nodes_bytes(long nodes);

}  // namespace works
