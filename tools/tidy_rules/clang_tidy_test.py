# SPDX-License-Identifier: Apache-2.0
import json

from . import clang_tidy
from .fixture import CPP, RuleTest

SETTINGS = "Checks: '-*,bugprone-use-after-move'\nWarningsAsErrors: '*'\n"
MOVED = """#include <string>
#include <utility>
std::size_t f(std::string a) {
  std::string b = std::move(a);
  return a.size() + b.size();
}
"""


class ClangTidyTest(RuleTest):
    def build(self, sources, flags="-std=c++23 -I."):
        tree = self.write({".clang-tidy": SETTINGS, **sources})
        entries = [{"directory": str(self.root), "file": path, "command": f"clang++-19 {flags} -c {path}"}
                   for path in sources if path.endswith(".cpp")]
        (self.root / "build").mkdir(exist_ok=True)
        (self.root / "build/compile_commands.json").write_text(json.dumps(entries))
        return tree

    def check(self, sources, **options):
        return clang_tidy.check(self.build(sources, **options), "build", 2)

    def test_a_finding_is_a_report_and_is_reported_again(self):
        sources = {"apps/a.cpp": CPP + MOVED, "apps/b.cpp": CPP + "int b;\n"}
        reports, looked_at, known = self.check(sources)
        self.assertEqual((len(reports), looked_at, known), (1, 2, 2))
        self.assertIn("bugprone-use-after-move", reports[0])
        self.assertIn("apps/a.cpp:6", reports[0])
        reports, looked_at, _ = self.check(sources)
        self.assertEqual((len(reports), looked_at), (1, 1))

    def test_what_passed_is_looked_at_again_when_its_header_its_flags_or_the_checks_change(self):
        sources = {"apps/a.cpp": CPP + '#include "a.hpp"\n', "apps/a.hpp": CPP + "int a();\n"}
        self.assertEqual(self.check(sources), ([], 1, 1))
        self.assertEqual(self.check(sources), ([], 0, 1))
        sources["apps/a.hpp"] = CPP + "int b();\n"
        self.assertEqual(self.check(sources), ([], 1, 1))
        self.assertEqual(self.check(sources, flags="-std=c++20 -I."), ([], 1, 1))
        sources[".clang-tidy"] = SETTINGS.replace("move'", "move,bugprone-infinite-loop'")
        self.assertEqual(self.check(sources, flags="-std=c++20 -I."), ([], 1, 1))

    def test_a_build_that_is_not_there_is_said(self):
        with self.assertRaisesRegex(SystemExit, "run scripts/build first"):
            clang_tidy.check(self.write({}), "build/none", 1)
