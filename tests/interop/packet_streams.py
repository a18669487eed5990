# SPDX-License-Identifier: Apache-2.0
"""Streams of packets from a seed, valid and damaged ones, with options: what packets_test.py compares."""
import dataclasses
import random

TYPES = ("raw", "length_1", "length_2", "length_4", "line", "asn1", "sunrm", "cdr", "fcgi", "tpkt", "http", "httph")
SIZES = (0, 0, 1, 2, 3, 7, 20, 127, 128, 255, 256, 300)
NAMES = (b"Host", b"content-LENGTH", b"x-Forwarded-for", b"X--a-B", b"Set-Cookie2", b"", b"a" * 50, b"B" * 51,
         b"TE", b"na me", b"del\x7f", b"ETag", b"proxy-connection", b"\xc3\xa4")
URIS = (b"*", b"/", b"/a?b=c#d", b"x", b"word", b"mailto:a@b", b"host:443", b"http://a.b:8080/c", b"HTTP://a",
        b"https://a/b:1", b"http://", b"http://a:0/", b"http://a:65535/", b"http://a:65536/", b"http://a:8x/",
        b"http://[::1]/", b"http://[::1]:80/x", b"http://[::1", b"http://[::1]x:80/", b"http://a:/", b"https:/a")
VERSIONS = (b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/1.0", b"HTTP/12.34", b"", b"HTTP/1", b"HTTP/1.",
            b"http/1.1", b"HTTP/1.1x", b"HTTP/99999999999.1", b"HTTP/1.1 ", b"HTTP/.1")
ENDS = (b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r\r\n", b" \r\n")


@dataclasses.dataclass
class Stream:
    type: str
    packet_size: int
    line_length: int
    delimiter: int
    data: bytes

    @property
    def text(self):
        return f"{self.type} {self.packet_size} {self.line_length} {self.delimiter} x{self.data.hex()}"


def content(rng):
    size = rng.choice(SIZES)
    return rng.randbytes(size) if rng.random() < 0.5 else rng.choice(b"ab\n;").to_bytes(1, "big") * size


def line(rng, delimiter):
    return bytes(rng.choices(b"ab \r\n;", k=rng.choice((0, 1, 5, 30, 100)))).replace(delimiter, b"") + delimiter


def asn1(rng):
    tag = bytes([rng.randrange(256) & ~0x1f | rng.randrange(31)])
    if rng.random() < 0.3:
        tag = bytes([rng.randrange(256) | 0x1f]) + bytes(128 | one for one in rng.randbytes(rng.randrange(7))) + b"\5"
    body = content(rng)
    count = rng.choice((0, 1, 2, 3, 4, 4, 5, 127))
    if count == 0 and len(body) < 128:
        return tag + bytes([len(body)]) + body
    return tag + bytes([0x80 | count]) + len(body).to_bytes(8, "big")[8 - count:] + body


def http_line(rng):
    def blanks():
        return rng.choice((b" ", b" ", b" ", b"\t", b"  "))
    if rng.random() < 0.3:
        status = rng.choice((b"200", b"404", b"", b"20x", b"99999999999", b"1"))
        return rng.choice(VERSIONS) + blanks() + status + blanks() + rng.choice((b"", b"OK", b"Not Found"))
    method = rng.choice((b"GET", b"OPTIONS", b"PROPFIND", b"G(T", b"", b"get"))
    return method + blanks() + rng.choice(URIS) + rng.choice((blanks(), blanks(), b"")) + rng.choice(VERSIONS)


def http_header(rng):
    if rng.random() < 0.2:
        return rng.choice((b"\r\n", b"\n"))
    field = rng.choice(NAMES) + rng.choice((b": ", b":", b":\t ", b" :", b"")) + rng.choice((b"", b"a b", b"c" * 60))
    for _ in range(rng.choice((0, 0, 0, 1, 2))):
        field += rng.choice(ENDS) + rng.choice((b" ", b"\t")) + b"more"
    return field + rng.choice(ENDS)


def one_packet(rng, kind, delimiter):
    body = content(rng)
    size = len(body)
    # What a header announces may be far more than what follows.
    told = rng.choice((size,) * 20 + (64 << 20, (64 << 20) + 1, 1 << 30))
    make = {
        "raw": lambda: body,
        "length_1": lambda: bytes([size % 256]) + body[:size % 256],
        "length_2": lambda: size.to_bytes(2, "big") + body,
        "length_4": lambda: told.to_bytes(4, "big") + body,
        "line": lambda: line(rng, delimiter),
        "asn1": lambda: asn1(rng),
        "sunrm": lambda: (told | rng.choice((0, 1 << 31))).to_bytes(4, "big") + body,
        "cdr": lambda: cdr(rng, told, body),
        "fcgi": lambda: fcgi(rng, body),
        "tpkt": lambda: b"\3\0" + (size + 4).to_bytes(2, "big") + body,
        "http": lambda: http_line(rng) + rng.choice(ENDS),
        "httph": lambda: http_header(rng),
    }
    return make[kind]()


def cdr(rng, size, body):
    flags = rng.randrange(4)
    return b"GIOP\1\2" + bytes([flags, 0]) + size.to_bytes(4, "little" if flags & 1 else "big") + body


def fcgi(rng, body):
    padding = rng.choice((0, 1, 7, 255))
    return b"\1\6\0\1" + len(body).to_bytes(2, "big") + bytes([padding, 0]) + body + b"P" * padding


def damaged(rng, data):
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(len(data) + 1)
        choice = rng.random()
        if choice < 0.4 and at < len(data):
            data[at] = rng.choice((0, 1, 3, 0x20, 0x0a, 0x7f, 0x80, 0xff, rng.randrange(256)))
        elif choice < 0.7:
            data[at:at + rng.randrange(4)] = b""
        else:
            data[at:at] = rng.randbytes(rng.randrange(4))
    return bytes(data)


def options(rng, kind):
    """packet_size and line_length, 0: none."""
    packet_size = rng.choice((0, 0, 1, 5, 20, 127, 300, 1000, 5000))
    line_length = rng.choice((0, 0, 1, 5, 20, 100))
    if kind not in ("http", "httph"):
        return packet_size, line_length
    # OTP looks at one of them only, and lets "\r\n" pass a limit of 1 if nothing follows.
    return (max(packet_size, 2), 0) if packet_size else (0, line_length and max(line_length, 2))


def stream(rng):
    kind = rng.choice(TYPES + ("http",) * 4 + ("httph",) * 2)
    delimiter = rng.choice((b"\n", b"\n", b";", b"\0")) if kind == "line" else b"\n"
    data = b"".join(one_packet(rng, kind, delimiter) for _ in range(rng.randrange(1, 6)))
    if rng.random() < 0.5:
        data = damaged(rng, data)
    if rng.random() < 0.5:
        data = data[:rng.randrange(len(data) + 1)]
    return Stream(kind, *options(rng, kind), delimiter[0], data)


def streams(seed, count):
    rng = random.Random(seed)
    return [stream(rng) for _ in range(count)]
