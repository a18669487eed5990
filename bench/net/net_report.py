# SPDX-License-Identifier: Apache-2.0
"""From what the load printed to the rows of the net benchmark's table and JSON, judged against the targets."""
import json
import statistics
from dataclasses import dataclass

import cases
import harness

LEGEND = ("Medians over all turns; in brackets, the median of each turn's multiple of the hand-written epoll loop's. "
          "A CPU second is the server's: there bigger is better, elsewhere smaller.")


@dataclass(frozen=True)
class Row:
    figure: cases.Figure
    values: dict                 # server -> number or Gap
    multiples: dict              # server -> that as a multiple of the epoll loop's, or None
    ratio_to_beam: float | None  # how many times better Dialtone is
    reached: bool | None         # None: no target, or nothing to judge

    @property
    def target(self):
        return "; ".join(bound.text() for bound in self.figure.bounds) or None

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
        if len(reports) == turns * len(servers) and all(isinstance(one, dict) for one in reports):
            return {server: of_server(reports[index::len(servers)]) for index, server in enumerate(servers)}
        output = harness.Gap(f"the load printed: {output[:80]!r}", failed=True)
    return dict.fromkeys(servers, output)


def of_server(reports):
    for one in reports:
        for word in ("failed", "unable"):
            if word in one:
                return harness.Gap(one[word], failed=word == "failed")
    return reports


def figures(figure, reports):
    """The numbers of all turns, or a Gap in a list."""
    return [reports] if isinstance(reports, harness.Gap) else [figure.of(report) for report in reports]


def rows(all_cases, servers, samples):
    made = [row_of(figure, servers, samples) for case in all_cases for figure in case.figures]
    by_name = {row.figure.what: row for row in made}
    return made + [growth_of(growth, by_name, samples) for growth in cases.GROWTHS
                   if growth.above in by_name and growth.below in by_name]


def row_of(figure, servers, samples):
    values = {server: samples.median(figure.what, server) for server in servers}
    multiples = {server: multiple(samples, figure, server, cases.REFERENCE) if figure.compared else None
                 for server in servers}
    to_beam = multiple(samples, figure, cases.OURS[0], "beam")
    if to_beam and not figure.bigger_is_better:
        to_beam = 1 / to_beam
    return Row(figure, values, multiples, to_beam, reached(figure, values, samples))


def growth_of(growth, by_name, samples):
    """Derived from two rows, for each server."""
    above, below = by_name[growth.above].values, by_name[growth.below].values
    values = {server: harness.quotient(above[server], below[server]) for server in above}
    missing = harness.Gap("is derived from two figures, which are not both there")
    values = {server: missing if value is None else value for server, value in values.items()}
    return Row(growth.figure, values, dict.fromkeys(values), None, reached(growth.figure, values, samples))


def reached(figure, values, samples):
    """Whether all bounds are, for all of ours that took part: a miss counts although others were not measured."""
    verdicts = [judged(bound, server, figure, values, samples) for bound in figure.bounds for server in bound.limits
                if server in values]
    if False in verdicts:
        return False
    return None if None in verdicts or not verdicts else True


def judged(bound, server, figure, values, samples):
    """True, False, or None where there is no figure."""
    found = multiple(samples, figure, server, bound.of) if bound.of else harness.plain(values[server])
    return None if found is None else bound.is_reached(server, found)


def multiple(samples, figure, server, reference):
    """The median of the quotients turn by turn, so that what sways from turn to turn does not count; or None."""
    return median_quotient(samples.results[figure.what, server], samples.results[figure.what, reference])


def median_quotient(numbers, reference):
    quotients = [harness.quotient(ours, theirs) for ours, theirs in zip(numbers, reference)]
    if not quotients or None in quotients or len(numbers) != len(reference):
        return None
    return statistics.median(quotients)


def text(made, others):
    notes = harness.Notes()
    servers = list(made[0].values)

    def cell(row, server):
        times = row.multiples[server]
        shown = notes.cell(row.values[server])
        return shown if times is None or server == cases.REFERENCE else f"{shown} ({times:.2f})"
    cells = [[row.figure.what, row.figure.unit, *(cell(row, server) for server in servers), row.verdict()]
             for row in made]
    body = harness.table(["case", "unit", *servers, "target"], cells)
    return "\n".join([LEGEND, "", body, *notes.lines(), others])


def for_json(row):
    gaps = {name: value.reason for name, value in row.values.items() if isinstance(value, harness.Gap)}
    peers = {name: harness.plain(value) for name, value in row.values.items() if name != cases.OURS[0]}
    return {"what": row.figure.what, "unit": row.figure.unit,
            "dialtone": harness.plain(row.values.get(cases.OURS[0])), "peers": peers,
            "ratio_to_beam": row.ratio_to_beam, "ratios_to_epoll": row.multiples,
            "target": row.target, "reached": row.reached, "gaps": gaps}
