# SPDX-License-Identifier: Apache-2.0
"""The servers and the cases of `scripts/bench echo`, and what Dialtone must reach in each."""
from dataclasses import dataclass

import harness

REFERENCE = "epoll"
PER_CPU_SECOND = "messages/CPU second"
SECONDS = 0.25    # of a server's turn
TURNS = 16        # of each server in a round


@dataclass(frozen=True)
class Server:
    """`command` must print `listening PORT` first; {bin} is where the build puts its programs, {out} build/bench."""
    name: str
    command: str

    def words(self, binaries):
        return self.command.format(bin=binaries, out=harness.OUTPUT).split()


@dataclass(frozen=True)
class Case:
    """`at_least` bounds Dialtone's figure as a multiple of the epoll loop's; below it `at_most` does, for latencies."""
    what: str
    size: int
    connections: int
    pipelined: int = 1
    at_least: float | None = None
    at_most: float | None = None

    @property
    def is_latency(self):
        return self.at_most is not None


# The bound of the epoll driver, the only one so far, on all throughputs.
CASES = [
    Case("64 B x 64", 64, 64, at_least=0.95),
    Case("64 B x 1,000", 64, 1000, at_least=0.95),
    Case("64 B x 64, 16 pipelined", 64, 64, pipelined=16, at_least=0.95),
    Case("16 KiB x 64", 16 * 1024, 64, at_least=0.95),
    # At half of the rate at which the epoll loop saturates in the first case of the same run.
    Case("64 B x 64, half load", 64, 64, at_most=1.1),
]

SERVERS = [
    Server("epoll", "{bin}/bench_echo_epoll 0"),
    Server("dialtone", "{bin}/bench_echo_dialtone 0"),
    Server("beam", "erl +S 1:1 -env ERL_CRASH_DUMP_SECONDS 0 -noinput -pa {out} -run echo main 0"),
]
