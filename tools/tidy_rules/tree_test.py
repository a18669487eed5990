# SPDX-License-Identifier: Apache-2.0
import pathlib
import subprocess
import sys
import unittest

from . import registry
from .fixture import CPP, PARAGRAPH, RuleTest
from .tree import Finding

TIDY = pathlib.Path(__file__).resolve().parent.parent / "tidy"


class TreeTest(RuleTest):
    def test_a_build_is_not_looked_at(self):
        self.assertEqual(self.write({"build/debug/a.cpp": "int a;\n", "apps/a.cpp": CPP}).files,
                         ["apps/a.cpp", "cmake/rooms.cmake"])

    def test_git_says_which_files_there_are(self):
        subprocess.run(["git", "init", "-q", str(self.root)], check=True)
        files = self.write({".gitignore": "ignored/\n", "ignored/a.cpp": "int a;\n", "apps/new.cpp": CPP}).files
        self.assertEqual(files, [".gitignore", "apps/new.cpp", "cmake/rooms.cmake"])

    def test_data_that_is_no_text_is_not_looked_at(self):
        self.write({"apps/a.cpp": CPP})
        (self.root / "apps/data.cpp").write_bytes(b"\0\xff")
        self.is_silent("licence-line", {})

    def test_the_arrows_come_from_the_build(self):
        self.assertEqual(self.write({}).arrows["runtime"], {"base", "io"})
        self.assertEqual(self.write({}).arrows["base"], set())


class ProgramTest(RuleTest):
    def run_tidy(self, *arguments):
        return subprocess.run([sys.executable, str(TIDY), "--root", str(self.root), *arguments],
                              capture_output=True, text=True, check=False)

    def test_a_clean_tree_ends_with_0(self):
        self.write({"dialtone/base/a.hpp": PARAGRAPH})
        done = self.run_tidy()
        self.assertEqual((done.returncode, done.stdout), (0, "tidy: 2 files, 0 findings\n"), done.stderr)

    def test_a_finding_is_a_line_and_ends_with_1(self):
        self.write({"dialtone/base/a.cpp": CPP + "#include <dialtone/io/b.hpp>\n"})
        done = self.run_tidy("--no-compile", "--rule", "arrows")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.splitlines(), [
            "dialtone/base/a.cpp:2: arrows: base may not include io: its arrows in cmake/rooms.cmake are none",
            "tidy: 2 files, 1 findings"])

    def test_a_rule_that_is_none_is_refused(self):
        done = self.run_tidy("--rule", "no-such-rule")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no rule is called no-such-rule", done.stderr)


class RegistryTest(unittest.TestCase):
    def test_every_rule_has_a_name_of_its_own_and_a_purpose(self):
        names = [rule.name for rule in registry.RULES]
        self.assertEqual(len(names), len(set(names)))
        for rule in registry.RULES:
            self.assertTrue(rule.purpose().endswith("."), rule.name)

    def test_findings_read_like_those_of_a_compiler(self):
        self.assertEqual(str(Finding("a.cpp", 3, "sleep", "why")), "a.cpp:3: sleep: why")
