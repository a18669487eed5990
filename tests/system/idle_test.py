#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An idle runtime wakes up 0 times a second: no thread of the program is put on a processor while nothing happens.

Usage: idle_test.py PROGRAM. Counts the context switches of every thread (proc(5)): one that sleeps has none.
"""
import pathlib
import subprocess
import sys
import time

SETTLING_SECONDS = 2.0  # the watchdog looks around for a while before it sleeps
WINDOW_SECONDS = 3.0


def switches(process):
    counted = {}
    for task in pathlib.Path(f"/proc/{process}/task").iterdir():
        status = (task / "status").read_text()
        name = (task / "comm").read_text().strip()
        counted[f"{name} {task.name}"] = sum(
            int(line.split()[1]) for line in status.splitlines() if line.startswith(("voluntary", "nonvoluntary")))
    return counted


def main():
    with subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        try:
            process = int(program.stdout.readline())
            time.sleep(SETTLING_SECONDS)
            before = switches(process)
            time.sleep(WINDOW_SECONDS)
            after = switches(process)
        finally:
            program.stdin.close()
        status = program.wait(timeout=30)
    woken = {name: after.get(name, 0) - count for name, count in before.items() if after.get(name, 0) != count}
    print(f"{len(before)} threads, {sum(woken.values())} wake-ups in {WINDOW_SECONDS} s: {woken}")
    if len(before) < 4:
        sys.exit("the program has fewer threads than two schedulers, the watchdog and main: this has measured nothing")
    sys.exit(1 if woken or status != 0 else 0)


main()
