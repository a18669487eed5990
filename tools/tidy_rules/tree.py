# SPDX-License-Identifier: Apache-2.0
"""The files that tools/tidy looks at, the arrows of the house, and what a finding is."""
import dataclasses
import functools
import os
import pathlib
import re
import subprocess

from .source import Source

_ARROWS = re.compile(r"^\s*set\(DIALTONE_ARROWS_(\w+)\s+([^)]*)\)", re.M)
_LEFT_OUT = {"build", ".git", ".cache", "__pycache__"}


@dataclasses.dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    rule: str
    sentence: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.sentence}"


class Tree:
    """All files below a root that git knows or could add; all but builds where there is no git."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.files = sorted(path for path in self._paths() if (self.root / path).is_file())

    def _paths(self):
        if (self.root / ".git").exists():
            listed = subprocess.run(
                ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                cwd=self.root, capture_output=True, text=True, check=False)
            if listed.returncode == 0:
                return {path for path in listed.stdout.split("\0") if path}
        return set(self._walked())

    def _walked(self):
        for folder, below, names in os.walk(self.root):
            below[:] = [name for name in below if name not in _LEFT_OUT]
            for name in names:
                yield pathlib.Path(folder, name).relative_to(self.root).as_posix()

    @functools.cached_property
    def sources(self):
        """Every text file."""
        found = []
        for path in self.files:
            raw = (self.root / path).read_bytes()
            if b"\0" in raw[:8192]:
                continue
            try:
                found.append(Source(path, raw.decode("utf-8")))
            except UnicodeDecodeError:
                continue
        return found

    @functools.cached_property
    def by_path(self):
        return {source.path: source for source in self.sources}

    def cpp(self):
        return [source for source in self.sources if source.kind == "cpp"]

    @functools.cached_property
    def arrows(self):
        """room -> the rooms it may include, from cmake/rooms.cmake."""
        table = self.by_path.get("cmake/rooms.cmake")
        if table is None:
            return {}
        return {room: set(re.findall(r"\w+", others)) for room, others in _ARROWS.findall(table.text)}
