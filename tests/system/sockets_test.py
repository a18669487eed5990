#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Crowds of connections, and servers that are killed, in programs of their own.

Usage: sockets_test.py PROGRAM DRIVER CONNECTIONS KILLS. With a driver that this machine forbids it says so. A limit of
descriptors that is too low for the crowd is a failure: fewer connections would prove something else."""
import os
import resource
import subprocess
import sys
import unittest

PROGRAM, DRIVER, CONNECTIONS, KILLS = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
OTHER_DESCRIPTORS = 200  # that a program with so many connections has beside them, at most
del sys.argv[1:]


class Program:
    """One that runs; killed when it is left."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [PROGRAM, *(str(argument) for argument in arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env={**os.environ, "DIALTONE_IO": DRIVER})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self.process.stdin.close()
        self.process.stdout.close()

    def line(self):
        return self.process.stdout.readline().strip()

    def go_on(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self):
        self.process.stdin.close()
        return self.process.wait(timeout=60)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


def listening(server):
    line = server.line()
    assert line.startswith("listening "), line
    return int(line.split()[1])


class Sockets(unittest.TestCase):
    def test_a_crowd_at_once_is_served_and_leaves_nothing(self):
        size, needed = CONNECTIONS, CONNECTIONS + OTHER_DESCRIPTORS
        allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        self.assertGreaterEqual(allowed, needed, "too few descriptors for the crowd: raise the hard limit (ulimit -Hn)")
        with Program("serve", 0) as server:
            port = listening(server)
            # Once over, so that all that is made at the first use is there.
            with Program("crowd", port, 100) as crowd:
                self.assertEqual(crowd.line(), "up")
                self.assertEqual(crowd.end(), 0)
            self.until(server, "gone 100")
            before = server.descriptors()
            with Program("crowd", port, size) as crowd:
                self.assertEqual(crowd.line(), "up")
                self.assertEqual(server.descriptors(), before + size)
                crowd.go_on()
                self.assertEqual(crowd.line(), "served")
                self.assertEqual(crowd.end(), 0)
            self.until(server, f"gone {100 + size}")
            self.assertEqual(server.descriptors(), before)

    def test_a_crowd_that_is_killed_leaves_nothing(self):
        with Program("serve", 0) as server:
            port = listening(server)
            with Program("crowd", port, 100) as crowd:
                self.assertEqual(crowd.line(), "up")
                self.assertEqual(crowd.end(), 0)
            self.until(server, "gone 100")
            before = server.descriptors()
            with Program("crowd", port, 1000) as crowd:
                self.assertEqual(crowd.line(), "up")
                crowd.kill()
            self.until(server, "gone 1100")
            self.assertEqual(server.descriptors(), before)

    def test_a_busy_server_that_is_killed_starts_again_on_its_port(self):
        with Program("serve", 0) as first:
            port = listening(first)
            with Program("load", port) as load:
                self.until(first, "busy")
                first.kill()
                for _ in range(KILLS):
                    with Program("serve", port) as server:
                        self.assertEqual(listening(server), port)
                        self.until(server, "busy")
                load.end()

    def until(self, program, wanted):
        """Reads lines up to that one."""
        for line in iter(program.line, ""):
            if line == wanted:
                return
        self.fail(f"it has ended without saying '{wanted}'")


def is_permitted():
    with Program("serve", 0) as server:
        return server.line() != ""


if not is_permitted():
    if DRIVER == "epoll":
        sys.exit("no server starts")
    print(f"this machine forbids {DRIVER}: there is nothing to test")
    sys.exit(0)
unittest.main(verbosity=2)
