# SPDX-License-Identifier: Apache-2.0
"""From what the load printed to the rows of the echo benchmark's table and JSON, judged against the targets."""
import json
import statistics
from dataclasses import dataclass

import cases
import harness

OURS = "dialtone"
LEGEND = ("Medians over all turns; in brackets, the median of each turn's multiple of the hand-written epoll loop's. "
          "Messages a CPU second of the server: bigger is better. p99: smaller is better.")


@dataclass(frozen=True)
class Row:
    what: str
    unit: str
    values: dict                 # server -> number or Gap
    multiples: dict              # server -> that as a multiple of the epoll loop's, or None
    target: str | None
    reached: bool | None         # None: no target, or nothing to judge

    def verdict(self):
        if self.target is None:
            return ""
        return f"{self.target}: {({True: 'ok', False: 'MISSED', None: 'not measured'})[self.reached]}"


def parse(output, servers, turns):
    """What the load printed: for each server the reports of its turns, or a Gap."""
    if not isinstance(output, harness.Gap):
        try:
            reports = [json.loads(line) for line in output.splitlines()]
        except ValueError:
            reports = []
        if len(reports) == turns * len(servers):
            return {server: reports[index::len(servers)] for index, server in enumerate(servers)}
        output = harness.Gap(f"the load printed: {output[:80]!r}", failed=True)
    return dict.fromkeys(servers, output)


def figures(case, reports):
    """The numbers of all turns, or a Gap."""
    return [figure(case, report) for report in reports] if not isinstance(reports, harness.Gap) else reports


def figure(case, report):
    """The number of a turn: microseconds for a latency, else messages a CPU second."""
    if case.is_latency:
        return report["p99_ns"] / 1e3
    if not report["messages"] or not report["server_cpu_seconds"]:
        return harness.Gap("no message came back", failed=True)
    return report["messages"] / report["server_cpu_seconds"]


def rows(all_cases, servers, samples):
    return [row_of(case, servers, samples) for case in all_cases]


def row_of(case, servers, samples):
    values = {server: samples.median(case.what, server) for server in servers}
    reference = samples.results[case.what, cases.REFERENCE]
    multiples = {server: multiple(samples.results[case.what, server], reference) for server in servers}
    unit = "p99 us" if case.is_latency else cases.PER_CPU_SECOND
    target, reached = judge(case, multiples)
    return Row(case.what, unit, values, multiples, target, reached)


def multiple(numbers, reference):
    """The median of the quotients turn by turn, so that what sways from turn to turn does not count; or None."""
    quotients = [harness.quotient(ours, theirs) for ours, theirs in zip(numbers, reference)]
    if not quotients or None in quotients or len(numbers) != len(reference):
        return None
    return statistics.median(quotients)


def judge(case, multiples):
    """What is aimed at by those that were measured, in words, and whether all reach it (None: not known)."""
    sign = "<=" if case.is_latency else ">="
    bounds = {name: bound for name, bound in (case.at_most or case.at_least).items() if name in multiples}
    if not bounds:
        return None, None
    text = ", ".join(f"{name} {sign} {bound:.2f}" for name, bound in bounds.items()) + " x epoll"
    if None in (multiples[name] for name in bounds):
        return text, None
    return text, all(multiples[name] <= bound if case.is_latency else multiples[name] >= bound
                     for name, bound in bounds.items())


def text(made, others):
    notes = harness.Notes()
    servers = list(made[0].values)

    def cell(row, server):
        multiple = row.multiples[server]
        shown = notes.cell(row.values[server])
        return shown if multiple is None or server == cases.REFERENCE else f"{shown} ({multiple:.2f})"
    cells = [[row.what, row.unit, *(cell(row, server) for server in servers), row.verdict()] for row in made]
    body = harness.table(["case", "unit", *servers, "target"], cells)
    return "\n".join([LEGEND, "", body, *notes.lines(), others])


def for_json(row):
    gaps = {name: value.reason for name, value in row.values.items() if isinstance(value, harness.Gap)}
    peers = {name: harness.plain(value) for name, value in row.values.items() if name != OURS}
    return {"what": row.what, "unit": row.unit, "dialtone": harness.plain(row.values.get(OURS)), "peers": peers,
            "ratio_to_epoll": row.multiples.get(OURS), "ratios": row.multiples,
            "target": row.target, "reached": row.reached, "gaps": gaps}
