# SPDX-License-Identifier: Apache-2.0
"""The servers and the cases of `scripts/bench net`, their figures, and what Dialtone must reach: kept here alone.

A case is one start of `bench_net_load` against all servers (bench/net/load), a figure one number of its turns. Dialtone
is measured twice, over its two drivers: `dialtone` is with epoll, `io_uring` with that.
"""
from collections.abc import Callable
from dataclasses import dataclass

import harness

REFERENCE = "epoll"
OURS = ("dialtone", "io_uring")
SECONDS = 0.25     # of a server's turn
TURNS = 16         # of each server in a round
FEWER_TURNS = 6    # where nothing is to be reached
IDLE_CONNECTIONS = 15_000    # with 20,000 descriptors for a process
FEW_CONNECTIONS = 1_000      # a tenth of the memory of 100 would be two pages, and RSS knows no less than one


@dataclass(frozen=True)
class Server:
    """`command` must print `listening PORT` first; {bin} is where the build puts its programs, {out} build/bench."""
    name: str
    command: str
    program: str = ""    # of the build; else the first word of the command

    def words(self, binaries):
        return self.command.format(bin=binaries, out=harness.OUTPUT).split()

    def missing(self, binaries):
        """The reason why it cannot be started, or None."""
        program = [f"{binaries}/{self.program}"] if self.program else self.words(binaries)
        return harness.is_missing(program)


@dataclass(frozen=True)
class Bound:
    """What servers of ours must reach: of the value itself, or as a multiple of another server's."""
    limits: dict       # server -> number
    of: str = ""       # that server; empty: the value
    at_most: bool = False
    aim: str = ""

    def is_reached(self, server, figure):
        limit = self.limits[server]
        return figure <= limit if self.at_most else figure >= limit

    def text(self):
        sign = "<=" if self.at_most else ">="
        if len(self.limits) == len(OURS) and len(set(self.limits.values())) == 1:
            parts = f"both {sign} {self.limits[OURS[0]]:,.4g}"
        else:
            parts = ", ".join(f"{server} {sign} {limit:,.4g}" for server, limit in self.limits.items())
        return parts + (f" x {self.of}" if self.of else "") + (f" (aim {self.aim})" if self.aim else "")


@dataclass(frozen=True)
class Figure:
    what: str
    unit: str
    of: Callable       # a turn's report -> number, or a Gap
    bounds: tuple = ()
    bigger_is_better: bool = False
    compared: bool = True    # whether a multiple of the epoll loop's says anything


@dataclass(frozen=True)
class Case:
    """`load` is the kind of load. Half load: at half of the rate at which the epoll loop saturates in CASES[0]."""
    load: str
    size: int
    connections: int
    figures: tuple
    pipelined: int = 1
    half_load: bool = False
    turns: int = FEWER_TURNS
    seconds: float = SECONDS


def both(limit):
    return dict.fromkeys(OURS, limit)


def per_cpu_second(of):
    def figure(report):
        if not report[of] or not report["server_cpu_seconds"]:
            return harness.Gap(f"no {of} came to an end", failed=True)
        return report[of] / report["server_cpu_seconds"]
    return figure


def microseconds(percentile):
    return lambda report: report[f"{percentile}_ns"] / 1e3


def latency(what, percentile, bounds=()):
    return Figure(f"{what}, {percentile.replace('999', '99.9')}", "us", microseconds(percentile), bounds)


def number(key):
    return lambda report: report[key]


def echo(size, connections, io_uring=None, pipelined=1, latencies=(), seconds=SECONDS):
    """With bounds if io_uring has one; those of the epoll driver and against the BEAM are always the same. A turn must
    be several times as long as a round trip."""
    shown = f"{size} B" if size < 1024 else f"{size // 1024} KiB"
    what = f"{shown} x {connections:,}" + (f", {pipelined} pipelined" if pipelined > 1 else "")
    bounds = (Bound({"dialtone": 0.95, "io_uring": io_uring}, REFERENCE, aim="1.2"), Bound(both(2.5), "beam"))
    rate = Figure(what, "messages/CPU second", per_cpu_second("messages"), bounds if io_uring else (),
                  bigger_is_better=True)
    figures = (rate, *(latency(f"{what}, saturated", percentile) for percentile in latencies))
    turns = TURNS if io_uring else FEWER_TURNS
    return Case("echo", size, connections, figures, pipelined, turns=turns, seconds=seconds)


def idle(connections, bounds, more=()):
    what = f"{connections:,} idle connections"
    figures = (
        Figure(f"{what}, never used", "bytes each", number("unused_bytes"), bounds, compared=False),
        Figure(f"{what}, after one echo", "bytes each", number("echoed_bytes"), bounds, compared=False),
        Figure(f"{what}, all closed", "bytes each", number("closed_bytes"), compared=False))
    return Case("idle", 64, connections, figures + more, turns=1, seconds=2)


CASES = [
    echo(64, 64, io_uring=1.05, latencies=("p99", "p999")),
    echo(64, 1),
    echo(64, 1_000, io_uring=1.00, latencies=("p99", "p999")),
    echo(64, 10_000),
    echo(64, 64, io_uring=1.00, pipelined=16),
    echo(16 * 1024, 1),
    echo(16 * 1024, 64, io_uring=0.90),
    echo(16 * 1024, 1_000),
    echo(16 * 1024, 10_000, seconds=2),
    Case("echo", 64, 64, (latency("64 B x 64, half load", "p99", (Bound(both(1.1), REFERENCE, at_most=True),)),
                          latency("64 B x 64, half load", "p999")), half_load=True, turns=TURNS),
    Case("churn", 64, 64, (Figure("accept, echo 64 B, close", "connections/CPU second", per_cpu_second("connections"),
                                  (Bound(both(1.0), "asio"), Bound(both(2.5), "beam")), bigger_is_better=True),
                           latency("accept, echo 64 B, close", "p99")), turns=TURNS),
    idle(FEW_CONNECTIONS, ()),
    idle(IDLE_CONNECTIONS, (Bound(both(1000), at_most=True, aim="600"),),
         (Figure("wake-ups of an idle server", "a second", number("wakeups"), (Bound(both(0), at_most=True),),
                 compared=False),)),
]

@dataclass(frozen=True)
class Growth:
    """A figure that is derived: how many times as much, of each server, `above` is as `below`."""
    figure: Figure
    above: str
    below: str


def growth(what, above, below, *bounds):
    return Growth(Figure(what, "times", None, bounds, compared=False), above, below)


GROWTHS = [
    growth("time of a message, 10,000 connections against 64", "64 B x 64", "64 B x 10,000",
           Bound(both(4), at_most=True)),
    growth("bytes of a connection, 15,000 against 1,000", "15,000 idle connections, after one echo",
           "1,000 idle connections, after one echo", Bound(both(0.9)), Bound(both(1.1), at_most=True)),
]

SERVERS = [
    Server("epoll", "{bin}/bench_net_epoll 0"),
    Server("dialtone", "{bin}/bench_net_dialtone 0 --io epoll", program="bench_net_dialtone"),
    Server("io_uring", "{bin}/bench_net_dialtone 0 --io uring", program="bench_net_dialtone"),
    Server("asio", "{bin}/bench_net_asio 0"),
    Server("libuv", "{bin}/bench_net_uv 0"),
    Server("beam", "erl +S 1:1 +Q 65536 -env ERL_CRASH_DUMP_SECONDS 0 -noinput -pa {out} -run echo main 0"),
]
