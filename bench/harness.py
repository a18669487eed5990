# SPDX-License-Identifier: Apache-2.0
"""What the benchmark runners share: programs pinned to cores and bounded in time, medians, ratios, tables, JSON.

Standard library only. A runner measures several programs on the same work, interleaved over several rounds, so that a
disturbance of the machine meets all of them; it compares medians. A program that is missing, fails or cannot do a work
leaves a Gap in its place, which the table shows with its reason.
"""
import collections
import ctypes
import json
import math
import os
import pathlib
import select
import shutil
import signal
import statistics
import subprocess
import time
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "build" / "bench"
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


@dataclass(frozen=True)
class Gap:
    """Why there is no number. `failed` tells a fault from what is only absent or impossible."""
    reason: str
    failed: bool = False


def cores(count):
    """That many of the cores that we may use, the last ones: the first is the one that interrupts prefer."""
    usable = sorted(os.sched_getaffinity(0))
    return set(usable[-count:]) if len(usable) >= count else Gap(f"needs {count} cores, there are {len(usable)}")


def spawn(command, pinned_to, **options):
    """Starts a program on these cores, in a session of its own, which dies with the runner."""
    def prepare():
        os.sched_setaffinity(0, pinned_to)
        go_first()
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    return subprocess.Popen([str(word) for word in command], preexec_fn=prepare, start_new_session=True,
                            stdin=subprocess.DEVNULL, text=True, **options)


def go_first():
    """Before the other work of the machine, where we may: for a session, Linux looks at its autogroup's niceness."""
    try:
        os.nice(-19)
        pathlib.Path("/proc/self/autogroup").write_text("-19")
    except OSError:
        pass


def stop(program):
    """Ends a program and all that it started, and waits for it."""
    try:
        os.killpg(program.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    program.wait()
    for stream in (program.stdout, program.stderr):
        if stream:
            stream.close()


def is_missing(command):
    """The reason why the command cannot be started, or None."""
    if shutil.which(command[0]):
        return None
    return f"{pathlib.Path(command[0]).name} is not built or not installed"


def run_pinned(command, pinned_to, time_limit):
    """The output of a program that must end by itself within `time_limit` seconds, or a Gap."""
    missing = is_missing(command)
    if missing:
        return Gap(missing)
    program = spawn(command, pinned_to, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        output, errors = program.communicate(timeout=time_limit)
    except subprocess.TimeoutExpired:
        return Gap(f"did not end within {time_limit} s", failed=True)
    finally:
        stop(program)
    if program.returncode != 0:
        last = (errors.strip() or output.strip() or "no output").splitlines()[-1]
        return Gap(f"ended with status {program.returncode}: {last[:160]}", failed=True)
    return output


def first_line(descriptor, time_limit, size_limit=4096):
    """What comes before the first newline, the end, or the limits, whichever is first."""
    text = b""
    deadline = time.monotonic() + time_limit
    while b"\n" not in text and len(text) < size_limit:
        ready, _, _ = select.select([descriptor], [], [], max(0, deadline - time.monotonic()))
        piece = os.read(descriptor, size_limit) if ready else b""
        if not piece:
            break
        text += piece
    return text.partition(b"\n")[0].decode(errors="replace").strip()


def parse_result(output):
    """The number of the line `RESULT <number>`; a Gap for a line `NOT_APPLICABLE <reason>` and for anything else."""
    if isinstance(output, Gap):
        return output
    for line in output.splitlines():
        word, _, rest = line.partition(" ")
        if word == "NOT_APPLICABLE":
            return Gap(rest)
        if word == "RESULT":
            try:
                number = float(rest)
            except ValueError:
                return Gap(f"printed no number: {line}", failed=True)
            if math.isfinite(number) and number > 0:
                return number
            return Gap(f"printed no possible number: {line}", failed=True)
    return Gap("printed no result", failed=True)


def median(results):
    """The median of the numbers; if any round failed, its Gap: a median of the rounds that went well would hide it."""
    gaps = [result for result in results if isinstance(result, Gap)]
    if gaps:
        return gaps[0]
    return statistics.median(results) if results else Gap("was not run")


def quotient(above, below):
    """above / below, or None if either is no number."""
    numbers = isinstance(above, (int, float)) and isinstance(below, (int, float))
    return above / below if numbers and below else None


def ratio(ours, theirs, bigger_is_better):
    """How many times better `ours` is: above 1 is always better, whether the unit is a cost or a rate."""
    return quotient(ours, theirs) if bigger_is_better else quotient(theirs, ours)


@dataclass
class Samples:
    """The results of every (work, program) over all rounds."""
    results: dict = field(default_factory=lambda: collections.defaultdict(list))

    def add(self, work, program, result):
        self.results[work, program].append(result)

    def median(self, work, program):
        return median(self.results[work, program])

    def failures(self):
        return sorted({f"{work}, {program}: {result.reason}" for (work, program), all_of_it in self.results.items()
                       for result in all_of_it if isinstance(result, Gap) and result.failed})


def interleave(rounds, works, programs, measure, samples, progress):
    """Runs every work with every program, round by round; who goes first changes, so that nobody always runs warm."""
    for turn in range(rounds):
        shift = turn % len(programs)
        for work in works:
            for program in programs[shift:] + programs[:shift]:
                progress(f"round {turn + 1} of {rounds}: {work.what}, {program.name}")
                samples.add(work.what, program.name, measure(work, program))


class Notes:
    """Footnotes: a Gap is shown in the table as a word and a number, and explained below."""

    def __init__(self):
        self.texts = []

    def cell(self, value):
        if not isinstance(value, Gap):
            return show(value)
        if value.reason not in self.texts:
            self.texts.append(value.reason)
        return f"{'FAILED' if value.failed else 'n/a'} [{self.texts.index(value.reason) + 1}]"

    def lines(self):
        return [f"[{number}] {text}" for number, text in enumerate(self.texts, 1)]


def show(number):
    """Three digits that matter, thousands apart."""
    if number is None:
        return "-"
    if number and abs(number) < 100:
        return f"{number:.{max(0, 2 - math.floor(math.log10(abs(number))))}f}"
    return f"{number:,.0f}"


def table(header, rows):
    """Text in columns: the first two to the left, the last too if it is words, the numbers to the right."""
    widths = [max(len(str(row[column])) for row in [header] + rows) for column in range(len(header))]
    words = {0, 1, len(header) - 1}

    def line(row):
        cells = (str(cell).ljust(width) if column in words else str(cell).rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths)))
        return "  ".join(cells).rstrip()
    return "\n".join([line(header), line(["-" * width for width in widths])] + [line(row) for row in rows])


def plain(value):
    """A value for JSON: a Gap is null."""
    return None if isinstance(value, Gap) else value


def write_json(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, indent=2, allow_nan=False) + "\n")


class Others:
    """How much of the machine others use while we measure: all CPU time but our own and that of what we started."""
    SHARE_WORTH_A_WORD = 0.05

    def __init__(self, read=None):
        self.read = read or self.from_kernel
        self.start = self.read()

    @staticmethod
    def from_kernel():
        """Seconds: of the wall times the cores, busy on all cores, busy in us and our ended children."""
        user, nice, system, _idle, _waiting, interrupts, deferred, stolen = (
            int(ticks) for ticks in pathlib.Path("/proc/stat").read_text().split()[1:9])
        own = os.times()
        # What interrupts and their deferred work take is in the time of the process that they meet, too.
        busy = (user + nice + system + interrupts + deferred + stolen) / os.sysconf("SC_CLK_TCK")
        return own.elapsed * os.cpu_count(), busy, sum(own[:4])

    def share(self):
        room, busy, own = (end - begin for begin, end in zip(self.start, self.read()))
        return max(0.0, (busy - own) / room) if room > 0 else 0.0

    def note(self):
        share = self.share()
        if share < self.SHARE_WORTH_A_WORD:
            return f"Others used {share:.0%} of the machine meanwhile."
        return f"NOT CLEAN: others used {share:.0%} of the machine meanwhile. Measure again on a quiet one."
