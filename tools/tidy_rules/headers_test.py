# SPDX-License-Identifier: Apache-2.0
from unittest import mock

from . import headers
from .fingerprints import fingerprint, reached
from .fixture import PARAGRAPH, RuleTest
from .tree import Tree

RULE = "header-alone"


class HeadersTest(RuleTest):
    def test_a_header_that_lacks_an_include_is_found(self):
        files = {"dialtone/base/a.hpp": PARAGRAPH + "#include <string>\nstd::string f();\n",
                 "dialtone/base/b.hpp": PARAGRAPH + "std::string g();\n",
                 "dialtone/base/c.hpp": PARAGRAPH + "#include <dialtone/base/a.hpp>\nstd::string h();\n"}
        self.fires(RULE, files, "dialtone/base/b.hpp:1")

    def test_what_passed_is_not_compiled_again_until_something_it_includes_changes(self):
        files = {"dialtone/base/a.hpp": PARAGRAPH + "using a = int;\n",
                 "dialtone/base/b.hpp": PARAGRAPH + "#include <dialtone/base/a.hpp>\na f();\n",
                 "dialtone/base/c.hpp": PARAGRAPH + "int g();\n"}
        compiled = []
        real = headers._problem
        with mock.patch.object(headers, "_problem", lambda tree, path: compiled.append(path) or real(tree, path)):
            self.is_silent(RULE, files)
            self.assertEqual(len(compiled), 3)
            self.is_silent(RULE, files)
            self.assertEqual(len(compiled), 3)
            files["dialtone/base/a.hpp"] = PARAGRAPH + "using b = int;\n"
            self.fires(RULE, files, "dialtone/base/b.hpp:1")
            self.assertEqual(sorted(compiled[3:]), ["dialtone/base/a.hpp", "dialtone/base/b.hpp"])

    def test_a_failure_is_said_again_at_the_next_run(self):
        files = {"dialtone/base/a.hpp": PARAGRAPH + "std::string f();\n"}
        self.fires(RULE, files, "dialtone/base/a.hpp:1")
        self.fires(RULE, files, "dialtone/base/a.hpp:1")

    def test_a_fingerprint_covers_what_is_reached_and_nothing_else(self):
        tree = self.write({"dialtone/base/a.hpp": '#include "b.hpp"\n', "dialtone/base/b.hpp": "#include <vector>\n",
                           "dialtone/base/c.hpp": "\n"})
        self.assertEqual(reached(tree, "dialtone/base/a.hpp"), {"dialtone/base/a.hpp", "dialtone/base/b.hpp"})
        before = fingerprint(tree, "dialtone/base/a.hpp", "flags")
        self.assertNotEqual(before, fingerprint(tree, "dialtone/base/a.hpp", "other flags"))
        (self.root / "dialtone/base/c.hpp").write_text("int c;\n")
        self.assertEqual(before, fingerprint(Tree(self.root), "dialtone/base/a.hpp", "flags"))
        (self.root / "dialtone/base/b.hpp").write_text("int b;\n")
        self.assertNotEqual(before, fingerprint(Tree(self.root), "dialtone/base/a.hpp", "flags"))
