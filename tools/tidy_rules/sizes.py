# SPDX-License-Identifier: Apache-2.0
"""How large a file, a function and a line may be."""
import ast
import re

from . import blocks

MEASURED = ("cpp", "python", "shell", "cmake", "erlang")
LINES_OF_A_LIBRARY_FILE = 400
LINES_OF_A_FILE = 500
LINES_OF_A_FUNCTION = 70
COLUMNS = 120
_MACRO = re.compile(r"^[ \t]*#[ \t]*define\b(?:\\\n|[^\n])*\\\n[^\n]*", re.M)
# From the line that opens a function to the one that closes it.
_SHELL = re.compile(r"(?:function\s+)?[\w-]+\s*\(\)\s*[({]\s*$"), re.compile(r"[})]\s*$")
_CMAKE = re.compile(r"(?i:function|macro)\s*\("), re.compile(r"(?i:endfunction|endmacro)\s*\(")


def file_size(tree):
    """A file of the library has at most 400 lines, any other at most 500."""
    for source in tree.sources:
        limit = LINES_OF_A_LIBRARY_FILE if source.in_library else LINES_OF_A_FILE
        if source.kind in MEASURED and len(source.lines) > limit:
            yield source.path, limit + 1, f"{len(source.lines)} lines are more than {limit}: split it by component"


def _cpp_functions(source):
    """(line of the head, number of lines) of each function."""
    text = source.statements
    for block in blocks.scan(text):
        if block.kind == "function":
            head = text[block.head:block.opened]
            first = source.line_of(block.head + len(head) - len(head.lstrip()))
            yield first, source.line_of(block.closed) - first + 1


def _macros(source):
    """The same of each macro that goes over several lines."""
    for match in _MACRO.finditer(source.code):
        yield source.line_of(match.start()), match.group().count("\n") + 1


def _named_and_macros(source):
    yield from _cpp_functions(source)
    yield from _macros(source)


def _between(opening, closing):
    """Measures from a line that opens a function to the next line that closes one."""
    def functions(source):
        first = None
        for number, line in enumerate(source.lines, 1):
            if first is None and opening.match(line):
                first = number
            elif first is not None and closing.match(line):
                yield first, number - first + 1
                first = None
    return functions


def _python_functions(source):
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1


def function_size(tree):
    """A function has at most 70 lines."""
    measures = {"cpp": _named_and_macros, "python": _python_functions,
                "shell": _between(*_SHELL), "cmake": _between(*_CMAKE)}
    for source in tree.sources:
        if source.kind not in measures:
            continue
        try:
            for line, count in measures[source.kind](source):
                if count > LINES_OF_A_FUNCTION:
                    yield source.path, line, f"a function of {count} lines; at most {LINES_OF_A_FUNCTION} are readable"
        except blocks.Unbalanced as problem:
            yield (source.path, source.line_of(problem.position),
                   "the braces do not balance (in one branch of an #if, perhaps): nothing here can be measured")
        except SyntaxError as problem:
            yield source.path, problem.lineno or 1, "is not valid Python"


def line_length(tree):
    """A line has at most 120 columns."""
    for source in tree.sources:
        if source.kind in MEASURED:
            for number, line in enumerate(source.lines, 1):
                if len(line) > COLUMNS:
                    yield source.path, number, f"{len(line)} columns are more than {COLUMNS}"
