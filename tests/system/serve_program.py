# SPDX-License-Identifier: Apache-2.0
"""The program `dialtone serve` as its tests see it: started, asked where it listens, told to stop."""
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

PATIENCE = 60  # seconds that anything may take before it counts as lost


def clean_environment(**variables):
    kept = {name: value for name, value in os.environ.items() if name not in ("PORT", "DIALTONE_IO")}
    return {**kept, **variables}


class Server:
    """One that runs; killed when it is left. `endpoints` are (service, URL) in the order of its lines."""

    def __init__(self, program, *arguments, **variables):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [program, "serve", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log,
            text=True, env=clean_environment(**variables))
        self.endpoints = []
        for line in iter(self.process.stdout.readline, "ready\n"):
            if line == "":
                self.process.wait()
                raise AssertionError(f"it has ended before it was ready: {self.errors()}")
            word, service, url = line.rstrip("\n").split(" ", 2)
            assert word == "listening", line
            self.endpoints.append((service, url))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def tell(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def end(self):
        """Its status; nothing more may have been said on its standard output."""
        status = self.process.wait(timeout=PATIENCE)
        assert self.process.stdout.read() == "", "lines behind `ready`"
        return status

    def runs(self):
        return self.process.poll() is None

    def errors(self):
        self.log.seek(0)
        return self.log.read()

    def urls(self, service):
        return [url for name, url in self.endpoints if name == service]

    def connect(self, service, index=0, receive_buffer=None):
        return connect(self.urls(service)[index], receive_buffer)


def connect(url, receive_buffer=None):
    """A stream to a tcp:// or unix: URL, by the system's own sockets."""
    if url.startswith("unix:"):
        name = url[len("unix:"):]
        address = "\0" + name[1:] if name.startswith("@") else name
        stream = socket.socket(socket.AF_UNIX)
    else:
        address = host_and_port(url)
        stream = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
    stream.settimeout(PATIENCE)
    if receive_buffer is not None:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    try:
        stream.connect(address)
    except OSError:
        stream.close()
        raise
    return stream


def host_and_port(url):
    host, port = url.split("://", 1)[1].rsplit(":", 1)
    return host.strip("[]"), int(port)


def receive_all(stream):
    """What comes up to the end of the stream."""
    return b"".join(iter(lambda: stream.recv(65536), b""))


def receive_exactly(stream, size):
    data = b""
    while len(data) < size:
        piece = stream.recv(size - len(data))
        assert piece, f"the end after {data!r}"
        data += piece
    return data


def until(fact, what):
    """Looks again and again: for what only the system can tell."""
    end = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.001)


def refuses(url):
    try:
        connect(url).close()
    except OSError:
        return True
    return False


def queues(stream):
    """Of a TCP connection of IPv4: bytes that the server's socket has not had acknowledged, and those that it has not
    read, and those that the client's has not read (proc(5), /proc/net/tcp)."""
    def text(address):
        return "%08X:%04X" % (int.from_bytes(socket.inet_aton(address[0]), "little"), address[1])

    here, there = text(stream.getsockname()), text(stream.getpeername())
    found = {}
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        local, remote, _, both = line.split()[1:5]
        found[local, remote] = tuple(int(number, 16) for number in both.split(":"))
    server_unsent, server_unread = found.get((there, here), (0, 0))
    return server_unsent, server_unread, found.get((here, there), (0, 0))[1]


def fill(stream):
    """Sends to an echo that is not read until the server has bytes that the system does not take, and has read all.
    What was sent."""
    piece = bytes(range(256)) * 128
    sent = b""
    for _ in range(100_000):
        stream.sendall(piece)
        sent += piece
        until(lambda: queues(stream)[1] == 0, "the server reads all")
        # More than is on its way between two looks; less than the 64 KiB at which the server stops reading.
        if held(stream, len(sent)) >= len(piece) // 2 and settled(stream) and held(stream, len(sent)) > 0:
            return sent
    raise AssertionError("the system takes everything")


def held(stream, sent):
    """Of so many bytes, those that are in the server's own memory."""
    server_unsent, server_unread, client_unread = queues(stream)
    return sent - server_unsent - server_unread - client_unread


def settled(stream):
    """Waits until the queues have stayed as they are for a while: nothing moves any more."""
    seen = []
    while len(seen) < 20 or len(set(seen[-20:])) > 1:
        seen.append(queues(stream))
        time.sleep(0.005)
    return True
