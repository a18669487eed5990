# SPDX-License-Identifier: Apache-2.0
"""The works of `scripts/bench simulation`, their sizes, units and targets: the one place where these are kept.

bench_simulation_dialtone is started as `PROGRAM WORK SIZE` and prints `RESULT <number>` in the work's unit. Nodes,
network and faults have the defaults of testing::simulation, and seconds are those of the processor. A message is 64
bytes that a process has given to one send of a TCP socket, and a process of another node has got whole from one recv;
a tenth of SIZE goes before those that count.

  pipelined_1            SIZE messages in one direction of one connection, as many at once as its window holds
  pipelined_100          the same on 100 connections between two nodes
  to_and_fro_1           SIZE messages, each sent when the last one has come: one connection, and nothing at once
  to_and_fro_100         the same on 100 connections between two nodes
  to_and_fro_10k         the same on 10,000
  to_and_fro_nodes       the same on 100 connections, each of a node of its own to one server
  ring_100               100 nodes in a ring, a heartbeat to the neighbour each second: SIZE virtual seconds by the
                         seconds that they take
  idle_node_bytes        SIZE nodes of one process that sleeps: growth of the resident set, divided
  connected_nodes_bytes  SIZE nodes that each open ten connections to others and accept ten: the resident set of the
                         program

The network alone, from driver to driver, is bench_simulated_network's; its figures are messages of 64 bytes that were
received.
"""
from comparison import Target, Work

MESSAGES = Target("value", 1e6)

WORKS = [
    Work("pipelined_1", "messages/s", 5_000_000, MESSAGES, bigger_is_better=True),
    Work("pipelined_100", "messages/s", 5_000_000, MESSAGES, bigger_is_better=True),
    Work("to_and_fro_1", "messages/s", 1_000_000, MESSAGES, bigger_is_better=True),
    Work("to_and_fro_100", "messages/s", 2_000_000, MESSAGES, bigger_is_better=True),
    Work("to_and_fro_10k", "messages/s", 2_000_000, bigger_is_better=True),
    Work("to_and_fro_nodes", "messages/s", 1_000_000, MESSAGES, bigger_is_better=True),
    Work("ring_100", "virtual s/s", 5_000, Target("value", 1_000), bigger_is_better=True),
    Work("idle_node_bytes", "bytes/node", 10_000, Target("value", 100_000, at_most=True)),
    Work("connected_nodes_bytes", "bytes", 10_000, Target("value", 4 * 2**30, at_most=True)),
]

# The network alone: what it is called there, for --benchmark_filter.
NETWORK = {
    "network_to_and_fro_1": "to_and_fro/1",
    "network_to_and_fro_100": "to_and_fro/100",
    "network_to_and_fro_10k": "to_and_fro/10000",
    "network_one_way": "one_way",
}
WORKS += [Work(name, "messages/s", 1, bigger_is_better=True) for name in NETWORK]
