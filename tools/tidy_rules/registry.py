# SPDX-License-Identifier: Apache-2.0
"""All rules by name. A rule is a function of a tree that yields (path, line, sentence)."""
import dataclasses
import typing

from . import bans, coroutines, docs, headers, layers, layout, named_tests, sizes
from .tree import Finding


@dataclasses.dataclass(frozen=True)
class Rule:
    name: str
    find: typing.Callable
    compiles: bool = False

    def purpose(self):
        return self.find.__doc__.split("\n")[0]


RULES = [
    Rule("arrows", layers.arrows),
    Rule("include-form", layers.include_form),
    Rule("base-purity", layers.base_purity),
    Rule("protocol-purity", layers.protocol_purity),
    Rule("system-headers", layers.system_headers),
    Rule("header-alone", headers.compile_alone, compiles=True),
    Rule("file-size", sizes.file_size),
    Rule("function-size", sizes.function_size),
    Rule("line-length", sizes.line_length),
    Rule("sleep", bans.sleep),
    Rule("wall-clock", bans.wall_clock),
    Rule("clock", bans.clock),
    Rule("randomness", bans.randomness),
    Rule("leftover", bans.leftover),
    Rule("skipped-test", bans.skipped_test),
    Rule("suppression", bans.suppression),
    Rule("iostream", bans.iostream),
    Rule("empty-catch", bans.empty_catch),
    Rule("using-namespace", bans.using_namespace),
    Rule("absolute-path", bans.absolute_path),
    Rule("off-topic", bans.off_topic),
    Rule("lambda-coroutine", coroutines.capturing_lambda),
    Rule("folder-name", layout.folder_name),
    Rule("file-ending", layout.file_ending),
    Rule("licence-line", layout.licence_line),
    Rule("header-paragraph", layout.header_paragraph),
    Rule("snippet", docs.snippet),
    Rule("link", docs.link),
    Rule("named-test", named_tests.named_test),
]


def check(tree, only=None, compile_too=True):
    """The findings of the rules (of those named in `only`, when given), sorted."""
    findings = set()
    for rule in RULES:
        if (only and rule.name not in only) or (rule.compiles and not compile_too):
            continue
        findings.update(Finding(path, line, rule.name, sentence) for path, line, sentence in rule.find(tree))
    return sorted(findings)
