# SPDX-License-Identifier: Apache-2.0
"""From the samples of a run to the rows of its table and its JSON, judged against the targets."""
from dataclasses import dataclass

import harness

PEERS = ("beam", "caf")
MEDIANS = "Medians."
LEGEND = (f"{MEDIANS} ratio_to_beam says how many times better Dialtone is (beam / dialtone for costs): "
          "bigger is better.")


@dataclass(frozen=True)
class Row:
    what: str
    unit: str
    dialtone: object        # numbers or Gaps
    peers: dict
    ratio_to_beam: float | None
    target: object = None
    reached: bool | None = None     # None: no target, or nothing to judge

    def verdict(self):
        if self.target is None:
            return ""
        word = {True: "ok", False: "MISSED", None: "not measured"}[self.reached]
        return f"{self.target.text()}: {word}"


def rows(selected, samples, names=PEERS):
    made = [row_of(work, samples, names) for work in selected]
    return made + [row for row in [two_against_one(made)] if row]


def row_of(work, samples, names):
    ours = samples.median(work.what, "dialtone")
    peers = {peer: samples.median(work.what, peer) for peer in names}
    ratio = harness.ratio(ours, peers.get("beam"), work.bigger_is_better)
    reached = judge(work.target, ours, ratio, samples)
    return Row(work.what, work.unit, ours, peers, ratio, work.target, reached)


def judge(target, ours, ratio, samples):
    if target is None:
        return None
    if target.of in ("ratio", "value"):
        figure = ratio if target.of == "ratio" else harness.plain(ours)
    else:
        figure = harness.quotient(ours, samples.median(target.of, "dialtone"))
    return None if figure is None else target.is_reached(figure)


def two_against_one(made):
    """How much a second scheduler adds when the messages stay within each: derived, for each program."""
    by_name = {row.what: row for row in made}
    one, two = by_name.get("within_one"), by_name.get("within_two")
    if not one or not two:
        return None

    def gain(below, above):
        gain = harness.quotient(above, below)
        return harness.Gap("within_one or within_two has no figure") if gain is None else gain
    ours = gain(one.dialtone, two.dialtone)
    peers = {peer: gain(one.peers[peer], two.peers[peer]) for peer in one.peers}
    return Row("two_vs_one", "times", ours, peers, harness.ratio(ours, peers["beam"], bigger_is_better=True))


def text(made, others, names=PEERS):
    notes = harness.Notes()
    compared = ["ratio_to_beam"] if names else []
    header = ["what", "unit", "dialtone", *names, *compared, "target"]
    cells = [[row.what, row.unit, notes.cell(row.dialtone), *(notes.cell(row.peers[peer]) for peer in names),
              *(harness.show(row.ratio_to_beam) for _ in compared), row.verdict()] for row in made]
    return "\n".join([LEGEND if names else MEDIANS, "", harness.table(header, cells), *notes.lines(), others])


def for_json(row):
    gaps = {name: value.reason for name, value in {"dialtone": row.dialtone, **row.peers}.items()
            if isinstance(value, harness.Gap)}
    return {"what": row.what, "unit": row.unit, "dialtone": harness.plain(row.dialtone),
            "peers": {peer: harness.plain(value) for peer, value in row.peers.items()},
            "ratio_to_beam": row.ratio_to_beam, "target": row.target.text() if row.target else None,
            "reached": row.reached, "gaps": gaps}
