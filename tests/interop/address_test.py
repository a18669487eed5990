#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Addresses are read and printed as Python's ipaddress and Erlang's inet:parse_address do: texts from a seed.

Usage: address_test.py PROGRAM [--seed N] [--count N] [--erl ERL --erlc ERLC]. Without erl, Python is the only peer.

Compared with ipaddress: the strict form, the text of an address, networks, loopback, multicast, link-local,
unspecified. With inet:parse_address: the lenient form. Known, wanted differences, and therefore not drawn or not
compared: a scope is a number here, and allowed for every IPv6 address (Python: any text; Erlang: reads it for some
addresses and forgets it); the kinds of a mapped address are those of its IPv4 address (as in later versions of
Python), whose text is ::ffff:1.2.3.4; inet refuses a hexadecimal zero, which inet_aton(3) takes, and takes "-0".
"""
import argparse
import collections
import ipaddress
import pathlib
import random
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TIMEOUT_SECONDS = 240
ODDITY_OF_INET = re.compile(r"(?i)(?:^|\.)(?:0x0+|-0+)(?:\.|$)")


def run(*command):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, check=True,
                          timeout=TIMEOUT_SECONDS).stdout.splitlines()


def v4_part(draw):
    value = draw.choice([0, 1, 9, 10, 127, 169, 192, 224, 255, 256, 65535, 65536, 2 ** 24, 2 ** 32 - 1, 2 ** 32,
                         draw.randrange(256)])
    return draw.choice([str(value)] * 12 + [hex(value), f"0{value:o}", f"0{value}", f"0X{value:x}", ""])


def v4(draw):
    count = draw.choice([4] * 6 + [1, 2, 3, 5])
    plain = draw.random() < 0.5
    return ".".join(str(draw.randrange(256)) if plain else v4_part(draw) for _ in range(count))


def v6(draw):
    count = draw.choice([8] * 4 + [7, 9, 6, 3, 2, 1])
    value = [draw.choice(["0", "0", "0", "1", "ffff", "fe80", "ff02", "00", "0db8", "12345", "g", ""][:draw.choice(
        [9, 9, 9, 12])] + [f"{draw.randrange(65536):x}"]) for _ in range(count)]
    if draw.random() < 0.2:
        value[-1:] = [v4(draw)]
    for _ in range(draw.choice([0, 1, 1, 1, 2])):
        place = draw.randrange(len(value) + 1)
        value[place:place + draw.randrange(4)] = [""]
        if place == 0 or draw.random() < 0.1:
            value.insert(0, "")
        if place >= len(value) - 1:
            value.append("")
    return ":".join(value) + draw.choice([""] * 12 + ["%0", "%1", "%77"])


def printed(draw):
    """What is surely an address."""
    return str(draw.choice([ipaddress.IPv4Address(draw.getrandbits(32)), ipaddress.IPv6Address(draw.getrandbits(128)),
                            ipaddress.IPv6Address(draw.getrandbits(32)),
                            ipaddress.IPv6Address(0xffff << 32 | draw.getrandbits(32)),
                            ipaddress.IPv6Address(sum(draw.choice([0, 0, 1, 0xabc]) << 16 * i for i in range(8)))]))


def network(draw):
    address = ipaddress.ip_address(printed(draw))
    length = draw.randrange(address.max_prefixlen + 3)
    shift = max(0, address.max_prefixlen - length) if draw.random() < 0.8 else 0
    return f"{type(address)(int(address) >> shift << shift)}/{length}"


def spoiled(draw, text):
    place = draw.randrange(len(text) + 1)
    return text[:place] + draw.choice(list("0159.:xXafg %/-") + [""]) + text[place + draw.randrange(2):]


def draw_text(draw):
    text = draw.choice([v4, v6, v6, printed, network])(draw)
    return spoiled(draw, text) if draw.random() < 0.3 else text


def strict_of(text):
    """What ipaddress says, in our words: the text, and its kinds."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "-", "-"
    shown = str(address)
    mapped = getattr(address, "ipv4_mapped", None)
    scope = getattr(address, "scope_id", None)
    if scope is not None:
        shown = shown.split("%")[0] + (f"%{int(scope)}" if int(scope) else "")
    if mapped is not None:
        shown = shown.replace(str(address).split("%", maxsplit=1)[0], f"::ffff:{mapped}")
        address = mapped
    kinds = "".join(letter for letter, is_one in (
        ("l", address.is_loopback), ("m", address.is_multicast), ("k", address.is_link_local),
        ("u", address.is_unspecified)) if is_one)
    return shown, kinds


def network_of(text):
    address, slash, length = text.partition("/")
    if not slash or not length.isdigit() or "%" in text or (length[0] == "0" and length != "0"):
        return "-"
    try:
        found = ipaddress.ip_network(text)
    except ValueError:
        return "-"
    mapped = getattr(found.network_address, "ipv4_mapped", None)
    return str(found) if mapped is None else f"::ffff:{mapped}/{length}"


def numbers_of(shown):
    """The address of a text, written as Erlang's peer does."""
    if shown == "-":
        return shown
    address = ipaddress.ip_address(shown.split("%")[0])
    size = 1 if address.version == 4 else 2
    packed = address.packed
    return ",".join(str(int.from_bytes(packed[i:i + size], "big")) for i in range(0, len(packed), size))


def known_difference(text):
    """A scope that is no number for us, or is none to the peer."""
    _, percent, scope = text.partition("%")
    return bool(percent) and not (scope.isascii() and scope.isdigit() and int(scope) < 2 ** 32)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--erl")
    parser.add_argument("--erlc")
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.count} texts", flush=True)

    draw = random.Random(options.seed)
    texts = [text for text in (draw_text(draw) for _ in range(options.count)) if not known_difference(text)]
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "texts.txt"
        file.write_text("\n".join(texts) + "\n")
        ours = [line.split("|") for line in run(options.program, file)]
        peers = [None] * len(texts)
        if options.erl:
            run(options.erlc, "-o", folder, HERE / "peers" / "address_peer.erl")
            peers = run(options.erl, "-noshell", "-noinput", "+S", "1:1", "-env", "ERL_CRASH_DUMP_SECONDS", "0", "-pa",
                        folder, "-run", "address_peer", "main", file)
    if not len(ours) == len(peers) == len(texts):
        sys.exit(f"{len(texts)} texts have left {len(ours)} lines here and {len(peers)} there")

    found, different = collections.Counter(), 0
    for text, (strict, lenient, prefix, kinds), peer in zip(texts, ours, peers):
        expected = strict_of(text)
        problems = []
        if (strict, kinds) != expected:
            problems.append(f"ours {strict} {kinds}, ipaddress {expected[0]} {expected[1]}")
        if prefix != network_of(text):
            problems.append(f"network: ours {prefix}, ipaddress {network_of(text)}")
        comparable = peer is not None and "%" not in text and not ODDITY_OF_INET.search(text)
        if comparable and numbers_of(lenient) != peer:
            problems.append(f"lenient: ours {lenient}, inet {peer}")
        for problem in problems:
            different += 1
            if different <= 20:
                print(f"{text!r}: {problem}")
        found.update({"strict": strict != "-", "lenient only": lenient != "-" and strict == "-",
                      "network": prefix != "-", "refused": lenient == "-", "kinds": kinds not in ("", "-")})
    print(dict(found))
    if different:
        sys.exit(f"{different} differences")
    if min(found.values()) * 100 < options.count:
        sys.exit("too few of a sort for the comparison to mean much")


if __name__ == "__main__":
    main()
