#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packets are cut as Erlang/OTP cuts them: streams from a seed, and what decode_packet of both makes of them.

Usage: packets_test.py PROGRAM [--seed N] [--count N] [--erl ERL] [--erlc ERLC]. packet_streams.py draws the streams. A
stream is cut until there is no packet more. Where the two part, one of the wanted differences below has to be the
cause: the table in docs/guides/packets.md. The peer's one error stands for both of ours.
"""
import argparse
import collections
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from packet_streams import TYPES, streams  # noqa: E402

TIMEOUT_SECONDS = 240
DEFAULT_LIMIT = 64 << 20
ERRORS = ("emsgsize", "malformed")
# What the streams have to have led to, of 1000, so that the comparison means something.
NEEDED = {"packet": 400, "request": 40, "response": 12, "header": 30, "eoh": 20, "http_error": 50, "more -": 150,
          "more N": 60, "emsgsize": 70, "malformed": 12}


def decoded(text):
    return bytes.fromhex(text[1:])


def long_line(stream, ours, theirs):
    """OTP cuts a line at line_length; here it is an error."""
    return (stream.type == "line" and ours == "emsgsize" and theirs.startswith("packet ") and
            len(decoded(theirs.split()[1])) == stream.line_length)


def sooner(stream, ours, theirs):
    """OTP waits for more although no continuation can be right; here it is an error at once."""
    return ours in ERRORS and theirs == "more bad"


def long_tag(stream, ours, theirs):
    """A tag of ASN.1 has no limit in OTP."""
    return stream.type == "asn1" and ours == "malformed" and theirs != "error" and re.search(
        rb"[\x1f\x3f\x5f\x7f\x9f\xbf\xdf\xff][\x80-\xff]{5}", stream.data)


def default_limit(stream, ours, theirs):
    """OTP's packet_size is not limited by default."""
    return (stream.packet_size == 0 and ours == "emsgsize" and theirs.startswith("more ") and
            theirs.split()[1].isdigit() and int(theirs.split()[1]) > DEFAULT_LIMIT)


def port_out_of_range(stream, ours, theirs):
    """A port over 65535 is a number in OTP; here it is none."""
    mine, other = ours.split(), theirs.split()
    return (mine[0] == other[0] == "request" and mine[5] == "-" and other[5].isdigit() and int(other[5]) > 65535 and
            mine[:5] + mine[6:] == other[:5] + other[6:])


def address_in_brackets(stream, ours, theirs):
    """OTP 25 takes the host of http://[::1]/ to be "["."""
    mine, other = ours.split(), theirs.split()
    if not mine[0] == other[0] == "request" or mine[:4] + mine[6:] != other[:4] + other[6:]:
        return False
    return decoded(mine[4]).startswith(b"[") and decoded(other[4]).startswith(b"[")


def behind_the_version(stream, ours, theirs):
    """OTP ignores what stands behind the version of a request."""
    return ours.startswith("http_error ") and theirs.startswith("request ") and re.search(
        rb"HTTP/\d+\.\d+[ \t]*[^ \t\d]", re.sub(rb"\r?\n\Z", b"", decoded(ours.split()[1])))


def large_number(stream, ours, theirs):
    """The numbers of versions and of a status wrap in OTP."""
    return ours.startswith("http_error ") and theirs.split()[0] in ("request", "response") and re.search(
        rb"\d{10}", decoded(ours.split()[1]))


def delete_character(stream, ours, theirs):
    """DEL is a character of names and methods in OTP."""
    return ours.startswith("http_error ") and theirs.split()[0] in ("request", "header") and (
        b"\x7f" in decoded(ours.split()[1]))


WANTED = (long_line, sooner, long_tag, default_limit, port_out_of_range, address_in_brackets, behind_the_version,
          large_number, delete_character)
MENDED_IN_LATER_OTP = (address_in_brackets,)


def first_difference(ours, theirs):
    """The first steps that are not the same, or None."""
    for mine, other in zip(ours, theirs):
        if mine != other and not (mine in ERRORS and other == "error"):
            # The peer looks ahead where it waits; where we wait too, that is not compared.
            if not (mine == "more -" and other == "more bad"):
                return mine, other
    return None if len(ours) == len(theirs) else ("", "")


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, check=True,
                          timeout=TIMEOUT_SECONDS, **options)
    return [line.split(" | ") for line in done.stdout.splitlines()]


def run_both(options, drawn):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "streams.txt"
        file.write_text("".join(one.text + "\n" for one in drawn))
        ours = run(options.program, file)
        run(options.erlc, "-o", folder, HERE / "peers" / "packets_peer.erl", HERE / "peers" / "packet_words.erl")
        theirs = run(options.erl, "-noshell", "-noinput", "+S", "1:1", "-env", "ERL_CRASH_DUMP_SECONDS", "0",
                     "-pa", folder, "-run", "packets_peer", "main", file)
    if not len(ours) == len(theirs) == len(drawn):
        sys.exit(f"{len(drawn)} streams have left {len(ours)} lines here and {len(theirs)} there")
    return ours, theirs


def compare(drawn, ours, theirs):
    """How often each wanted difference was the cause. Ends when there is another."""
    wanted, unknown = collections.Counter(), 0
    for stream, mine, other in zip(drawn, ours, theirs):
        difference = first_difference(mine, other)
        if difference is None:
            continue
        cause = next((rule for rule in WANTED if rule(stream, *difference)), None) if difference[0] else None
        if cause:
            wanted[cause.__name__] += 1
            continue
        unknown += 1
        if unknown <= 5:
            print(f"{stream.text}\n  data   {stream.data}\n  ours   {mine}\n  theirs {other}\n  where  {difference}")
    if unknown:
        sys.exit(f"{unknown} of {len(drawn)} streams are cut otherwise")
    return wanted


def kind_of(step):
    words = step.split()
    if words[0] == "more":
        return "more -" if words[1] == "-" else "more N"
    return words[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--erl", default="erl")
    parser.add_argument("--erlc", default="erlc")
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.count} streams of {len(TYPES)} packet types", flush=True)

    drawn = streams(options.seed, options.count)
    ours, theirs = run_both(options, drawn)
    wanted = compare(drawn, ours, theirs)
    for rule in WANTED:
        print(f"{wanted[rule.__name__]} times: {rule.__doc__}")
        if not wanted[rule.__name__] and rule not in MENDED_IN_LATER_OTP and options.count >= 2000:
            sys.exit(f"{rule.__name__} has not come up: too few for the comparison to mean much")
    steps = collections.Counter(kind_of(step) for line in ours for step in line)
    for what, needed in NEEDED.items():
        print(f"{what}: {steps[what]}")
        if steps[what] * 1000 < needed * options.count:
            sys.exit(f"too few for the comparison to mean much: {needed} of 1000 streams are expected")


if __name__ == "__main__":
    main()
