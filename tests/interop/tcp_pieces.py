# SPDX-License-Identifier: Apache-2.0
"""The bytes in the scripts and traces of tcp_test.py: how they are written, and whether they came as they were sent."""
import re
import zlib


def show(data):
    return f"{len(data)} bytes {zlib.adler32(data)}" if len(data) > 256 else "x" + data.hex().upper()


def decoded(text):
    digits, _, times = text[1:].partition("*")
    return bytes.fromhex(digits) * int(times or 1)


PIECE = re.compile(r"(?:[abc]: )?(?:ok|data) (x[0-9A-F]*|(\d+) bytes \d+)")


def pieces(lines):
    """What each line shows that shows bytes, and how many they are."""
    found = [match for match in map(PIECE.fullmatch, lines) if match]
    return [(match[1], int(match[2] or len(match[1]) // 2)) for match in found]


def is_in_order(script, trace):
    """Whether what came without packets is what was sent: no byte is lost, comes twice or in another place. Where a
    stream of packets ends and one without begins is where its first bytes are found."""
    held = b"".join(decoded(text.split()[2]) for text in script.before_accept if "send" in text)
    kind, is_known = script.options.get("packet", "raw"), True
    for text, lines in zip(script.steps, trace):
        who, what, *words = text.lstrip("~").split()
        if who == "remote" and what == "send":
            held += decoded(words[0])
        if what == "unrecv" and lines[:1] == ["ok"]:
            held = decoded(words[0]) + held
            if kind != "raw":
                return True  # in front of what, only a decoder knows
        kind = next((word[len("packet="):] for word in words if word.startswith("packet=")), kind)
        is_known = is_known and kind == "raw"
        for shown, size in pieces(lines) if kind == "raw" else ():
            places = range(1 if is_known else len(held) - size + 1)
            at = next((at for at in places if show(held[at:at + size]) == shown), None)
            if at is None:
                return False
            held, is_known = held[at + size:], True
    return True


def cut_by_length(kind, data):
    """The contents of the whole packets in front, and how much they take."""
    header, contents, at = int(kind.removeprefix("length_")), [], 0
    while len(data) - at >= header:
        end = at + header + int.from_bytes(data[at:at + header], "big")
        if end > len(data):
            break
        contents.append(data[at + header:end])
        at = end
    return contents, at
