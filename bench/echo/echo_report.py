# SPDX-License-Identifier: Apache-2.0
"""From what the load printed to the rows of the echo benchmark's table and JSON, judged against the targets."""
import json
from dataclasses import dataclass

import cases
import harness

OURS = "dialtone"
LEGEND = ("Medians; in brackets, multiples of the hand-written epoll loop's figure. "
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


def parse(output):
    """What the load printed, as a dict, or a Gap."""
    if isinstance(output, harness.Gap):
        return output
    try:
        return json.loads(output)
    except ValueError:
        return harness.Gap(f"the load printed: {output[:80]!r}", failed=True)


def figure(case, report):
    """The number of a case: microseconds for a latency, else messages a CPU second."""
    if case.is_latency:
        return report["p99_ns"] / 1e3
    if not report["messages"] or not report["server_cpu_seconds"]:
        return harness.Gap("no message came back", failed=True)
    return report["messages"] / report["server_cpu_seconds"]


def rows(all_cases, servers, samples):
    return [row_of(case, servers, samples) for case in all_cases]


def row_of(case, servers, samples):
    values = {server: samples.median(case.what, server) for server in servers}
    reference = values.get(cases.REFERENCE)
    multiples = {server: harness.quotient(value, reference) for server, value in values.items()}
    unit = "p99 us" if case.is_latency else cases.PER_CPU_SECOND
    target, reached = judge(case, multiples.get(OURS))
    return Row(case.what, unit, values, multiples, target, reached)


def judge(case, multiple):
    bound = case.at_most if case.is_latency else case.at_least
    if bound is None:
        return None, None
    text = f"dialtone {'<=' if case.is_latency else '>='} {bound:.2f} x epoll"
    if multiple is None:
        return text, None
    return text, multiple <= bound if case.is_latency else multiple >= bound


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
            "ratio_to_epoll": row.multiples.get(OURS), "target": row.target, "reached": row.reached, "gaps": gaps}
