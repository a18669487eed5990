# SPDX-License-Identifier: Apache-2.0
"""Lambdas that are coroutines: their captures die with the lambda object, while the frame lives on."""
import re

_INTRODUCER = re.compile(r"\[(?P<captures>(?:[^\[\]]|\[[^\[\]]*\])*)\]")
_ATTRIBUTE = re.compile(r"\s*\[\[.*?\]\]", re.S)
_COROUTINE = re.compile(r"\bco_(?:await|return|yield)\b")
# What an opening bracket stands behind when it indexes or binds: a name, a closing bracket, auto and its references.
_NO_LAMBDA_BEHIND = re.compile(r"(?:[\w)\]]|\bauto\s*&{1,2})\s*$")
_KEYWORD_BEHIND = re.compile(r"\b(?:return|co_return|co_await|co_yield|throw|case|else|do|in)\s*$")
_SPECIFIERS = re.compile(r"\s*(?:mutable|constexpr|consteval|static|noexcept)\b")


def _closing(code, position):
    """The position behind the bracket that closes the one at `position`, or None."""
    pairs = {"(": ")", "{": "}", "<": ">"}
    opening, closing, depth = code[position], pairs[code[position]], 0
    for at in range(position, len(code)):
        if code[at] == opening:
            depth += 1
        elif code[at] == closing and not (closing == ">" and code[at - 1] == "-"):
            depth -= 1
            if depth == 0:
                return at + 1
    return None


def _skip_blank(code, position):
    while position < len(code) and code[position].isspace():
        position += 1
    return position


def _skip_attributes(code, position):
    while match := _ATTRIBUTE.match(code, position):
        position = match.end()
    return position


def _end_of_requires(code, position):
    """Where the parameters, the result or the body behind a requires clause begin. Knows no clause with braces."""
    match = re.compile(r"requires\s*(?:\([^(){}]*\)|[\w:]+\s*(?:<[^(){}]*?>)?(?=\s*[({-]))\s*").match(code, position)
    return match.end() if match else position


def _body(code, position):
    """(start, end) of the body of a lambda whose introducer ends at `position`, or None when it is none."""
    for opening in "<(":
        position = _skip_blank(code, _skip_attributes(code, position))
        if code.startswith("requires", position):
            position = _end_of_requires(code, position)
        if position < len(code) and code[position] == opening:
            position = _closing(code, position)
            if position is None:
                return None
    while match := _SPECIFIERS.match(code, position) or _ATTRIBUTE.match(code, position):
        position = match.end()
        after = _skip_blank(code, position)
        if code[after:after + 1] == "(":
            position = _closing(code, after) or len(code)
    position = _skip_blank(code, position)
    if code.startswith("requires", position):
        position = _end_of_requires(code, position)
    if code.startswith("->", position):
        brace = code.find("{", position)
        if brace < 0 or ";" in code[position:brace]:
            return None
        position = brace
    if code[position:position + 1] != "{":
        return None
    end = _closing(code, position)
    return (position, end) if end else None


def lambdas(code):
    """(position, captures, start of the body, its end) of each lambda."""
    for match in _INTRODUCER.finditer(code):
        before = code[max(0, match.start() - 40):match.start()]
        if _NO_LAMBDA_BEHIND.search(before) and not _KEYWORD_BEHIND.search(before):
            continue
        captures = match.group("captures").strip()
        if captures.startswith("["):
            continue  # an attribute
        body = _body(code, match.end())
        if body:
            yield match.start(), captures, *body


def _own_body(code, found, start, end):
    """The body without the bodies of the lambdas in it."""
    text = code[start:end]
    for _, _, inner_start, inner_end in found:
        if start < inner_start and inner_end < end:
            text = text[:inner_start - start] + " " * (inner_end - inner_start) + text[inner_end - start:]
    return text


def capturing_lambda(tree):
    """A lambda that captures is no coroutine."""
    for source in tree.cpp():
        if not _COROUTINE.search(source.statements):
            continue
        found = list(lambdas(source.statements))
        for position, captures, start, end in found:
            if captures and _COROUTINE.search(_own_body(source.statements, found, start, end)):
                yield (source.path, source.line_of(position),
                       f"a coroutine that captures [{captures}]: the captures die with the lambda; pass parameters")
