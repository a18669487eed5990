# SPDX-License-Identifier: Apache-2.0
"""clang-tidy on the sources of a build, several at once, skipping what passed and has not changed since."""
import concurrent.futures
import json
import pathlib
import shutil
import subprocess

from .fingerprints import Passed, fingerprint

PROGRAM = "clang-tidy-19"


def _commands(tree, build):
    """path from the root -> compile command, for the sources of ours that the build knows."""
    database = tree.root / build / "compile_commands.json"
    if not database.is_file():
        raise SystemExit(f"clang_tidy: {build} has no compile_commands.json; run scripts/build first")
    commands = {}
    for entry in json.loads(database.read_text()):
        path = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if path.is_relative_to(tree.root):
            name = path.relative_to(tree.root).as_posix()
            if name in tree.by_path:  # leaves out what the build generates
                commands[name] = entry.get("command") or " ".join(entry["arguments"])
    return commands


def _report(tree, build, path):
    """What clang-tidy says about a source, or None."""
    done = subprocess.run([PROGRAM, "--quiet", "-p", build, path], cwd=tree.root, capture_output=True, text=True,
                          check=False)
    if done.returncode == 0:
        return None
    return done.stdout.strip() or done.stderr.strip()


def check(tree, build, jobs, only=()):
    """(reports, number of sources looked at, number of sources of the build)."""
    if shutil.which(PROGRAM) is None:
        raise SystemExit(f"clang_tidy: finds no {PROGRAM}; run scripts/setup first")
    commands = _commands(tree, build)
    unknown = sorted(set(only) - set(commands))
    if unknown:
        raise SystemExit(f"clang_tidy: {build} does not compile {', '.join(unknown)}")
    version = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout
    settings = "".join(source.text for source in tree.sources if source.name == ".clang-tidy")
    marks = {path: fingerprint(tree, path, version + settings + command) for path, command in commands.items()}

    passed = Passed(tree, "clang_tidy")
    due = [path for path in sorted(only or commands) if not passed.has(path, marks[path])]
    reports = []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for path, report in zip(due, pool.map(lambda path: _report(tree, build, path), due)):
            if report is None:
                passed.add(path, marks[path])
            else:
                reports.append(report)
    passed.keep(set(commands))
    return reports, len(due), len(commands)
