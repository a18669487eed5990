# SPDX-License-Identifier: Apache-2.0
from .fixture import CPP, RuleTest

TESTS = CPP + ("TEST(calls, are_answered) {}\nTEST_F(casts,\n       are_not_answered) {}\n"
               "TEST_P(infos, come_in_order) {}\n")


class NamedTestTest(RuleTest):
    def page(self, text, path="docs/reference/a.md"):
        return self.find("named-test", {path: text, "dialtone/runtime/a_test.cpp": TESTS})

    def test_tests_that_are_there_are_fine(self):
        for name in ("calls.are_answered", "casts.are_not_answered", "infos.come_in_order"):
            with self.subTest(name):
                self.assertEqual(self.page(f"| call | `{name}` |\n"), [])

    def test_a_test_that_is_not_there_is_found(self):
        self.assertEqual(self.page("one\n| call | `calls.are_answered`, `calls.are_refused` |\n"),
                         ["docs/reference/a.md:2"])
        self.assertEqual(self.page("`casts.are_answered`\n"), ["docs/reference/a.md:1"])

    def test_other_code_and_other_pages_are_free(self):
        self.assertEqual(self.page("`dt::calls` `file.hpp` `{.name = x}` calls.are_refused\n"), [])
        self.assertEqual(self.page("`calls.are_refused`\n", "docs/guides/a.md"), [])

    def test_a_name_in_a_comment_is_no_test(self):
        self.fires("named-test", {"docs/reference/a.md": "`calls.are_answered`\n",
                                  "dialtone/runtime/a_test.cpp": CPP + "// TEST(calls, are_answered)\n"},
                   "docs/reference/a.md:1")
