#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `dialtone serve` serves, and how it stops, over real sockets and with clients of others: netcat and Python.

Usage: serve_test.py PROGRAM DRIVER. With a driver that this machine forbids it says so.
"""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
from serve_program import (PATIENCE, Server, clean_environment, fill, host_and_port, receive_all,  # noqa: E402
                           receive_exactly, refuses, until)

PROGRAM, DRIVER = sys.argv[1], sys.argv[2]
del sys.argv[1:]
ANY_PORT = "tcp://127.0.0.1:0"
ISO_TIME = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\r\n"


def serve(*arguments, **variables):
    return Server(PROGRAM, "--io", DRIVER, *arguments, **variables)


def netcat(url, said):
    """What netcat prints when this is its standard input."""
    where = ["-U", url[len("unix:"):]] if url.startswith("unix:") else [str(part) for part in host_and_port(url)]
    datagrams = ["-u", "-W", "1"] if url.startswith("udp:") else ["-N"]
    return subprocess.run(["nc", *datagrams, *where], input=said, capture_output=True, check=True,
                          timeout=PATIENCE).stdout


def said(*texts):
    """A text of the wire format of chat: its length, then its bytes."""
    return b"".join(len(text).to_bytes(2, "big") + text for text in texts)


def register(name):
    return b"\1" + said(name)


def broadcast(name, contents):
    return b"\2" + said(name, contents)


class Chat(unittest.TestCase):
    """Members at different endpoints, which are one room's."""

    def setUp(self):
        self.server = serve("--chat", ANY_PORT, "--chat", f"unix:@dialtone chat test {os.getpid()}")
        self.addCleanup(self.server.__exit__)

    def join(self, name, index):
        stream = self.server.connect("chat", index)
        self.addCleanup(stream.close)
        stream.sendall(register(name))
        return stream

    def gather(self, streams):
        """Until each has heard the last one: then all are members."""
        last = streams[-1]
        for index, stream in enumerate(streams[:-1]):
            stream.settimeout(0.05)
            heard = b""
            while heard == b"":
                last.sendall(broadcast(b"", b"?"))
                try:
                    heard = receive_exactly(stream, len(broadcast(b"bob", b"?")))
                except TimeoutError:
                    continue
            self.assertEqual(heard, broadcast(b"bob", b"?"), index)
            stream.settimeout(PATIENCE)

    def heard(self, stream, wanted):
        """The text comes, behind those that were sent to gather."""
        question = broadcast(b"bob", b"?")
        data = receive_exactly(stream, len(wanted))
        while not data.endswith(wanted):
            self.assertLess(len(data), 1000 * len(question))
            data += receive_exactly(stream, 1)
        self.assertEqual(data.replace(question, b""), wanted)

    def test_what_one_says_goes_to_all_others_with_the_name_that_it_has(self):
        meg, ada, bob = self.join(b"meg", 0), self.join(b"ada", 1), self.join(b"bob", 0)
        self.gather([meg, ada, bob])
        bob.sendall(broadcast(b"somebody else", b"hi"))
        self.heard(meg, broadcast(b"bob", b"hi"))
        self.heard(ada, broadcast(b"bob", b"hi"))
        meg.sendall(broadcast(b"", b"yes"))
        self.heard(bob, broadcast(b"meg", b"yes"))

    def test_a_name_that_is_taken_and_bytes_that_are_none_of_chat_close_that_connection_alone(self):
        meg, bob = self.join(b"meg", 0), self.join(b"bob", 1)
        self.gather([meg, bob])
        self.assertEqual(receive_all(self.join(b"meg", 1)), b"")
        with self.server.connect("chat") as wrong:
            wrong.sendall(b"GET / HTTP/1.1")
            self.assertEqual(receive_all(wrong), b"")
        bob.sendall(broadcast(b"", b"still here"))
        self.heard(meg, broadcast(b"bob", b"still here"))

    def test_members_are_let_go_by_a_stop(self):
        meg, bob = self.join(b"meg", 0), self.join(b"bob", 1)
        self.gather([meg, bob])
        self.server.tell()
        self.assertEqual(receive_all(bob), b"")
        self.assertEqual(self.server.end(), 0)


class Services(unittest.TestCase):
    def test_echo_sends_back_what_comes(self):
        with serve("--echo", ANY_PORT) as server:
            self.assertEqual(netcat(server.urls("echo")[0], b"hello\nthere"), b"hello\nthere")
            with server.connect("echo") as first, server.connect("echo") as second:
                first.sendall(b"\0\xff")
                second.sendall(b"other")
                self.assertEqual(receive_exactly(first, 2), b"\0\xff")
                self.assertEqual(receive_exactly(second, 5), b"other")

    def test_echo_line_sends_back_whole_lines(self):
        with serve("--echo-line", ANY_PORT) as server, server.connect("echo-line") as stream:
            stream.sendall(b"Hello")
            stream.sendall(b" world\nand one more\nno end")
            stream.shutdown(socket.SHUT_WR)
            self.assertEqual(receive_all(stream), b"Hello world\nand one more\n")

    def test_hello_says_hello(self):
        with serve("--hello", ANY_PORT) as server:
            self.assertEqual(netcat(server.urls("hello")[0], b"Ada\r\n"), b"HELLO?Hello, Ada!\r\n")
            with server.connect("hello") as silent, server.connect("hello") as stream:
                self.assertEqual(receive_exactly(stream, 6), b"HELLO?")
                stream.sendall(b"meg")
                self.assertEqual(receive_all(stream), b"Hello, meg!\r\n")
                self.assertEqual(receive_exactly(silent, 6), b"HELLO?")

    def test_daytime_says_the_time(self):
        with serve("--daytime", ANY_PORT, "--daytime", "udp://127.0.0.1:0") as server:
            by_tcp, by_udp = server.urls("daytime")
            self.assertRegex(netcat(by_tcp, b""), rb"\A" + ISO_TIME + rb"\Z")
            self.assertRegex(netcat(by_udp, b"?"), rb"\A" + ISO_TIME + rb"\Z")
            with socket.socket(type=socket.SOCK_DGRAM) as asking:
                asking.settimeout(PATIENCE)
                asking.sendto(b"", host_and_port(by_udp))
                self.assertTrue(re.fullmatch(ISO_TIME, asking.recv(100)))


class Endpoints(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, "serve")

    def test_are_told_with_their_real_ports_in_order(self):
        with serve("--hello", ANY_PORT, "--echo", ANY_PORT, "--echo", f"unix:{self.path}", "--echo", ANY_PORT,
                   "--daytime", "udp://127.0.0.1:0") as server:
            self.assertEqual([name for name, _ in server.endpoints], ["hello", "echo", "echo", "echo", "daytime"])
            self.assertEqual(server.endpoints[2][1], f"unix:{self.path}")
            ports = [host_and_port(url)[1] for _, url in server.endpoints if "://" in url]
            self.assertEqual(len(ports), 4)
            self.assertNotIn(0, ports)
            for url in server.urls("echo"):
                self.assertEqual(netcat(url, b"here"), b"here")

    def test_of_version_6_are_in_brackets(self):
        with serve("--echo", "tcp://[::1]:0") as server:
            self.assertRegex(server.urls("echo")[0], r"\Atcp://\[::1\]:[1-9]\d*\Z")
            self.assertEqual(netcat(server.urls("echo")[0], b"six"), b"six")

    def test_of_localhost_are_at_127_0_0_1(self):
        with serve("--echo", "tcp://localhost:0") as server:
            self.assertTrue(server.urls("echo")[0].startswith("tcp://127.0.0.1:"))

    def test_of_unix_sockets_are_gone_with_the_program(self):
        with serve("--echo", f"unix:{self.path}") as server:
            self.assertTrue(os.path.exists(self.path))
            server.tell()
            self.assertEqual(server.end(), 0)
            self.assertFalse(os.path.exists(self.path))

    def test_may_be_abstract_names(self):
        name = f"unix:@dialtone serve test {os.getpid()}"
        with serve("--echo", name) as server, server.connect("echo") as stream:
            self.assertEqual(server.urls("echo"), [name])
            stream.sendall(b"a")
            self.assertEqual(stream.recv(1), b"a")

    def test_come_from_the_file_and_the_environment_too(self):
        file = os.path.join(self.folder.name, "serve.toml")
        with open(file, "w", encoding="utf-8") as written:
            written.write(f'echo = ["tcp://127.0.0.1:1", "unix:{self.path}"]\ndrain = 600\n')
        with serve("--config", file, PORT="0") as server:
            self.assertEqual([name for name, _ in server.endpoints], ["echo", "echo"])
            self.assertNotEqual(host_and_port(server.urls("echo")[0])[1], 1)
            self.assertEqual(netcat(server.urls("echo")[1], b"file"), b"file")
        with serve("--config", file, "--hello", ANY_PORT, PORT="0") as server:
            self.assertEqual([name for name, _ in server.endpoints], ["hello"])

    def test_that_are_taken_are_told_in_one_sentence(self):
        with socket.socket() as taken, socket.socket(type=socket.SOCK_DGRAM) as by_udp:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            by_udp.bind(("127.0.0.1", 0))
            with serve("--echo", f"unix:{self.path}"):
                for flag, url, where in (
                        ("--hello", f"tcp://127.0.0.1:{taken.getsockname()[1]}", None),
                        ("--daytime", f"udp://127.0.0.1:{by_udp.getsockname()[1]}", None),
                        ("--echo", f"unix:{self.path}", f"unix:{self.path}")):
                    with self.subTest(url):
                        done = subprocess.run([PROGRAM, "serve", "--io", DRIVER, "--echo", ANY_PORT, flag, url],
                                              capture_output=True, text=True, check=False, timeout=PATIENCE,
                                              env=clean_environment())
                        where = where or url.split("://")[1]
                        self.assertEqual(done.returncode, 1)
                        self.assertEqual(done.stdout, "")
                        self.assertEqual(done.stderr, f"dialtone: cannot serve {flag[2:]} {url}: bind {where}: "
                                                      "EADDRINUSE (address already in use)\n")


class Stops(unittest.TestCase):
    # A drain that would be waited for is longer than anybody's patience.
    NEVER = str(10 * PATIENCE)

    def test_a_server_that_nobody_uses_ends_at_once(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number), serve("--echo", ANY_PORT, "--daytime", "udp://127.0.0.1:0", "--drain",
                                             self.NEVER) as server:
                server.tell(number)
                self.assertEqual(server.end(), 0)

    def test_connections_with_nothing_in_flight_are_closed_at_once(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number), serve("--echo", ANY_PORT, "--hello", ANY_PORT, "--echo-line", ANY_PORT,
                                             "--drain", self.NEVER) as server:
                with server.connect("echo") as echo, server.connect("hello") as hello, \
                        server.connect("echo-line") as lines:
                    echo.sendall(b"before")
                    self.assertEqual(receive_exactly(echo, 6), b"before")
                    self.assertEqual(receive_exactly(hello, 6), b"HELLO?")
                    lines.sendall(b"line\n")
                    self.assertEqual(receive_exactly(lines, 5), b"line\n")
                    server.tell(number)
                    for stream in (echo, hello, lines):
                        self.assertEqual(receive_all(stream), b"")
                    self.assertEqual(server.end(), 0)

    def test_what_is_in_flight_still_arrives(self):
        with serve("--echo", ANY_PORT, "--drain", self.NEVER) as server:
            with server.connect("echo", receive_buffer=4096) as busy:
                sent = fill(busy)
                server.tell()
                until(lambda: refuses(server.urls("echo")[0]), "it lets nobody in any more")
                self.assertTrue(server.runs())
                self.assertEqual(receive_all(busy), sent)
                self.assertEqual(server.end(), 0)

    def test_a_drain_has_an_end(self):
        with serve("--echo", ANY_PORT, "--drain", "1") as server:
            with server.connect("echo", receive_buffer=4096) as busy:
                fill(busy)
                told = time.monotonic()
                server.tell()
                self.assertEqual(server.end(), 0)
                self.assertGreaterEqual(time.monotonic() - told, 1)

    def test_a_drain_of_nothing_ends_at_once(self):
        with serve("--echo", ANY_PORT, "--drain", "0") as server:
            with server.connect("echo", receive_buffer=4096) as busy:
                fill(busy)
                server.tell()
                self.assertEqual(server.end(), 0)

    def test_a_second_signal_ends_it_at_once(self):
        for second in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(second), serve("--echo", ANY_PORT, "--drain", self.NEVER) as server:
                with server.connect("echo", receive_buffer=4096) as busy:
                    fill(busy)
                    server.tell()
                    until(lambda: refuses(server.urls("echo")[0]), "it lets nobody in any more")
                    self.assertTrue(server.runs())
                    server.tell(second)
                    self.assertEqual(server.end(), 1)
                    self.assertEqual(server.errors().splitlines()[-1],
                                     "dialtone: stopped at once, before all was in order")

    def test_one_that_was_killed_starts_again_at_once_on_its_port(self):
        with serve("--echo", ANY_PORT, "--daytime", "udp://127.0.0.1:0") as server:
            endpoints = server.endpoints
            streams = [server.connect("echo") for _ in range(20)]
            for stream in streams:
                stream.sendall(b"up")
            server.tell(signal.SIGKILL)
            for _ in range(5):
                with serve(*(word for name, url in endpoints for word in (f"--{name}", url))) as again:
                    self.assertEqual(again.endpoints, endpoints)
                    self.assertEqual(netcat(again.urls("echo")[0], b"again"), b"again")
                    again.tell(signal.SIGKILL)
            for stream in streams:
                stream.close()

    def test_a_unix_socket_that_a_killed_one_has_left_is_taken_over(self):
        with tempfile.TemporaryDirectory() as folder:
            url = f"unix:{folder}/echo"
            with serve("--echo", url) as server:
                server.tell(signal.SIGKILL)
                server.process.wait()
            with serve("--echo", url) as server:
                self.assertEqual(netcat(server.urls("echo")[0], b"again"), b"again")


def is_permitted():
    done = subprocess.run([PROGRAM, "serve", "--io", DRIVER, "--echo", "unix:/nowhere/at/all"], capture_output=True,
                          text=True, check=False, timeout=PATIENCE, env=clean_environment())
    return "the system refuses it" not in done.stderr


if not is_permitted():
    if DRIVER == "epoll":
        sys.exit("no server starts")
    print(f"this machine forbids {DRIVER}: there is nothing to test")
    sys.exit(0)
unittest.main(verbosity=2)
