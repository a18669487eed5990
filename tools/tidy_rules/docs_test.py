# SPDX-License-Identifier: Apache-2.0
from .fixture import CPP, RuleTest

EXAMPLE = CPP + "int main() {\n  return 0;\n}\n"


def document(block, comment="<!-- examples/a.cpp -->\n"):
    return f"# Title\n\n{comment}```cpp\n{block}```\n"


class SnippetTest(RuleTest):
    def test_a_part_of_an_example_is_fine(self):
        for block in (EXAMPLE, "int main() {\n  return 0;\n}\n", "  return 0;\n"):
            with self.subTest(block):
                self.is_silent("snippet", {"README.md": document(block), "docs/a.md": document(block),
                                           "examples/a.cpp": EXAMPLE})

    def test_a_block_that_differs_is_found(self):
        for block in ("int main() {\n  return 1;\n}\n", "return 0;\n", "int main() {\n}\n", "\n"):
            with self.subTest(block):
                self.fires("snippet", {"docs/a.md": document(block), "examples/a.cpp": EXAMPLE}, "docs/a.md:4")

    def test_a_block_names_its_file_directly_above(self):
        self.fires("snippet", {"README.md": document("int main() {\n", ""), "examples/a.cpp": EXAMPLE}, "README.md:3")
        self.fires("snippet", {"README.md": document("int main() {\n", "<!-- examples/a.cpp -->\n\n")}, "README.md:5")

    def test_the_named_file_exists(self):
        self.fires("snippet", {"README.md": document("int main() {\n", "<!-- examples/b.cpp -->\n")}, "README.md:4")

    def test_other_languages_and_other_pages_are_free(self):
        self.is_silent("snippet", {"README.md": "```sh\nscripts/run\n```\n",
                                   "CONTRIBUTING.md": "```cpp\nint a;\n```\n"})

    def test_every_spelling_of_the_language_counts(self):
        self.fires("snippet", {"README.md": "~~~C++\nint a;\n~~~\n```hpp\nint b;\n```\n"}, "README.md:1", "README.md:4")


    def test_code_without_the_name_of_its_language_counts(self):
        for code in ("dt::run(serve);", "co_await sleep_for(1s)", "#include <vector>", "  return 1;"):
            with self.subTest(code):
                self.fires("snippet", {"docs/a.md": f"```\n{code}\n```\n"}, "docs/a.md:1")
        output = "```\nline 1 is connected\nbase <- nothing   bytes, assertions\n```\n"
        self.is_silent("snippet", {"docs/a.md": output})

    def test_code_in_a_quotation_counts(self):
        self.fires("snippet", {"docs/a.md": "> ```cpp\n> int a;\n> ```\n"}, "docs/a.md:1")

    def test_the_named_file_is_one_that_is_built(self):
        self.fires("snippet", {"docs/a.md": "<!-- examples/deep/a.cpp -->\n```cpp\nint a;\n```\n",
                               "examples/deep/a.cpp": "int a;\n"}, "docs/a.md:2")


class LinkTest(RuleTest):
    def test_a_link_leads_somewhere(self):
        text = "[b](b.md) [c](../docs/b.md#part) [d](.) ![e](../f/g.svg \"title\")\n[h]: b.md\n"
        self.is_silent("link", {"docs/a.md": text, "docs/b.md": "# Part\n[up](../README.md)",
                                "README.md": "[docs](docs/) [f](f)", "f/g.svg": "<svg/>"})

    def test_a_link_that_leads_nowhere_is_found(self):
        self.fires("link", {"docs/a.md": "one\n[b](c.md)\n[h]: d.md\n"}, "docs/a.md:2", "docs/a.md:3")

    def test_links_out_of_the_repository_are_left_alone(self):
        text = "[a](https://example.org/x) [b](mailto:a@example.org) [c](#part)\n\n## Part\n"
        self.is_silent("link", {"README.md": text})

    def test_a_heading_that_is_not_there_is_found(self):
        files = {"docs/a.md": "# What is `here`, now\n[a](#what-is-here-now) [b](#elsewhere)\n[c](b.md#that-one)\n",
                 "docs/b.md": "```\n# That one\n```\n## This one\n"}
        self.fires("link", files, "docs/a.md:2", "docs/a.md:3")

    def test_code_holds_no_links(self):
        self.is_silent("link", {"README.md": "`f[0](a)` and\n```sh\nx=[a](b)\n```\n"})
