# SPDX-License-Identifier: Apache-2.0
"""One file of the tree, and its C++ with comments and literals blanked so that rules do not trip over them."""
import functools
import re

KINDS = {
    ".hpp": "cpp", ".cpp": "cpp", ".h": "cpp", ".c": "cpp",
    ".py": "python", ".sh": "shell", ".cmake": "cmake", ".erl": "erlang", ".md": "markdown",
}

# Alternatives in order: a raw string before an identifier (whose end could look like its prefix), a number before a
# character literal (1'000 holds no character).
_LEXEME = re.compile(
    r"""(?P<comment>//(?:\\\n|[^\n])*|/\*.*?(?:\*/|\Z))
      | (?P<raw>(?:u8|[uUL])?R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)")
      | (?P<string>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*")
      | (?P<number>\.?[0-9](?:'?[\w.])*)
      | (?P<character>(?:u8|[uUL])?'(?:\\.|[^'\\\n])+')
      | (?P<word>[A-Za-z_]\w*)""",
    re.S | re.X)
_NOT_NEWLINE = re.compile(r"[^\n]")
_DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)
_ANY_INCLUDE = re.compile(r"^[ \t]*(?:#|%:)(?:[ \t]|\\\n)*(?:include|include_next|import)\b", re.M)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:<([^>\n]+)>|"([^"\n]+)")', re.M)


def _blank(text):
    return _NOT_NEWLINE.sub(" ", text)


def _blank_lexeme(match):
    text = match.group()
    if match.lastgroup == "comment" or match.group("comment"):
        return _blank(text)
    if match.group("raw") or match.group("string") or match.group("character"):
        return text[0] + _blank(text[1:-1]) + text[-1]
    return text


def blank_literals(text):
    """The text, of the same shape, with spaces for comments and for what literals hold."""
    return _LEXEME.sub(_blank_lexeme, text)


class Source:
    """A file: its path from the root with forward slashes, its text, and views of it that are made when asked for."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.name = path.rsplit("/", 1)[-1]
        self.kind = self._kind()

    def _kind(self):
        name = self.name.removesuffix(".in")
        dot = name.rfind(".")
        if self.name == "CMakeLists.txt":
            return "cmake"
        if dot > 0:
            return KINDS.get(name[dot:], "other")
        first = self.text.split("\n", 1)[0]
        if first.startswith("#!"):
            for word, kind in (("python", "python"), ("sh", "shell"), ("escript", "erlang")):
                if word in first:
                    return kind
        return "other"

    @functools.cached_property
    def lines(self):
        return self.text.splitlines()

    @functools.cached_property
    def code(self):
        """C++ without comments and without what is between quotes."""
        return blank_literals(self.text)

    @functools.cached_property
    def statements(self):
        """`code` without preprocessor directives too."""
        return _DIRECTIVE.sub(lambda match: _blank(match.group()), self.code)

    @functools.cached_property
    def includes(self):
        """(line, name, quoted) of each include directive that is not in a comment."""
        found = []
        for match in _INCLUDE.finditer(self.text):
            hash_mark = self.text.index("#", match.start())
            if self.code[hash_mark] == "#":
                found.append((self.line_of(hash_mark), match.group(1) or match.group(2), match.group(2) is not None))
        return found

    @functools.cached_property
    def odd_includes(self):
        """The lines of includes that `includes` does not know: of a macro, with a comment or a cut inside."""
        known = {line for line, _, _ in self.includes}
        return sorted({self.line_of(match.start()) for match in _ANY_INCLUDE.finditer(self.code)} - known)

    def line_of(self, position):
        return self.text.count("\n", 0, position) + 1

    @property
    def is_header(self):
        return self.name.endswith((".hpp", ".h"))

    @property
    def is_test(self):
        """Whatever is built beside the library and not into it."""
        return re.search(r"_(test|fuzz|bench)\.[ch]pp$", self.name) is not None

    @property
    def in_library(self):
        return self.path.startswith("dialtone/")
