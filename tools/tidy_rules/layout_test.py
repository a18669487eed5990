# SPDX-License-Identifier: Apache-2.0
from .fixture import CPP, PARAGRAPH, RuleTest


class LayoutTest(RuleTest):
    def test_a_folder_has_a_name(self):
        for name in ("util", "common", "core", "misc", "helpers"):
            with self.subTest(name):
                self.assertIn(f"dialtone/{name}:1", self.find("folder-name", {f"dialtone/{name}/a/b.hpp": PARAGRAPH}))
        self.assertNotIn("dialtone/base:1", self.find("folder-name", {"dialtone/base/core_of_it.hpp": PARAGRAPH}))

    def test_a_source_opens_with_its_licence(self):
        self.is_silent("licence-line", {"dialtone/base/a.cpp": CPP, "tools/a": "#!/usr/bin/env python3\n# " + CPP[3:],
                                        "docs/a.md": "# a\n", "tools/empty.py": "",
                                        "bench/a.erl": "#!/usr/bin/env escript\n%%! -noinput\n% " + CPP[3:]})
        self.fires("licence-line", {"dialtone/base/b.cpp": "int a;\n", "tools/b": "#!/bin/sh\necho\n",
                                    "tests/CMakeLists.txt": "add_test()\n", "tools/c.py": "# about\n# " + CPP[3:]},
                   "dialtone/base/b.cpp:1", "tests/CMakeLists.txt:1", "tools/b:2", "tools/c.py:1")

    def test_a_header_says_what_it_is(self):
        self.is_silent("header-paragraph", {"dialtone/base/a.hpp": PARAGRAPH})
        late = CPP + "#pragma once\n// Too late: what it is and for whom.\n"
        self.fires("header-paragraph", {"dialtone/base/b.hpp": late,
                                        "dialtone/base/c.hpp": CPP + "// Bytes.\n#pragma once\n"},
                   "dialtone/base/b.hpp:2", "dialtone/base/c.hpp:2")

    def test_the_licence_of_a_template_counts(self):
        self.fires("licence-line", {"cmake/a.cmake.in": "include(b)\n"}, "cmake/a.cmake.in:1")

    def test_a_file_of_another_ending_would_be_overlooked(self):
        self.fires("file-ending", {"dialtone/base/a.inc": "", "dialtone/base/b.h": "", "tests/c.cc": "",
                                   "bench/d.c": "", "dialtone/base/e.hpp": PARAGRAPH, "docs/f.md": "",
                                   "cmake/g.cmake.in": ""},
                   "dialtone/base/a.inc:1", "dialtone/base/b.h:1", "tests/c.cc:1")

    def test_a_header_is_included_once(self):
        self.fires("header-paragraph", {"dialtone/base/a.hpp": PARAGRAPH.replace("#pragma once\n", "")},
                   "dialtone/base/a.hpp:1")
