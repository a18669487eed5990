# SPDX-License-Identifier: Apache-2.0
"""Things that the style page keeps out. A pattern here is written so that it does not find itself."""
import re

from . import blocks

# The runtime's own sleep_for is fine, and stands without this_thread.
_SLEEP = re.compile(r"\bthis_thread\s*::\s*sleep_\w+|\busing\s[^;]*\bthis_thread\b|"
                    r"(?<![\w.>])(?:usleep|nanosleep|clock_nanosleep|sleep)(?=\s*\()")
# Its types are values like others; the clock itself, or another name for it, is not.
_WALL_CLOCK = re.compile(r"\bsystem_clock\b(?!\s*::\s*(?:time_point|duration|to_time_t|from_time_t)\b)|"
                         r"\bCLOCK_REALTIME\b|\bgettimeofday\b")
_LEFTOVER = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")
_SKIPPED = re.compile(r"\bGTEST_SKIP\b|\bDISABLED_\w+")
_EMPTY_CATCH = re.compile(r"\bcatch\s*\([^()]*\)\s*\{\s*\}")
_USING_NAMESPACE = re.compile(r"\busing\s+namespace\s+([\w:]+)")
_ABSOLUTE = re.compile(r"(?<![\w.~$})\]/:-])/(?:home|work|root)/")
_OFF_TOPIC = re.compile(r"\b(?:assis" r"tants?|language\s+mod" r"els?|chat" r"bots?)\b", re.I)


def _matches(sources, pattern, view):
    for source in sources:
        for match in pattern.finditer(getattr(source, view)):
            yield source, source.line_of(match.start()), match


def sleep(tree):
    """A test of a room does not sleep; the runtime's own sleep_for is virtual time and is awaited."""
    tests = [source for source in tree.cpp() if source.in_library and source.name.endswith("_test.cpp")]
    for source, line, match in _matches(tests, _SLEEP, "code"):
        yield source.path, line, f"{match.group()} waits for real time: own the clock (testing/)"


def wall_clock(tree):
    """The wall clock is read in io/ only, and handed in from there."""
    sources = [source for source in tree.cpp() if not source.path.startswith("dialtone/io/") or source.is_test]
    for source, line, match in _matches(sources, _WALL_CLOCK, "code"):
        yield source.path, line, f"{match.group()} is the wall clock, which jumps: use now(), or have it handed in"


def leftover(tree):
    """No note of unfinished work stays in a file."""
    for source, line, match in _matches(tree.sources, _LEFTOVER, "text"):
        yield source.path, line, f"{match.group()} is unfinished work: finish it or open an issue"


def skipped_test(tree):
    """No test is skipped or disabled."""
    for source, line, match in _matches(tree.cpp(), _SKIPPED, "code"):
        yield source.path, line, f"{match.group()}: a test that does not run proves nothing; register it where it can"


def iostream(tree):
    """No file of the library includes <iostream>."""
    for source in tree.cpp():
        if source.in_library and not source.is_test:
            for line, name, _ in source.includes:
                if name == "iostream":
                    yield source.path, line, "<iostream> brings static initializers and locks: use fmt or spdlog"


def empty_catch(tree):
    """An exception is not caught to go on."""
    for source, line, _ in _matches(tree.cpp(), _EMPTY_CATCH, "code"):
        yield source.path, line, "an exception is swallowed: let it leave, it is the process's exit reason"


def using_namespace(tree):
    """A header has no `using namespace` outside of functions."""
    for source in tree.cpp():
        if not source.is_header:
            continue
        try:
            scanned = blocks.scan(source.statements)
        except blocks.Unbalanced:
            continue  # function-size reports it
        for match in _USING_NAMESPACE.finditer(source.statements):
            if not blocks.inside_function(scanned, match.start()):
                yield (source.path, source.line_of(match.start()),
                       f"using namespace {match.group(1)} in a header reaches everybody who includes it")


def absolute_path(tree):
    """No file names a place that only one machine has."""
    for source, line, match in _matches(tree.sources, _ABSOLUTE, "text"):
        yield source.path, line, f"{match.group()} is a place on one machine: name it from the root of the repository"


def off_topic(tree):
    """The project speaks of itself alone."""
    for source, line, match in _matches(tree.sources, _OFF_TOPIC, "text"):
        yield source.path, line, f"'{match.group()}' is not about the project"
