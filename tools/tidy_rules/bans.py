# SPDX-License-Identifier: Apache-2.0
"""Things that the style page keeps out. A pattern here is written so that it does not find itself."""
import re

from . import blocks

# The runtime's own sleep_for is fine, and stands without this_thread.
_THREAD_SLEEP = r"\bthis_thread\s*::\s*sleep_\w+|\b(?:using|namespace)\s[^;{]*\bthis_thread\b"
_SLEEP_IN_CODE = re.compile(_THREAD_SLEEP)
_SLEEP = re.compile(_THREAD_SLEEP +
                    r"|(?<![\w.>])(?<!void )(?:usleep|nanosleep|clock_nanosleep|sleep|p?poll|p?select)(?=\s*\()|"
                    r"(?:\.|->)\s*(?:wait|try_lock|try_acquire)_(?:for|until)(?=\s*\()")
# Its types are values like others; the clock itself, or another name for it, is not. high_resolution_clock is this one
# too, in libstdc++.
_WALL_CLOCK = re.compile(r"\b(?:system|utc|tai|gps|file|high_resolution)_clock\b"
                         r"(?!\s*::\s*(?:time_point|duration|to_time_t|from_time_t)\b)|"
                         r"\bCLOCK_REALTIME\b|\bgettimeofday\b|\btimespec_get\b|"
                         r"(?<![\w.>])time\s*\(\s*(?:nullptr|NULL|0)\s*\)")
_CLOCK = re.compile(r"\bsteady_clock\s*(?:::\s*now\b|;)|\bclock_gettime\b|\bstd\s*::\s*clock\s*\(|"
                    r"\b\w*rdtscp?\b|\b__builtin_readcyclecounter\b")
_RANDOMNESS = re.compile(r"\brandom_device\b|\bgetrandom\b|\bgetentropy\b|(?<![\w.>])s?rand\s*\(")
_LEFTOVER = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b|\b(?i:to" r"do)\s*[:(]|\b(?i:fix" r"me)\b")
_LEFT_OUT = re.compile(r"^[ \t]*#[ \t]*if[ \t]+(?:0|false)\b", re.M)
_SKIPPED = {
    "cpp": re.compile(r"\bGTEST_SKIP\b|\bDISABLED_\w+"),
    "python": re.compile(r"\bskip(?:Test|If|Unless)\b|\bunittest\.skip\b|\bSkipTest\b|\bexpectedFailure\b"),
    "cmake": re.compile(r"\b(?:DISABLED|WILL_FAIL|SKIP_RETURN_CODE|SKIP_REGULAR_EXPRESSION)\b"),
    "shell": re.compile(r"--repeat\b|--rerun-failed\b|--gtest_filter=\S*-|\bGTEST_FILTER="),
}
# A place for clang-tidy alone names its check or its reason. All else would hide what a sanitizer or a compiler says.
_SUPPRESSED = re.compile(r"\bNOLINT(?:NEXTLINE|BEGIN)?\b(?!\(\w|:\s*\w)|"
                         r"\bno_" r"sanitize\w*|\bdiagnostic\s+ig" r"nored\b|"
                         r"__[alt]san_(?:disable|ignore_object|default_suppressions)\b|\bsuppressions" r"=")
_NOTHING = r"(?:(?:;|\(\s*void\s*\)\s*\w+\s*;)\s*)*"
_EMPTY_CATCH = re.compile(r"\bcatch\s*\((?:[^()]|\((?:[^()]|\(\))*\))*\)\s*\{\s*" + _NOTHING + r"\}")
_USING_NAMESPACE = re.compile(r"\busing\s+namespace\s+([\w:]+)")
_ABSOLUTE = re.compile(r"(?:(?<![\w.~$})\]/-])|(?<=\bfile://)|(?<=-[IL]))/(?:home|work|root|tmp|Users)/")
_OFF_TOPIC = re.compile(r"\b(?:assis" r"tants?|language\s+mod" r"els?|chat" r"bots?)\b", re.I)


def _matches(sources, pattern, view):
    for source in sources:
        for match in pattern.finditer(getattr(source, view)):
            yield source, source.line_of(match.start()), match


def sleep(tree):
    """No thread of a room sleeps, and none of its tests waits for real time: the runtime's own sleep_for is awaited."""
    for source in tree.cpp():
        if source.in_library:
            pattern = _SLEEP if source.is_test else _SLEEP_IN_CODE
            for _, line, match in _matches([source], pattern, "code"):
                yield source.path, line, f"{match.group()} waits for real time: own the clock (testing/)"


def wall_clock(tree):
    """The wall clock is read in io/ only, and handed in from there."""
    sources = [source for source in tree.cpp() if not source.path.startswith("dialtone/io/") or source.is_test]
    for source, line, match in _matches(sources, _WALL_CLOCK, "code"):
        yield source.path, line, f"{match.group()} is the wall clock, which jumps: use now(), or have it handed in"


def clock(tree):
    """A clock is read in io/ only; others are handed one."""
    sources = [source for source in tree.cpp()
               if source.in_library and (not source.path.startswith("dialtone/io/") or source.is_test)]
    for source, line, match in _matches(sources, _CLOCK, "code"):
        yield source.path, line, f"{match.group()} is a clock of nobody's: use now(), or have an io::clock handed in"


def randomness(tree):
    """The library draws its numbers from the runtime's seed; the system's are drawn in io/ only."""
    sources = [source for source in tree.cpp()
               if source.in_library and not source.path.startswith("dialtone/io/") and not source.is_test]
    for source, line, match in _matches(sources, _RANDOMNESS, "code"):
        yield source.path, line, f"{match.group()} is not repeated by a seed: draw from the runtime's"


def leftover(tree):
    """No note of unfinished work, and no code that is switched off, stays in a file."""
    for source, line, match in _matches(tree.cpp(), _LEFT_OUT, "code"):
        yield source.path, line, f"{match.group().strip()} keeps dead code: delete it, git has it"
    for source, line, match in _matches(tree.sources, _LEFTOVER, "text"):
        yield source.path, line, f"{match.group()} is unfinished work: finish it or open an issue"


def skipped_test(tree):
    """No test is skipped or disabled, expected to fail, or run again to become green."""
    for source in tree.sources:
        # The rules and their tests name what they look for.
        if source.kind not in _SKIPPED or source.path.startswith("tools/tidy_rules/"):
            continue
        view = "code" if source.kind == "cpp" else "text"
        for _, line, match in _matches([source], _SKIPPED[source.kind], view):
            yield (source.path, line,
                   f"{match.group()}: a test that does not run proves nothing; register it where it can")


def suppression(tree):
    """No report of a sanitizer or a compiler is suppressed, and one of clang-tidy not without its check or a reason."""
    for source in tree.sources:
        if source.kind in ("cpp", "cmake", "shell"):
            for _, line, match in _matches([source], _SUPPRESSED, "text"):
                yield (source.path, line,
                       f"{match.group()} hides a fault: mend it, or say to clang-tidy which check and why")


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
