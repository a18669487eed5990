# SPDX-License-Identifier: Apache-2.0
"""Snippets in the documentation are files that the tests compile and run; links lead somewhere."""
import posixpath
import re
import urllib.parse

_FENCE = re.compile(r"^[\s>]*(`{3,}|~{3,})\s*([\w+#-]*)")
_CPP = {"c", "cpp", "c++", "cc", "cxx", "hpp"}
_LOOKS_LIKE_CPP = re.compile(r"\bdt::|\bdialtone::\w+[({]|\bco_(?:await|return)\b|^\s*#\s*include\b|"
                             r"^\s*[\w<].*[;{]\s*$")
# examples/CMakeLists.txt builds these.
_NAMED = re.compile(r"^<!--\s*(examples/(?:contract/)?[^/\s]+\.cpp)\s*-->\s*$")
_LINK = re.compile(r"(?<!\\)\]\(\s*<?([^)\s>]+)>?(?:\s+[\"'][^)]*)?\)|^\s{0,3}\[[^\]^]+\]:\s*<?(\S+?)>?(?:\s|$)", re.M)
_CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_ELSEWHERE = re.compile(r"^(?:[a-zA-Z][\w+.-]*:|//)")


def _fenced(lines):
    """(index of the opening fence, language, lines within) of each fenced block."""
    at = 0
    while at < len(lines):
        opening = _FENCE.match(lines[at])
        if not opening:
            at += 1
            continue
        end = at + 1
        while end < len(lines) and not re.match(rf"^[\s>]*{re.escape(opening.group(1))}\s*$", lines[end]):
            end += 1
        yield at, opening.group(2).lower(), lines[at + 1:end]
        at = end + 1


def _contains(whole, part):
    return any(whole[at:at + len(part)] == part for at in range(len(whole) - len(part) + 1))


def _snippet_problem(tree, lines, at, block):
    named = _NAMED.match(lines[at - 1]) if at else None
    if not named:
        return "a C++ block without its file: put <!-- examples/NAME.cpp --> directly above it"
    example = tree.by_path.get(named.group(1))
    if example is None:
        return f"{named.group(1)} does not exist"
    if not any(line.strip() for line in block):
        return "the block is empty"
    if not _contains(example.lines, block):
        return f"the block is not in {named.group(1)} word for word"
    return None


def snippet(tree):
    """A C++ block of README.md or docs/ is a part of the file under examples/ that is named above it."""
    for source in tree.sources:
        if source.kind == "markdown" and (source.path == "README.md" or source.path.startswith("docs/")):
            for at, language, block in _fenced(source.lines):
                unnamed = language == "" and any(map(_LOOKS_LIKE_CPP.search, block))
                problem = _snippet_problem(tree, source.lines, at, block) if language in _CPP or unnamed else None
                if problem:
                    yield source.path, at + 1, problem


def _prose(source, keep_code=False):
    """The text with fenced blocks and code spans blanked, line by line."""
    lines = list(source.lines)
    for at, _, block in _fenced(source.lines):
        lines[at:at + len(block) + 1] = [""] * (len(block) + 1)
    return "\n".join(line if keep_code else _CODE_SPAN.sub("", line) for line in lines)


def _anchors(source):
    """What a link may name behind its #: the headings, as a page shows them."""
    found = set()
    for line in _prose(source, keep_code=True).split("\n"):
        heading = re.match(r"#{1,6}\s+(.*?)\s*#*$", line)
        if heading:
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.group(1)).lower()
            found.add(re.sub(r"[^\w\- ]", "", text).replace(" ", "-"))
    return found


def _leads_nowhere(tree, known, source, name):
    plain, _, anchor = name.partition("#")
    plain = urllib.parse.unquote(plain.split("?")[0])
    target = source.path
    if plain:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source.path), plain))
        if target not in known and target != ".":
            return True
    page = tree.by_path.get(target)
    return bool(anchor) and page is not None and page.kind == "markdown" and anchor not in _anchors(page)


def link(tree):
    """A relative link leads to a file or folder of the repository, and to a heading that is there."""
    known = set(tree.files)
    for path in tree.files:
        while path := posixpath.dirname(path):
            known.add(path)
    for source in tree.sources:
        if source.kind != "markdown":
            continue
        text = _prose(source)
        for match in _LINK.finditer(text):
            name = match.group(1) or match.group(2)
            if _ELSEWHERE.match(name):
                continue
            if _leads_nowhere(tree, known, source, name):
                yield source.path, text.count("\n", 0, match.start()) + 1, f"the link {name} leads nowhere"
