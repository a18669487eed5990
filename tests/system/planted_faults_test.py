#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""AddressSanitizer reports a planted fault, that one alone, and names the function that it was planted in.

Usage: planted_faults_test.py PROGRAM FAULT KIND FUNCTION. KIND is `leak` or `use`. The same program without the fault
has to be clean: else the report could be of something else.
"""
import os
import re
import shutil
import subprocess
import sys

program, fault, kind, function = sys.argv[1:]


def run(how):
    options = [os.environ.get("ASAN_OPTIONS", ""), "detect_leaks=1"]
    # Without it the report has addresses where the functions' names should be.
    symbolizer = shutil.which("llvm-symbolizer-19")
    if symbolizer is None:
        sys.exit("finds no llvm-symbolizer-19; run scripts/setup first")
    options.append(f"external_symbolizer_path={symbolizer}")
    environment = os.environ | {"ASAN_OPTIONS": ":".join(option for option in options if option)}
    return subprocess.run([program, fault, how], capture_output=True, text=True, check=False, timeout=50,
                          env=environment)


def problem_of_mended(done):
    if done.returncode != 0 or "Sanitizer" in done.stderr:
        return "without the fault the program is not clean"
    return None


def stacks(report):
    """Each stack of the report as (its title, its text)."""
    return re.findall(r"^(\S[^\n]*)\n((?:    #\d+ [^\n]*\n)+)", report, re.M)


def problem_of_leak(report):
    if "ERROR: LeakSanitizer: detected memory leaks" not in report:
        return "no leak is reported"
    leaks = [stack for stack in stacks(report) if re.match(r"(?:Direct|Indirect) leak of", stack[0])]
    if len(leaks) != 1 or "leaked in 1 allocation(s)." not in report:
        return f"{len(leaks)} leaks are reported and not the planted one alone"
    if not re.search(rf"\b{function}\(", leaks[0][1]):
        return f"the leak is not the one that {function} makes"
    return None


def problem_of_use(report):
    if len(re.findall(r"ERROR: AddressSanitizer: ", report)) != 1 or "heap-use-after-free" not in report:
        return "no use after free is reported, or more"
    titles = dict(stacks(report))
    for title, where in (("READ of size", function), ("freed by thread", ""), ("previously allocated by", "")):
        found = [text for line, text in titles.items() if line.startswith(title)]
        if len(found) != 1:
            return f"the report has no stack '{title}'"
        if where and not re.search(rf"\b{where}\(", found[0]):
            return f"the use is not the one that {where} makes"
    return None


mended = run("mended")
problem, report = problem_of_mended(mended), mended.stderr
if problem is None:
    broken = run("planted")
    report = broken.stderr
    problem = {"leak": problem_of_leak, "use": problem_of_use}[kind](report)
    if problem is None and broken.returncode == 0:
        problem = "the program ends with 0 all the same"
if problem:
    sys.exit(f"{fault}: {problem}\n{report}")
