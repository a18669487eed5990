# SPDX-License-Identifier: Apache-2.0
"""What has passed before and has not changed since is not compiled again.

A fingerprint covers a file, every file of the tree that it reaches by includes, and what it is compiled with. The ones
that passed are kept in build/cache/, which may be deleted at any time.
"""
import hashlib
import json
import os
import posixpath


def reached(tree, path):
    """The files of the tree that `path` includes, directly or not, and itself."""
    seen, waiting = set(), [path]
    while waiting:
        current = waiting.pop()
        if current in seen or current not in tree.by_path:
            continue
        seen.add(current)
        for _, name, quoted in tree.by_path[current].includes:
            if quoted:
                waiting.append(posixpath.normpath(posixpath.join(posixpath.dirname(current), name)))
            waiting.append(posixpath.normpath(name))
    return seen


def fingerprint(tree, path, compiled_with):
    digest = hashlib.sha256(compiled_with.encode())
    for part in sorted(reached(tree, path)):
        digest.update(f"\0{part}\0".encode())
        digest.update(tree.by_path[part].text.encode())
    return digest.hexdigest()


class Passed:
    """path -> fingerprint of its last pass, kept in a file."""

    def __init__(self, tree, name):
        self._file = tree.root / "build" / "cache" / f"{name}.json"
        try:
            self._known = json.loads(self._file.read_text())
        except (OSError, ValueError):
            self._known = {}

    def has(self, path, mark):
        return self._known.get(path) == mark

    def add(self, path, mark):
        self._known[path] = mark

    def keep(self, paths):
        """Writes down the passes of `paths` and forgets all others."""
        wanted = {path: mark for path, mark in sorted(self._known.items()) if path in paths}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps(wanted, indent=0))
        fresh.replace(self._file)
