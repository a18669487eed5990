# SPDX-License-Identifier: Apache-2.0
"""Headers compile alone, so that the order of includes never matters."""
import concurrent.futures
import os
import shutil
import subprocess

from .fingerprints import Passed, fingerprint

COMPILER = "clang++-19"
FLAGS = ["-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I."]


def _compiler_version():
    if shutil.which(COMPILER) is None:
        raise SystemExit(f"tidy: finds no {COMPILER}; run scripts/setup first")
    return subprocess.run([COMPILER, "--version"], capture_output=True, text=True, check=True).stdout


def _problem(tree, path):
    """What the compiler says first about a program that is one include, or None."""
    done = subprocess.run([COMPILER, *FLAGS, "-x", "c++", "-"], input=f'#include "{path}"\n', cwd=tree.root,
                          capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    said = [line for line in done.stderr.splitlines() if "error:" in line]
    return said[0] if said else f"{COMPILER} ended with {done.returncode}"


def compile_alone(tree):
    """A header compiles when it is the only include of a program."""
    paths = [source.path for source in tree.sources if source.path.endswith(".hpp")]
    if not paths:
        return
    compiled_with = _compiler_version() + " ".join(FLAGS)
    marks = {path: fingerprint(tree, path, compiled_with) for path in paths}
    passed = Passed(tree, "headers")
    due = [path for path in paths if not passed.has(path, marks[path])]
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for path, problem in zip(due, pool.map(lambda path: _problem(tree, path), due)):
            if problem is None:
                passed.add(path, marks[path])
            else:
                yield path, 1, f"does not compile alone: {problem}"
    passed.keep(set(paths))
