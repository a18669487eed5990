# SPDX-License-Identifier: Apache-2.0
"""The servers and the cases of `scripts/bench net`, and what Dialtone must reach in each: `dialtone` is with epoll."""
import dataclasses
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
    program: str = ""    # of ours, which must have been built

    def words(self, binaries):
        return self.command.format(bin=binaries, out=harness.OUTPUT).split()

    def missing(self, binaries):
        """The reason why it cannot be started, or None."""
        program = [f"{binaries}/{self.program}"] if self.program else self.words(binaries)
        return harness.is_missing(program)


@dataclass(frozen=True)
class Case:
    """`at_least` bounds Dialtone's figures, by its server's name, as multiples of the epoll loop's; `at_most` does so
    for a latency."""
    what: str
    size: int
    connections: int
    pipelined: int = 1
    at_least: dict = dataclasses.field(default_factory=dict)
    at_most: dict = dataclasses.field(default_factory=dict)

    @property
    def is_latency(self):
        return bool(self.at_most)


def at_least(io_uring):
    """The bound of the epoll driver is the same in all throughputs."""
    return {"dialtone": 0.95, "io_uring": io_uring}


CASES = [
    Case("64 B x 64", 64, 64, at_least=at_least(io_uring=1.05)),
    Case("64 B x 1,000", 64, 1000, at_least=at_least(io_uring=1.00)),
    Case("64 B x 64, 16 pipelined", 64, 64, pipelined=16, at_least=at_least(io_uring=1.00)),
    Case("16 KiB x 64", 16 * 1024, 64, at_least=at_least(io_uring=0.90)),
    # At half of the rate at which the epoll loop saturates in the first case of the same run.
    Case("64 B x 64, half load", 64, 64, at_most={"dialtone": 1.1, "io_uring": 1.1}),
]

SERVERS = [
    Server("epoll", "{bin}/bench_net_epoll 0"),
    Server("dialtone", "env DIALTONE_IO=epoll {bin}/bench_net_dialtone 0", program="bench_net_dialtone"),
    Server("io_uring", "env DIALTONE_IO=io_uring {bin}/bench_net_dialtone 0", program="bench_net_dialtone"),
    Server("beam", "erl +S 1:1 -env ERL_CRASH_DUMP_SECONDS 0 -noinput -pa {out} -run echo main 0"),
]
