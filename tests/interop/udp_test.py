#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""UDP does what gen_udp does, and speaks with other programs' sockets.

Usage: udp_test.py PROGRAM [--erl ERL --erlc ERLC]. Without erl the scenarios are not compared.

The scenarios run here and there and print a line for each thing that happens: the lines have to be the same. Known,
wanted difference, and therefore in no scenario: a send without an address at a socket without a peer (einval there, the
kernel's EDESTADDRREQ here). Then PROGRAM answers to datagrams of Python's sockets, over IPv4, IPv6 (if the machine has
it), a path and an abstract name.
"""
import argparse
import os
import pathlib
import socket
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TIMEOUT_SECONDS = 60
SIZES = [0, 1, 23, 24, 1472, 9000, 60000, 65507]


def run(*command):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, check=True,
                          timeout=TIMEOUT_SECONDS).stdout.splitlines()


def compare_with_gen_udp(options):
    with tempfile.TemporaryDirectory() as folder:
        run(options.erlc, "-o", folder, HERE / "peers" / "udp_peer.erl")
        theirs = run(options.erl, "-noshell", "-noinput", "+S", "1:1", "-env", "ERL_CRASH_DUMP_SECONDS", "0", "-pa",
                     folder, "-run", "udp_peer", "main")
    for driver in ("epoll", "best"):
        ours = subprocess.run([options.program], stdout=subprocess.PIPE, text=True, check=True,
                              timeout=TIMEOUT_SECONDS, env={**os.environ, "DIALTONE_IO": driver}).stdout.splitlines()
        for number, (one, other) in enumerate(zip(ours, theirs)):
            if one != other:
                scenario = next(line for line in reversed(theirs[:number + 1]) if line.endswith(":"))
                sys.exit(f"{driver}, {scenario} ours {one!r}, gen_udp's {other!r}")
        if len(ours) != len(theirs):
            sys.exit(f"{driver}: {len(ours)} lines here, {len(theirs)} there")
    print(f"{len(theirs)} lines, the same here and there")


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as tried:
            tried.bind(("::1", 0))
        return True
    except OSError:
        return False


def payload(size):
    return bytes((number * 7 + size) % 256 for number in range(size))


def ask(asker, there, data, ttl, tos):
    asker.sendto(data, there)
    answer, source = asker.recvfrom(70000)
    size, told_ttl, told_tos, back = answer.split(b" ", 3)
    expected = (len(data), ttl, tos, data[:60000], there)
    found = (int(size), int(told_ttl), int(told_tos), back, source[:2] if isinstance(source, tuple) else source)
    if found != expected:
        sys.exit(f"{there}: {found[:3]} {found[4]}, expected {expected[:3]}, or the bytes differ")


def speak(family, there, here):
    with socket.socket(family, socket.SOCK_DGRAM) as asker:
        asker.settimeout(TIMEOUT_SECONDS)
        asker.bind(here)
        is_v4, is_ip = family == socket.AF_INET, family != socket.AF_UNIX
        for size in SIZES:
            ask(asker, there, payload(size), 64 if is_ip else 0, 0)
        if is_ip:
            level = socket.IPPROTO_IP if is_v4 else socket.IPPROTO_IPV6
            asker.setsockopt(level, socket.IP_TTL if is_v4 else socket.IPV6_UNICAST_HOPS, 5)
            asker.setsockopt(level, socket.IP_TOS if is_v4 else socket.IPV6_TCLASS, 0x28)
            asker.setsockopt(level, socket.IP_RECVTTL if hasattr(socket, "IP_RECVTTL") and is_v4 else
                             12 if is_v4 else socket.IPV6_RECVHOPLIMIT, 1)
            ask(asker, there, b"marked", 5, 0x28)
            asker.sendto(b"stop", there)
            _, beside, _, _ = asker.recvmsg(100, 100)
            ttl = int.from_bytes(beside[0][2], sys.byteorder)
            if ttl != 33:
                sys.exit(f"{there}: the answer's TTL is {ttl}, not 33")
        else:
            ask(asker, there, b"stop", 0, 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--erl")
    parser.add_argument("--erlc")
    options = parser.parse_args()
    if options.erl:
        compare_with_gen_udp(options)
    with tempfile.TemporaryDirectory() as folder:
        path, name = f"{folder}/there", f"dialtone udp {os.getpid()}"
        ways = {"127.0.0.1": (socket.AF_INET, lambda port: ("127.0.0.1", port), ("127.0.0.1", 0)),
                f"unix:{path}": (socket.AF_UNIX, lambda _: path, f"{folder}/here"),
                f"unix:@{name}": (socket.AF_UNIX, lambda _: b"\0" + name.encode(), b"\0" + name.encode() + b" asks")}
        if has_ipv6():
            ways["::1"] = (socket.AF_INET6, lambda port: ("::1", port), ("::1", 0))
        with subprocess.Popen([options.program, *ways], stdout=subprocess.PIPE, text=True) as server:
            for _ in range(len(ways)):
                address, port = server.stdout.readline().rsplit(" ", 1)
                family, there, here = ways[address]
                speak(family, there(int(port)), here)
                print(f"{address}: {len(SIZES)} sizes")
            if server.wait(TIMEOUT_SECONDS) != 0:
                sys.exit(f"the server has ended with {server.returncode}")


if __name__ == "__main__":
    main()
