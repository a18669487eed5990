# SPDX-License-Identifier: Apache-2.0
"""Names of folders and the first lines of files."""
import posixpath

_VAGUE = {"util", "utils", "utility", "utilities", "common", "core", "misc", "helper", "helpers"}
_LICENCE = "SPDX-License-Identifier: Apache-2.0"
_OTHER_ENDINGS = {".cc", ".cxx", ".c++", ".C", ".hh", ".hxx", ".h++", ".H", ".inc", ".inl", ".ipp", ".tpp", ".txx",
                  ".cppm", ".ixx"}
_LICENSED = ("cpp", "python", "shell", "cmake", "erlang")


def folder_name(tree):
    """A folder is named for what is in it."""
    folders = set()
    for path in tree.files:
        while path := posixpath.dirname(path):
            folders.add(path)
    for folder in sorted(folders):
        if posixpath.basename(folder).lower() in _VAGUE:
            yield folder, 1, f"'{posixpath.basename(folder)}' says nothing: name the folder for what is in it"


def file_ending(tree):
    """A C++ file is a .hpp or a .cpp, so that no rule and no build overlooks it."""
    for path in tree.files:
        name = posixpath.basename(path)
        ending = name[name.rfind("."):] if "." in name else ""
        if ending in _OTHER_ENDINGS or (ending in (".h", ".c") and path.startswith("dialtone/")):
            yield path, 1, f"the house names C++ files .hpp and .cpp, not {ending}"


def _licence_at(source):
    """The index of the line that has to hold the licence: the first, below a #! and what Python or Erlang add."""
    at = 0
    while at < min(3, len(source.lines)) and source.lines[at].startswith(("#!", "%%!", "%% -*-", "# -*-")):
        at += 1
    return at


def licence_line(tree):
    """A source opens with its SPDX line."""
    for source in tree.sources:
        if source.kind in _LICENSED and source.text.strip():
            at = _licence_at(source)
            if at >= len(source.lines) or _LICENCE not in source.lines[at]:
                yield source.path, at + 1, f"the first line has to be a comment: {_LICENCE}"


def header_paragraph(tree):
    """A header opens with a paragraph: what it is, who may use it from where."""
    for source in tree.sources:
        if not source.is_header:
            continue
        paragraph = []
        for line in source.lines[_licence_at(source) + 1:]:
            if not line.startswith("//"):
                break
            paragraph.append(line.lstrip("/ "))
        if len(" ".join(paragraph).split()) < 5:
            yield source.path, 2, "no opening paragraph below the licence: what is it, who may use it from where?"
        if "#pragma once" not in source.lines:
            yield source.path, 1, "no #pragma once"
