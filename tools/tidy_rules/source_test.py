# SPDX-License-Identifier: Apache-2.0
import unittest

from .source import Source, blank_literals


class SourceTest(unittest.TestCase):
    def test_comments_and_what_literals_hold_become_blank(self):
        self.assertEqual(blank_literals('a("x\\"{") /* { */ \'{\' // {'), 'a("    ")         \' \'     ')

    def test_a_raw_string_ends_at_its_own_delimiter(self):
        blanked = blank_literals('x = R"a(")" } )a" + y;')
        self.assertEqual(blanked.count("}"), 0)
        self.assertTrue(blanked.endswith('" + y;'))

    def test_a_name_that_ends_in_r_starts_no_raw_string(self):
        self.assertEqual(blank_literals('FOOR"(" }'), 'FOOR" " }')

    def test_a_digit_separator_opens_no_character(self):
        self.assertEqual(blank_literals("f(1'000, '{', 0x1'F);"), "f(1'000, ' ', 0x1'F);")

    def test_blanking_keeps_every_line(self):
        text = 'a /* \n { \n */ R"(\n{\n)" "\\\n" // \\\n {\nb'
        self.assertEqual(blank_literals(text).count("\n"), text.count("\n"))
        self.assertNotIn("{", blank_literals(text))

    def test_includes_in_comments_and_raw_strings_are_none(self):
        source = Source("a.cpp", '/*\n#include <a>\n*/\n// #include <b>\n  #  include <c> // why\n'
                                 'auto x = R"(\n#include <d>\n)";\n#include "e.hpp"\n')
        self.assertEqual(source.includes, [(5, "c", False), (9, "e.hpp", True)])

    def test_a_file_without_a_suffix_is_what_its_first_line_says(self):
        self.assertEqual(Source("tools/x", "#!/usr/bin/env python3\n").kind, "python")
        self.assertEqual(Source("scripts/x", "#!/usr/bin/env bash\n").kind, "shell")
        self.assertEqual(Source("LICENSE", "Apache License\n").kind, "other")
