# SPDX-License-Identifier: Apache-2.0
"""The braces of a C++ file, told apart: namespaces, classes, functions, and the rest.

A scanner, no parser: it reads the words before each brace. That is enough to measure functions and to know whether a
place is inside one, and it needs no compiler, no flags and a millisecond.
"""
import dataclasses
import re

_MARK = re.compile(r"[{}();]")
_LABEL = re.compile(r"^(?:(?:public|private|protected)\s*:\s*)+")
_ATTRIBUTE = re.compile(r"\[\[.*?\]\]|\balignas\s*\([^()]*\)", re.S)
_CLASS = re.compile(r"^(?:(?:typedef|static|const|constexpr|inline|export|friend)\s+)*(?:class|struct|union|enum)\b")
_NAMESPACE = re.compile(r'^(?:inline\s+)?namespace\b|^extern\s*"')
# A bracket that opens a lambda stands behind an operator or nothing: behind a name it indexes.
_LAMBDA = re.compile(r"(?:^|[=(,&|?:])\s*\[[^\[\]]*\]\s*(?:<[^{}]*>\s*)?(?:\([^{}]*\)|[^(){}\[\];=])*$")
_AFTER_PARAMETERS = re.compile(r"\)\s*(?:const|noexcept|override|final|&|\s)*$")


@dataclasses.dataclass
class Block:
    kind: str  # namespace, class, function, other (an initializer), inner (anything inside of a function)
    head: int  # where the words before the brace start
    opened: int
    closed: int = -1


class Unbalanced(Exception):
    """The braces do not match; holds the position at which that shows."""

    def __init__(self, position):
        super().__init__(position)
        self.position = position


def _without_template(head):
    while head.startswith("template"):
        depth = 0
        for position, character in enumerate(head):
            depth += {"<": 1, ">": -1}.get(character, 0)
            if character == ">" and depth == 0:
                head = head[position + 1:].lstrip()
                break
        else:
            return head
    return head


def _kind_of(head, outer, in_parentheses):
    if outer in ("function", "inner"):
        return "inner"
    head = _without_template(_ATTRIBUTE.sub("", _LABEL.sub("", head.strip())).strip())
    if _LAMBDA.search(head):
        return "function"
    if outer == "other" or in_parentheses:
        return "other"
    if _NAMESPACE.search(head):
        return "namespace"
    if _CLASS.search(head):
        return "function" if _AFTER_PARAMETERS.search(head) else "class"
    if head.endswith("=") or "concept " in head:
        return "other"
    # Nothing or a comma before it: a body or a member after a braced member initializer.
    if not head or head.startswith(",") or ")" in head or head.endswith("]"):
        return "function"
    return "other"


def scan(statements):
    """The blocks of `Source.statements`, in the order of their opening braces. Raises Unbalanced."""
    blocks, open_blocks = [], []  # open_blocks: (block, parentheses open around it)
    head, parentheses = 0, 0
    for match in _MARK.finditer(statements):
        mark, position = match.group(), match.start()
        if mark == "(":
            parentheses += 1
        elif mark == ")":
            parentheses -= 1
        elif mark == ";":
            head = head if parentheses else position + 1
        elif mark == "{":
            outer = open_blocks[-1][0].kind if open_blocks else "namespace"
            block = Block(_kind_of(statements[head:position], outer, parentheses > 0), head, position)
            blocks.append(block)
            open_blocks.append((block, parentheses))
            head, parentheses = position + 1, 0
        else:
            if not open_blocks or parentheses:
                raise Unbalanced(position)
            block, parentheses = open_blocks.pop()
            block.closed = position
            head = position + 1
    if open_blocks:
        raise Unbalanced(open_blocks[-1][0].opened)
    return blocks


def inside_function(blocks, position):
    return any(block.kind == "function" and block.opened < position < block.closed for block in blocks)
