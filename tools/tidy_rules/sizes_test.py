# SPDX-License-Identifier: Apache-2.0
from .fixture import CPP, RuleTest


class SizesTest(RuleTest):
    def test_a_library_file_has_400_lines(self):
        self.is_silent("file-size", {"dialtone/base/a.cpp": CPP + "\n" * 399})
        self.fires("file-size", {"dialtone/base/a.cpp": CPP + "\n" * 400}, "dialtone/base/a.cpp:401")

    def test_any_other_file_has_500_lines(self):
        self.is_silent("file-size", {"apps/a.cpp": CPP + "\n" * 499, "tools/a": "#!/bin/sh\n" + "\n" * 499})
        self.fires("file-size", {"apps/a.cpp": CPP + "\n" * 500, "tools/a": "#!/bin/sh\n" + "\n" * 500},
                   "apps/a.cpp:501", "tools/a:501")

    def test_text_and_data_are_not_measured(self):
        self.is_silent("file-size", {"docs/a.md": "\n" * 900, "fuzz/corpora/a/b": "x\n" * 900})

    def test_a_function_has_70_lines(self):
        self.is_silent("function-size", {"apps/a.cpp": "int f() {\n" + "  g();\n" * 68 + "}\n"})
        self.fires("function-size", {"apps/a.cpp": "\nint f() {\n" + "  g();\n" * 69 + "}\n"}, "apps/a.cpp:2")

    def test_a_brace_in_a_literal_ends_no_function(self):
        body = "  g('}', \"}\", R\"(}\n)\"); // }\n" * 35
        self.fires("function-size", {"apps/a.cpp": "void f() {\n" + body + "}\n"}, "apps/a.cpp:1")

    def test_a_long_class_or_table_is_no_function(self):
        self.is_silent("function-size", {"apps/a.cpp": "struct a {\n" + "  int b;\n" * 90 + "};\n"
                                                       "int c[] = {\n" + "  1,\n" * 90 + "};\n"})

    def test_a_method_in_a_class_in_a_namespace_is_measured(self):
        self.fires("function-size", {"apps/a.cpp": "namespace a {\nclass b {\n  void c() {\n" + "    d();\n" * 70 +
                                                   "  }\n};\n}\n"}, "apps/a.cpp:3")

    def test_braces_that_cannot_be_measured_are_said(self):
        text = "void f() {\n#if A\n  if (a) {\n#else\n  if (b) {\n#endif\n  }\n}\n"
        self.fires("function-size", {"apps/a.cpp": text}, "apps/a.cpp:1")

    def test_functions_in_python_are_measured_too(self):
        self.fires("function-size", {"tools/a.py": "def f():\n" + "    g()\n" * 70}, "tools/a.py:1")
        self.is_silent("function-size", {"tools/a.py": "def f():\n" + "    g()\n" * 69})

    def test_functions_in_shell_and_cmake_and_macros_are_measured_too(self):
        body = "  g\n" * 68
        for path, opening, closing in (("scripts/a.sh", "f() {\n", "}\n"), ("scripts/b.sh", "f() (\n", ")\n"),
                                       ("cmake/a.cmake", "function(f)\n", "endfunction()\n"),
                                       ("cmake/b.cmake", "macro(f)\n", "endmacro()\n")):
            with self.subTest(path):
                self.is_silent("function-size", {path: opening + body + closing})
                self.fires("function-size", {path: "\n" + opening + body + "  g\n" + closing}, f"{path}:2")
                self.write({path: ""})
        self.is_silent("function-size", {"apps/a.cpp": "#define F \\\n" + "  g(); \\\n" * 68 + "  g()\n"})
        self.fires("function-size", {"apps/a.cpp": "#define F \\\n" + "  g(); \\\n" * 69 + "  g()\n"}, "apps/a.cpp:1")

    def test_a_line_has_120_columns(self):
        self.is_silent("line-length", {"apps/a.cpp": "x" * 120 + "\n", "docs/a.md": "x" * 300})
        self.fires("line-length", {"apps/a.cpp": "\n" + "x" * 121 + "\n"}, "apps/a.cpp:2")
