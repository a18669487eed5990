#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Supervisors do what those of Erlang/OTP do: scenarios from a seed, run by both, and the logs of both compared.

Usage: supervisor_test.py PROGRAM [--seed N] [--count N] [--erl ERL] [--erlc ERLC]. supervisor_scenarios.py says what a
scenario is. A log has, for each action: `> the action`, what happened in order (`start ID`, `stop ID REASON`,
`fail ID`, `ignore ID`, `top ended REASON`), `= the result`, and `: the children and their states`.

Two things are not compared. The order of the events of one action where a supervisor is killed: its children end
all at once. And the order of which_children, which OTP gives from right to left: the peer turns it round.
"""
import argparse
import collections
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from supervisor_scenarios import scenarios  # noqa: E402

TIMEOUT_SECONDS = 240
# What the scenarios have to have led to, so that the comparison means something; of 300.
NEEDED = {"start": 1000, "stop": 1000, "fail": 100, "ignore": 50, "top ended shutdown": 150, "= error failed": 10,
          "= error not_found": 20, "= error already_present": 5, "= error already_started": 5, "= error running": 20,
          "= error bad_spec": 3, "= error shutdown failed": 5, "= ok ignored": 3, "= count": 10}


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, check=True,
                          timeout=TIMEOUT_SECONDS, **options)
    return done.stdout


def run_peer(options, folder, file):
    run(options.erlc, "-o", folder, HERE / "peers" / "supervisor_peer.erl")
    return run(options.erl, "-noshell", "-noinput", "+S", "1:1", "-env", "ERL_CRASH_DUMP_SECONDS", "0", "-pa", folder,
               "-run", "supervisor_peer", "main", file)


def logs(output):
    """The lines of each scenario."""
    found = []
    for line in output.splitlines():
        if line.startswith("scenario "):
            found.append([])
        else:
            found[-1].append(line)
    return found


def without_order(lines):
    """The events of each action, sorted."""
    result, events = [], []
    for line in lines:
        if line[0] in ">=:":
            result += sorted(events) + [line]
            events = []
        else:
            events.append(line)
    return result + sorted(events)


def show_difference(scenario, ours, theirs):
    print(scenario.text)
    for index in range(max(len(ours), len(theirs))):
        mine = ours[index] if index < len(ours) else ""
        other = theirs[index] if index < len(theirs) else ""
        print(f"{'  ' if mine == other else '! '}{mine:<60}{other}")
        if mine != other:
            return


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--erl", default="erl")
    parser.add_argument("--erlc", default="erlc")
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.count} scenarios", flush=True)

    drawn = scenarios(options.seed, options.count)
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "scenarios.txt"
        file.write_text("\n".join(one.text for one in drawn) + "\n")
        ours = logs(run(options.program, file))
        theirs = logs(run_peer(options, folder, file))
    if not len(ours) == len(theirs) == len(drawn):
        sys.exit(f"{len(drawn)} scenarios have left {len(ours)} logs here and {len(theirs)} there")

    different = 0
    for scenario, mine, other in zip(drawn, ours, theirs):
        if scenario.unordered:
            mine, other = without_order(mine), without_order(other)
        if mine != other:
            different += 1
            if different <= 3:
                show_difference(scenario, mine, other)
    if different:
        sys.exit(f"{different} of {len(drawn)} scenarios are different")

    lines = collections.Counter(line for log in ours for line in log)
    for what, needed in NEEDED.items():
        count = sum(times for line, times in lines.items() if line.startswith(what))
        print(f"{what}: {count}")
        if count * 300 < needed * options.count:
            sys.exit(f"too few for the comparison to mean much: {needed} of 300 scenarios are expected")


if __name__ == "__main__":
    main()
