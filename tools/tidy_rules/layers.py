# SPDX-License-Identifier: Apache-2.0
"""Who may include what: the arrows between rooms, the purity of base and of codecs, system calls in one room."""
import posixpath
import re

from .source import Source
from .standard import FORBIDDEN_IN_PURE, STANDARD

_SYSTEM = re.compile(
    r"^(?:sys|netinet|arpa|linux|asm|net|netpacket|bits|rpc|liburing)/|"
    r"^(?:unistd|fcntl|poll|netdb|sched|pthread|spawn|termios|ifaddrs|dirent|dlfcn|liburing|grp|pwd|syslog|ucontext|"
    r"resolv|glob|ftw|mqueue|semaphore|aio|execinfo|signal|time|strings|err|error|getopt|link|fnmatch|wordexp|libgen|"
    r"malloc|mntent|pty|shadow|stropts|threads|ulimit|utime|utmp|utmpx|wait)\.h$")
# `::new` and `::operator` are the language's; what a header of the standard library drags in is still the system's.
_SYSTEM_CALL = re.compile(r"(?<![\w>)\]:])::(?!new\b|delete\b|operator\b)[a-z]\w*\s*\(|"
                          r"\b(?:pthread_\w+|syscall)\s*\(")
_NOW = re.compile(r"::\s*now\s*\(")
_HOUSE = "dialtone/"


def room_of(path):
    """The room of a path below dialtone/ ("" for its top), and the room below protocols/ if it is in one."""
    parts = path.split("/")[1:-1]
    room = parts[0] if parts else ""
    return room, parts[1] if room == "protocols" and len(parts) > 1 else ""


def _target(source, name, quoted):
    """The path in the tree that an include means, if it is one of the house's."""
    if name.startswith(_HOUSE):
        return posixpath.normpath(name)
    if quoted:
        return posixpath.normpath(posixpath.join(posixpath.dirname(source.path), name))
    return None


def _house_includes(source):
    for line, name, quoted in source.includes:
        target = _target(source, name, quoted)
        if target is not None and target.startswith(_HOUSE):
            yield line, target


def _sentence(tree, source, target):
    """What is wrong with an include of `target`, or None."""
    room, protocol = room_of(source.path)
    other, other_protocol = room_of(target)
    allowed = tree.arrows[room] | ({"testing"} if source.is_test else set())
    if not source.is_test and Source(target, "").is_test:
        return f"{target} is for tests only, and is not installed"
    if other == "":
        return "a room does not include what is above all rooms: name the headers that it needs"
    if other == "protocols" == room and other_protocol != protocol:
        named = tree.arrows.get(f"protocols_{protocol}", set())
        if other_protocol in named:
            return None
        return (f"protocols/{protocol} may not include protocols/{other_protocol}: no arrow "
                f"DIALTONE_ARROWS_protocols_{protocol} in cmake/rooms.cmake leads there")
    if other != room and other not in allowed:
        named = ", ".join(sorted(allowed)) or "none"
        return f"{room} may not include {other}: its arrows in cmake/rooms.cmake are {named}"
    return None


def arrows(tree):
    """A room includes only rooms that its arrows in cmake/rooms.cmake name."""
    for source in tree.cpp():
        if not source.in_library or room_of(source.path)[0] == "":
            continue
        room = room_of(source.path)[0]
        if room not in tree.arrows:
            yield source.path, 1, f"the room {room} has no arrows: set DIALTONE_ARROWS_{room} in cmake/rooms.cmake"
            continue
        for line, target in _house_includes(source):
            sentence = _sentence(tree, source, target)
            if sentence:
                yield source.path, line, sentence


def include_form(tree):
    """An include says which file it means, by the shortest path."""
    for source in tree.cpp():
        for line in source.odd_includes:
            yield source.path, line, "write #include <path> or #include \"path\": this one hides which file it means"
        for line, name, quoted in source.includes:
            if not quoted and name != posixpath.normpath(name):
                yield source.path, line, f"<{name}> is a detour: write <{posixpath.normpath(name)}>"


def _impure_includes(source, libraries, own=None):
    for line, name, quoted in source.includes:
        target = _target(source, name, quoted) or name
        if target == own or target.startswith("dialtone/base/") or name.startswith(libraries):
            continue
        if name in FORBIDDEN_IN_PURE:
            yield line, f"<{name}> brings I/O, a thread or a clock into code that has to be pure"
        elif name not in STANDARD:
            allowed = ", ".join(["the standard library", "base", *(library.rstrip("/") for library in libraries)])
            yield line, f"{name} is none of what pure code may include: {allowed}"


def base_purity(tree):
    """base includes the standard library and fmt: no I/O, no thread, no clock."""
    for source in tree.cpp():
        if not source.path.startswith("dialtone/base/") or source.is_test:
            continue
        for line, sentence in _impure_includes(source, ("fmt/",)):
            yield source.path, line, sentence
        for match in _NOW.finditer(source.code):
            yield source.path, source.line_of(match.start()), "base reads no clock: take a time_point from the caller"


def protocol_purity(tree):
    """A protocol.hpp or protocol.cpp is a pure codec: standard headers and base."""
    for source in tree.cpp():
        if source.in_library and source.name in ("protocol.hpp", "protocol.cpp"):
            own = posixpath.dirname(source.path) + "/protocol.hpp"
            for line, sentence in _impure_includes(source, (), own):
                yield source.path, line, sentence
            for match in _NOW.finditer(source.code):
                yield source.path, source.line_of(match.start()), "a codec reads no clock: bytes in, values out"


def system_headers(tree):
    """Headers of the operating system are included, and its functions called, in io/ only (and in tests)."""
    for source in tree.cpp():
        if not source.in_library or source.path.startswith("dialtone/io/") or source.is_test:
            continue
        for line, name, quoted in source.includes:
            if _SYSTEM.search(name) and not (quoted and _target(source, name, quoted) in tree.by_path):
                yield source.path, line, f"<{name}> is the operating system's: only dialtone/io/ makes system calls"
        for match in _SYSTEM_CALL.finditer(source.statements):
            yield (source.path, source.line_of(match.start()),
                   f"{match.group().strip(' (')} is the operating system's: only dialtone/io/ makes system calls")
