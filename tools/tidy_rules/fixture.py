# SPDX-License-Identifier: Apache-2.0
"""What the tests of the rules share: small trees in a temporary folder."""
import pathlib
import tempfile
import unittest

from . import registry
from .tree import Tree

CPP = "// SPDX-License-Identifier: Apache-2.0\n"
PARAGRAPH = CPP + "// A header of a test, which only the test includes.\n#pragma once\n"
ROOMS = """# SPDX-License-Identifier: Apache-2.0
set(DIALTONE_ARROWS_base "")
set(DIALTONE_ARROWS_io base)
set(DIALTONE_ARROWS_runtime base io)
set(DIALTONE_ARROWS_protocols base runtime)
set(DIALTONE_ARROWS_protocols_websocket http)
set(DIALTONE_ARROWS_testing base io runtime)
"""


class RuleTest(unittest.TestCase):
    """`find(rule, {path: text})` is the list of "path:line" at which the rule speaks."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, files):
        for path, text in {"cmake/rooms.cmake": ROOMS, **files}.items():
            place = self.root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        return Tree(self.root)

    def find(self, rule, files):
        return [f"{finding.path}:{finding.line}" for finding in registry.check(self.write(files), only=[rule])]

    def fires(self, rule, files, *places):
        self.assertEqual(self.find(rule, files), list(places))

    def is_silent(self, rule, files):
        self.assertEqual(self.find(rule, files), [])
