# SPDX-License-Identifier: Apache-2.0
"""What the runners that go work by work share: bench/runtime and bench/otp, which compare Dialtone with others, and
bench/simulation, where there are none.

Each program is started as `PROGRAM WORK SIZE SCHEDULERS` and prints its result (harness.parse_result). The works, with
their sizes, units and targets, are the runner's.
"""
import argparse
import pathlib
import sys
from dataclasses import dataclass, field

import harness
import report

SECONDS_EACH = 120


@dataclass(frozen=True)
class Target:
    """A bound on `of`: "ratio" to the BEAM, "value" of Dialtone, or the work that the value is divided by."""
    of: str
    bound: float
    at_most: bool = False
    aim: str = ""

    def is_reached(self, figure):
        return figure <= self.bound if self.at_most else figure >= self.bound

    def text(self):
        subject = {"ratio": "ratio", "value": "dialtone"}.get(self.of, f"dialtone / {self.of}")
        aim = f" (aim {self.aim})" if self.aim else ""
        return f"{subject} {'<=' if self.at_most else '>='} {self.bound:,.10g}{aim}"


@dataclass(frozen=True)
class Work:
    what: str
    unit: str
    size: int
    target: Target | None = None
    schedulers: int = 1
    bigger_is_better: bool = False
    sizes: dict = field(default_factory=dict)     # where a program is so slow that the common size would take minutes

    def size_for(self, program, quick):
        size = self.sizes.get(program, self.size)
        return max(size // 50, min(size, 20)) if quick else size


@dataclass(frozen=True)
class Program:
    name: str
    command: object                     # Work, size -> the words of its command
    gap: harness.Gap | None = None      # why it cannot be run at all

    def measure(self, work, quick):
        cores = harness.cores(work.schedulers)
        gap = self.gap or (cores if isinstance(cores, harness.Gap) else None)
        if gap:
            return gap
        command = self.command(work, work.size_for(self.name, quick))
        return harness.parse_result(harness.run_pinned(command, cores, SECONDS_EACH))


def built(name, binary):
    return Program(name, lambda work, size: [binary, work.what, size, work.schedulers])


def beam(source, *options):
    """The BEAM with the module of `source`, which is compiled to where the results go."""
    harness.OUTPUT.mkdir(parents=True, exist_ok=True)
    output = harness.run_pinned(["erlc", "-o", harness.OUTPUT, source], harness.cores(1), time_limit=60)

    def command(work, size):
        return ["erl", "+S", f"{work.schedulers}:{work.schedulers}", "-env", "ERL_CRASH_DUMP_SECONDS", 0, "-noinput",
                "-pa", harness.OUTPUT, *options, "-run", source.stem, "main", work.what, size, work.schedulers]
    return Program("beam", command, output if isinstance(output, harness.Gap) else None)


def arguments(description, works):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="works, separated by commas")
    parser.add_argument("--quick", action="store_true", help="one round of a fiftieth of the work: does it run at all")
    parser.add_argument("--build", type=pathlib.Path, default=harness.ROOT / "build" / "release")
    chosen = parser.parse_args()
    names = [work.what for work in works]
    chosen.only = chosen.only.split(",") if chosen.only else names
    unknown = sorted(set(chosen.only) - set(names))
    if unknown or chosen.rounds < 1:
        parser.error(f"no such work: {', '.join(unknown)}; there are {', '.join(names)}" if unknown else "no rounds")
    return chosen


def run(name, chosen, works, programs):
    """The table on standard output, build/bench/NAME.json, and what main returns. The first program is Dialtone."""
    peers = tuple(program.name for program in programs[1:])
    selected = [work for work in works if work.what in chosen.only]
    samples = harness.Samples()
    others = harness.Others()
    harness.interleave(1 if chosen.quick else chosen.rounds, selected, programs,
                       lambda work, program: program.measure(work, chosen.quick), samples,
                       lambda text: print(text, file=sys.stderr, flush=True))
    rows = report.rows(selected, samples, peers)
    print(report.text(rows, others.note(), peers))
    harness.write_json(harness.OUTPUT / f"{name}.json", [report.for_json(row) for row in rows])
    for failure in samples.failures():
        print(f"FAILED: {failure}", file=sys.stderr)
    return 1 if samples.failures() else 0
