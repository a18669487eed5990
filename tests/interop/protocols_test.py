#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The servers of the protocols beside clients of Python's sockets. Usage: protocols_test.py PROGRAM."""
import datetime
import socket
import struct
import subprocess
import sys
import threading

TIMEOUT_SECONDS = 60
FLOOD = [b"%d " % number + b"." * 1000 for number in range(20000)]  # some 20 MB


class Client:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS)
        self.stream = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)

    def read(self, size):
        return self.stream.read(size)

    def read_to_the_end(self):
        data = b""
        try:
            while piece := self.stream.read(1 << 16):
                data += piece
        except ConnectionResetError:
            data += b" and a reset"
        return data

    def close(self):
        self.stream.close()
        self.socket.close()


def expect(found, expected, what):
    if found != expected:
        sys.exit(f"{what}: {found[:200]!r}, expected {expected[:200]!r}")


def check_echo(port):
    client = Client(port)
    for size in (1, 23, 24, 70000):
        data = bytes(number % 251 for number in range(size))
        client.send(data)
        expect(client.read(size), data, f"echo of {size} bytes")
    client.close()


def check_lines(port):
    client = Client(port)
    client.send(b"Hello")
    client.send(b" world\nand one more\nno end")
    expect(client.read(25), b"Hello world\nand one more\n", "lines")
    client.socket.shutdown(socket.SHUT_WR)
    expect(client.read_to_the_end(), b"", "what has no end")
    client.close()
    client = Client(port)
    client.send(b"x" * 99 + b"\n")
    expect(client.read(100), b"x" * 99 + b"\n", "the longest line")
    client.send(b"x" * 100)
    client.read_to_the_end()
    client.close()


def check_hello(port):
    for name, answer in ((b"Joe\r\n", b"Joe"), (b"Mike", b"Mike")):
        client = Client(port)
        expect(client.read(6), b"HELLO?", "the question")
        client.send(name)
        expect(client.read_to_the_end(), b"Hello, " + answer + b"!\r\n", "the greeting")
        client.close()


def check_time(answer):
    told = datetime.datetime.strptime(answer.decode(), "%Y-%m-%dT%H:%M:%SZ\r\n").replace(tzinfo=datetime.timezone.utc)
    if abs(told - datetime.datetime.now(datetime.timezone.utc)) > datetime.timedelta(seconds=TIMEOUT_SECONDS):
        sys.exit(f"daytime: {answer}")


def check_daytime(port, udp_port):
    client = Client(port)
    client.send(b"what time is it?" * 100)
    client.socket.shutdown(socket.SHUT_WR)
    check_time(client.read_to_the_end())
    client.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(TIMEOUT_SECONDS)
        for question in (b"", b"x", b"x" * 60000):
            asker.sendto(question, ("127.0.0.1", udp_port))
            check_time(asker.recv(1000))


def register(name):
    return b"\x01" + struct.pack(">H", len(name)) + name


def broadcast(name, contents):
    return b"\x02" + struct.pack(">H", len(name)) + name + struct.pack(">H", len(contents)) + contents


class Member(Client):
    def __init__(self, port, name):
        super().__init__(port)
        self.name = name
        self.send(register(name))

    def say(self, contents):
        self.send(broadcast(self.name, contents))

    def hear(self):
        kind, name_size = struct.unpack(">BH", self.read(3))
        name = self.read(name_size)
        (size,) = struct.unpack(">H", self.read(2))
        return kind, name, self.read(size)

    def meet(self, other):
        """Returns when both are there: nothing says so but what the other one hears."""
        self.socket.settimeout(0.05)
        while True:
            other.say(b"are you there?")
            try:
                if self.socket.recv(1, socket.MSG_PEEK):
                    break
            except TimeoutError:
                pass
        self.socket.settimeout(TIMEOUT_SECONDS)

    def hear_next(self):
        while (heard := self.hear())[2] == b"are you there?":
            pass
        return heard


def check_chat(port):
    meg, joe = Member(port, b"meg"), Member(port, b"joe")
    meg.meet(joe)
    joe.meet(meg)
    for contents in (b"hi", b"", b"x" * 65535):
        meg.send(broadcast(b"somebody else", contents))
        expect(joe.hear_next(), (2, b"meg", contents), "a text")
    for data in (register(b"meg"), broadcast(b"", b"no name"), b"\x03", register(b"x") * 2):
        bad = Client(port)
        bad.send(data)
        bad.read_to_the_end()
        bad.close()
    joe.say(b"still here")
    expect(meg.hear_next(), (2, b"joe", b"still here"), "a text after what others did wrong")
    check_flood(port, meg, joe)


def check_flood(port, meg, joe):
    """One that has stopped is disconnected; one that reads gets all."""
    stopped = Member(port, b"stopped")
    stopped.meet(joe)
    sender = threading.Thread(target=lambda: [meg.say(each) for each in FLOOD])
    sender.start()
    for each in FLOOD:
        expect(joe.hear_next(), (2, b"meg", each), "a text of the flood")
    sender.join()
    if len(stopped.read_to_the_end()) > sum(map(len, FLOOD)):
        sys.exit("chat: one that has stopped has received everything")
    meg.say(b"and on it goes")
    expect(joe.hear_next(), (2, b"meg", b"and on it goes"), "a text after the flood")


def main():
    with subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        ports = {}
        while (line := program.stdout.readline().strip()) != "ready":
            name, port = line.split()
            ports[name] = int(port)
        check_echo(ports["echo"])
        check_lines(ports["lines"])
        check_hello(ports["hello"])
        check_daytime(ports["daytime"], ports["daytime_udp"])
        check_chat(ports["chat"])
        program.stdin.close()
        if program.wait(TIMEOUT_SECONDS) != 0:
            sys.exit(f"the program has ended with {program.returncode}")
    print("echo, lines, hello, daytime and chat speak with Python")


if __name__ == "__main__":
    main()
