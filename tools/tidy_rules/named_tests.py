# SPDX-License-Identifier: Apache-2.0
"""A page that says which test shows what names tests that are there."""
import re

# The pages whose code spans of the form `suite.fact` are tests.
_PAGES = "docs/reference/"
_TEST = re.compile(r"\b(?:TYPED_)?TEST(?:_[FP])?\s*\(\s*(\w+)\s*,\s*(\w+)\s*\)")
# A fact has several words: `dt::x`, `.name` and `file.hpp` are none.
_NAMED = re.compile(r"`(\w+)\.(\w+_\w+)`")


def named_test(tree):
    """A test that a page of docs/reference/ names is in a test file."""
    known = {match.groups() for source in tree.cpp() if source.is_test for match in _TEST.finditer(source.code)}
    for source in tree.sources:
        if source.kind != "markdown" or not source.path.startswith(_PAGES):
            continue
        for at, line in enumerate(source.lines):
            for match in _NAMED.finditer(line):
                if match.groups() not in known:
                    yield source.path, at + 1, f"there is no test {match.group(1)}.{match.group(2)}"
