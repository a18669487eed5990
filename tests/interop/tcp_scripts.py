# SPDX-License-Identifier: Apache-2.0
"""What tcp_test.py plays. A script has the options of its socket beside BASE, whether the program under test is the
server or the client, and steps: `remote WHAT` at the other end, `ACTOR WHAT` in one of the processes a (which owns the
socket at first), b and c. "~" before a step: what it has brought to the mailboxes stays there. See play(), the peers.
"""
import dataclasses
import random

# Given to both sides, so that no default matters.
BASE = {"active": "false", "packet": "raw", "packet_size": 64 << 20, "line_length": 65536, "exit_on_close": "true",
        "show_econnreset": "true", "high_watermark": 65536, "low_watermark": 32768, "send_timeout": "infinity",
        "send_timeout_close": "false", "nodelay": "true"}


@dataclasses.dataclass
class Script:
    name: str
    steps: list
    options: dict = dataclasses.field(default_factory=dict)
    role: str = "server"
    actors: str = "a"
    small_remote_buffer: bool = False
    is_random: bool = False
    has_defaults: bool = False
    before_accept: tuple = ()  # steps of the remote end


def hexed(data):
    return "x" + (data if isinstance(data, bytes) else data.encode()).hex()


def send(data):
    return "remote send " + hexed(data)


def sent(data):
    return "a send " + hexed(data)


def length(header, content):
    return len(content).to_bytes(header, "big") + content


def asn1(content):
    if len(content) < 128:
        return b"\x30" + length(1, content)
    return b"\x30\x82" + length(2, content)


def sunrm(content):
    return (len(content) | 0x80000000).to_bytes(4, "big") + content


def cdr(content, order):
    return b"GIOP\1\2" + bytes([order == "little", 0]) + len(content).to_bytes(4, order) + content


def fcgi(content, padding):
    return b"\1\6\0\1" + len(content).to_bytes(2, "big") + bytes([padding, 0]) + content + b"\0" * padding


def tpkt(content):
    return b"\3\0" + (len(content) + 4).to_bytes(2, "big") + content


HTTP = ["GET /a?b HTTP/1.1\r\nHost: example.org\r\nX-Folded: one\r\n two\r\naccept: */*\r\n\r\n",
        "OPTIONS * HTTP/1.0\n\n", "GET http://example.org:81/ HTTP/1.1\r\nA: b\r\n\r\n",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "no line of http\r\n"]
HEADERS = ["Host: example.org\r\n", "X-Folded: one\r\n\ttwo\r\n", "\r\n", "no header\r\n", "CONTENT-type:text\r\n"]


def packet(draw, kind, content):
    """A packet of a type, as it is on the wire."""
    plain = content.replace(b"\n", b"/")
    makers = {"length_1": lambda: length(1, content[:255]), "length_2": lambda: length(2, content),
              "length_4": lambda: length(4, content), "line": lambda: plain + b"\n", "asn1": lambda: asn1(content),
              "sunrm": lambda: sunrm(content), "cdr": lambda: cdr(content, draw.choice(["big", "little"])),
              "fcgi": lambda: fcgi(content, draw.choice([0, 5])), "tpkt": lambda: tpkt(content),
              "http": lambda: draw.choice(HTTP).encode(), "httph": lambda: draw.choice(HEADERS).encode() + b"Z: z\r\n"}
    return makers[kind]() if kind in makers else content


TYPES = ["raw", "length_1", "length_2", "length_4", "line", "asn1", "sunrm", "cdr", "fcgi", "tpkt", "http", "httph"]


def of_active():
    """Modes, counts and what ends them."""
    yield Script("active true", [send("one"), send("two"), "a recv 0 1000", "remote fin", "remote end",
                                 "a setopts active=once", "a recv 0 1000", "a send x61", "a close"],
                 {"active": "true"})
    yield Script("active once", [send("a\nb\nc\n"), "a recv 0 1000", "a setopts active=once", "a recv 0 20",
                                 send("d\n"), "a setopts active=once", "remote fin", "a getstat",
                                 "a setopts active=once", "a setopts active=once"],
                 {"active": "once", "packet": "line"})
    yield Script("active count", [send("a\nb\nc\nd\ne\n"), "a recv 0 1000", "a recv 0 1000", "a setopts active=1",
                                  "a setopts active=2", send("f\n"), "remote fin", "a recv 0 1000"],
                 {"active": 2, "packet": "line"})
    yield Script("counts are added", ["a setopts active=3", "a setopts active=-2", send("a\nb\nc\nd\n"),
                                      "a setopts active=-1", "a setopts active=0", "a setopts active=5",
                                      "a setopts active=-9", send("e\n"), "a recv 0 1000"],
                 {"active": 1, "packet": "line"})
    yield Script("counts have a range", ["a setopts active=32767", "a setopts active=1", "a setopts active=-32768",
                                         "a setopts active=-32768", "a setopts active=32767", "a setopts active=false",
                                         send("x"), "a recv 1 1000"])
    yield Script("other modes forget the count", ["a setopts active=false", "a setopts active=2", send("a\nb\nc\n"),
                                                  "a setopts active=3", "a setopts active=once",
                                                  "a setopts active=1", send("d\ne\n"), "a recv 0 1000"],
                 {"active": 5, "packet": "line"})
    yield Script("true and back", [send("a\nb\n"), "a setopts active=true", "a setopts active=false", send("c\n"),
                                   "a recv 0 1000", "a recv 0 20", "remote fin", "a recv 0 1000", "a recv 0 1000"],
                 {"packet": "line"})
    yield Script("once with the end at once", [send("last"), "remote fin", "a setopts active=once",
                                               "a setopts active=once", "a setopts active=once"])


def of_recv():
    yield Script("recv", [send("hello world"), "a recv 5 1000", "a recv 0 1000", "a recv 0 20", "a recv 3 0",
                          send("abc"), "a recv 3 1000", "a recv 3 20"])
    yield Script("a timeout keeps what came", [send("half"), "a recv 8 20", "a recv 8 20", send("whole"),
                                               "a recv 9 1000", send("rest"), "a recv 9 20", "a recv 0 1000"])
    yield Script("a timeout in a packet", ["remote send x000568", "a recv 0 20", send("ello"), "a recv 0 1000"],
                 {"packet": "length_2"})
    yield Script("a second reader", ["a start recv 0 5000", "b recv 0 1000", "c recv 5 1000", send("x"), "a join",
                                     "b recv 0 20"], actors="abc")
    yield Script("anybody may read", ["b start recv 0 5000", send("x"), "b join", "c send x79", "remote read 1"],
                 actors="abc")
    yield Script("recv of an active socket", ["a recv 0 1000", "b recv 4 0", send("x"), "a recv 0 20"],
                 {"active": "true"}, actors="ab")
    yield Script("activated under a reader", ["b start recv 0 100", "a setopts active=once"], actors="ab")
    yield Script("closed under a reader", ["b start recv 0 5000", "a close", "b join", "remote end", "b recv 0 100"],
                 actors="ab")
    yield Script("the end under a reader", ["b start recv 9 5000", send("some"), "remote fin", "b join", "a recv 0 100",
                                            "a recv 0 100", "remote end"], actors="ab")
    yield Script("the end after a part", [send("some"), "remote fin", "a recv 9 1000", "a recv 0 1000",
                                          "a recv 0 1000"])
    yield Script("unrecv", [send("world"), "a unrecv x68656C6C6F20", "a recv 8 1000", "a unrecv x", "a recv 0 1000",
                            "a unrecv x7A7A", "a recv 2 20", "a recv 1 20"])
    yield Script("unrecv of an active socket", ["a unrecv x7A", send("y")], {"active": "true"})
    yield Script("unrecv of a packet", ["a unrecv x0001", send("zz"), "a recv 0 1000", "a recv 0 20",
                                        "remote send x0178", "a recv 0 20"], {"packet": "length_2"})
    yield Script("unrecv and then active", ["a unrecv x7A", "a setopts active=once", send("y"),
                                            "a setopts active=once"])
    yield Script("a length says nothing of packets", [send("one\ntwo\n"), "a recv 2 1000", "a recv 100 1000"],
                 {"packet": "line"})
    yield Script("much", ["remote send x6162*30000", "a recv 60000 1000", "a recv 0 20"])


def of_packets():
    for kind in TYPES:
        draw = random.Random(kind)
        first, second = (packet(draw, kind, content) for content in (b"first", b"the second"))
        stream = first + second
        yield Script(f"packets {kind}", [send(stream), "a recv 0 1000"] +
                     ([] if kind == "raw" else ["a recv 0 1000"]) + ["a recv 0 20", "a send x616263", "remote read 3"],
                     {"packet": kind})
        yield Script(f"packets {kind}, active and cut", [step for at in range(1, len(stream)) for step in
                                                        [send(stream[at - 1:at])]] + [send(stream[-1:])],
                     {"packet": kind, "active": "true"}, role="client")
        yield Script(f"packets {kind}, the end in the middle", [send(first + second[:-2]), "remote fin"],
                     {"packet": kind, "active": "true"})
        yield Script(f"packets {kind}, the end in the middle, passive",
                     [send(first + second[:-2]), "remote fin", *["a recv 0 1000"] * (9 if "http" in kind else 3),
                      "a send x61", "remote end"], {"packet": kind})
        yield Script(f"packets {kind}, once each", [send(stream), "a setopts active=once", "a setopts active=once",
                                                    "a setopts packet=raw", "a recv 0 20"],
                     {"packet": kind, "active": "once"})
    yield Script("types change with data held", [
        send(b"line\n" + length(2, b"two") + length(1, b"one") + b"raw and " + length(4, b"four")), "a recv 0 1000",
        "a setopts packet=length_2", "a recv 0 1000", "a setopts packet=length_1", "a recv 0 1000",
        "a setopts packet=raw", "a recv 8 1000", "a setopts packet=length_4", "a recv 0 1000", "a recv 0 20"],
        {"packet": "line"})
    yield Script("types change in active mode", [
        send(b"line\n" + length(2, b"two") + b"last\n"), "a setopts packet=length_2 active=once",
        "a setopts active=once packet=line"], {"packet": "line", "active": "once"})
    yield Script("a type changes in the middle", [send(b"\0\3ab"), "a recv 0 20", "a setopts packet=length_1",
                                                  "a recv 0 1000", "a recv 0 20", "a setopts packet=raw",
                                                  send("X"), "a recv 0 1000"], {"packet": "length_2"})
    yield Script("a type changes in the middle of an active packet",
                 [send(b"\0\3ab"), "a setopts packet=length_1", send("X")], {"packet": "length_2", "active": "true"})
    for kind in ("http", "httph"):
        # Passive and active in turn, with what is none of http in between.
        stream = "no line\r\n" + HTTP[0] + "no header\r\n" + "".join(HEADERS) + HTTP[3] + HTTP[2]
        yield Script(f"lines of {kind}, passive and active in turn",
                     [send(stream), *["a recv 0 1000", "a setopts active=2"] * 8, "a recv 3 1000", "a recv 0 20",
                      "remote fin", "a setopts active=true"], {"packet": kind})
        yield Script(f"lines of {kind} are put back", [send(HTTP[0]), "a recv 0 1000",
                                                       "a unrecv " + hexed("B: c\r\n d\r\n"), *["a recv 0 1000"] * 3,
                                                       "a setopts active=true"], {"packet": kind})
    yield Script("http begins anew", [send("GET / HTTP/1.1\r\nA: b\r\nC: d\r\n\r\n"), "a recv 0 1000",
                                      "a setopts packet=http", "a recv 0 1000"], {"packet": "http"})
    yield Script("a size that the header cannot say", ["a send x61*255", "remote read 256", "a send x61*256"],
                 {"packet": "length_1"})
    yield Script("behind an error, half open", [send(b"\0\xff"), send("zz"), "a setopts active=1", send(b"\0\1a"),
                                                "a setopts active=once"],
                 {"packet": "length_2", "packet_size": 10, "active": "true", "exit_on_close": "false"})
    yield Script("pieces behind a recv that ran out of time", ["a recv 10 20", send("x"), send("y" * 20),
                                                               "a setopts active=true"])
    yield Script("a line over its limit", [send("a" * 40 + "\n"), "a recv 0 1000", "a recv 0 1000"],
                 {"packet": "line", "line_length": 20, "packet_size": 1000})
    yield Script("another delimiter", ["a setopts line_delimiter=59", send("one;two\n;three"), "a recv 0 1000",
                                       "a recv 0 1000", "a recv 0 20", "a setopts line_delimiter=10",
                                       send("\n"), "a recv 0 1000"],
                 {"packet": "line"})
    yield Script("headers are sent", [
        "a send x6162", "remote read 3", "a setopts packet=length_2", "a send x6162", "remote read 4",
        "a setopts packet=length_4", "a send x6162", "remote read 6", "a setopts packet=tpkt", "a send x6162",
        "remote read 2", "a send x", "a setopts packet=length_1", "a send x", "remote read 1"], {"packet": "length_1"})


def of_limits():
    """packet_size, and lines."""
    for kind in TYPES[1:]:
        draw = random.Random(kind)
        small = packet(draw, kind, b"ok")
        large = packet(random.Random(kind), kind, b"z" * 200)
        if kind in ("http", "httph"):
            small, large = b"A: b\r\n" if kind == "httph" else b"GET / HTTP/1.1\r\n\r\n", b"z" * 300 + b"\r\n"
        for active in ("true", "false"):
            steps = [send(small), send(large)]
            if active == "false":
                steps += ["a recv 0 1000"] * (3 if kind == "http" else 2) + ["a recv 0 1000", "a send x61"]
            if (kind, active) != ("httph", "true"):  # which goes different ways
                steps += ["remote end", "a setopts active=once"]
            yield Script(f"too large {kind} active={active}", steps,
                         {"packet": kind, "active": active, "packet_size": 100})
    yield Script("behind the error", [send(b"\0\1a\0\2bc\0\xffd"), "a recv 0 1000", "a recv 0 1000", "a recv 0 1000",
                                      "a recv 0 1000", "a setopts packet=raw", "a recv 0 1000"],
                 {"packet": "length_2", "packet_size": 10})
    # The recv whose time is up goes on to read here, one piece.
    yield Script("more behind the error",
                 ["a recv 0 20", send(b"\0\xffd"), send("more"), "a recv 0 1000", "remote end"],
                 {"packet": "length_2", "packet_size": 10})
    yield Script("exactly the limit", [send(length(2, b"0123456789")), "a recv 0 1000"],
                 {"packet": "length_2", "packet_size": 10})
    for kind, data in (("asn1", b"\x30\x85\0\0\0\0\1"), ("cdr", b"GIXP\1\2\0\0\0\0\0\1a"),
                       ("fcgi", b"\2\6\0\1\0\0\0\0"),
                       ("tpkt", b"\4\0\0\5a"), ("tpkt", b"\3\0\0\3a")):
        yield Script(f"malformed {kind}", [send(data), "a recv 0 1000", "a recv 0 1000", "remote end"],
                     {"packet": kind})
        yield Script(f"malformed {kind} active", [send(data), "remote end"], {"packet": kind, "active": "true"})


def of_the_end():
    """Half close, resets, close."""
    for active in ("true", "false"):
        for kept in ("true", "false"):
            read = [] if active == "true" else ["a recv 0 1000", "a recv 0 1000"]
            options = {"active": active, "exit_on_close": kept}
            answer = ["a send x61", "a send x62"] if kept == "false" else ["a send x61"]
            yield Script(f"half close active={active} exit_on_close={kept}",
                         [send("question"), "remote fin", *read, *answer] +
                         (["remote read 2", "a recv 0 100", "a getstat", "a shutdown"] if kept == "false" else []) +
                         ["remote end", "a recv 0 100", "a setopts active=once", "a setopts active=false", "a getstat",
                          "a shutdown", "a unrecv x61", "a close", "a close"], options)
            for shown in ("true", "false"):
                yield Script(f"reset active={active} exit_on_close={kept} show={shown}",
                             [send("some"), "remote reset", *read, "a recv 0 100", "a send x61",
                              "a setopts active=once"], {**options, "show_econnreset": shown})
    for active in ("true", "once", "false"):
        for last in ("remote fin", "remote reset"):
            yield Script(f"{last} before the accept, active={active}",
                         ["a flush", "a recv 0 1000", "a setopts active=once"],
                         {"active": active}, before_accept=(send("early"), last))
    yield Script("a reset under a reader", ["a start recv 0 5000", "remote reset", "a join", "a recv 0 100"])
    yield Script("a reset under an active reader", ["remote reset", "a recv 0 100", "a send x61"], {"active": "true"})
    yield Script("a reset found by a send", ["remote reset", "a send x61", "a send x61", "a send x61"])
    yield Script("shut down", ["a send x616263", "a shutdown", "remote end", send("answer"), "a recv 0 1000",
                               "a shutdown", "remote fin", "a recv 0 1000"], {"exit_on_close": "false"})
    yield Script("shut down, exit_on_close", ["a send x616263", "a shutdown", "remote end", send("answer"),
                                              "a recv 0 1000", "remote fin", "a recv 0 1000", "a recv 0 1000"])
    yield Script("a send behind the shutdown", ["a send x616263", "a shutdown", "remote end", "a send x61"])
    yield Script("close", ["a send x616263", "a close", "remote end", "a send x61", "a recv 0 100", "a getstat",
                           "a setopts active=once", "a shutdown", "a unrecv x61", "a controlling_process b", "a close"])
    yield Script("closed by another", ["b close", "remote end", "a send x61"], actors="ab")
    yield Script("close with data unread", [send("unread"), "a close", "remote end"])
    yield Script("close with data held", [send("one\ntwo\n"), "a recv 0 1000", "a close", "remote end"],
                 {"packet": "line"})
    yield Script("close with much unsent", ["a send x6162*2000000", "a close", "remote end"],
                 {"high_watermark": 8000000, "low_watermark": 4000000}, small_remote_buffer=True)
    yield Script("shut down with much unsent", ["a send x6162*2000000", "a shutdown", "remote end"],
                 {"high_watermark": 8000000, "low_watermark": 4000000}, small_remote_buffer=True)
    yield Script("death with much unsent", ["a send x6162*2000000", "a die", "remote end"],
                 {"high_watermark": 8000000, "low_watermark": 4000000}, small_remote_buffer=True, actors="b")
    yield Script("messages come before the close", [send("one"), "~a close", "a flush"], {"active": "true"})
    yield Script("messages stay after the close", ["~" + send("one"), "~a close", "a flush"], {"active": "true"})


def of_owners():
    mode = {"active": "true"}
    yield Script("controlling_process", ["a controlling_process b", send("x"), "a controlling_process a",
                                         "b controlling_process c", send("y"), "c controlling_process c"], mode,
                 actors="abc")
    yield Script("queued messages move", ["~" + send("one"), "~" + send("two"), "~a controlling_process b",
                                          send("three")], mode, actors="ab")
    yield Script("the end moves", ["~" + send("one"), "~remote fin", "~a controlling_process b", "a flush", "b flush"],
                 mode, actors="ab")
    yield Script("the end moves, half closed", ["~" + send("one"), "~remote fin", "~a controlling_process b",
                                                "a flush", "b flush", "b send x61", "remote read 1"],
                 {**mode, "exit_on_close": "false"}, actors="ab")
    yield Script("the passive message moves", ["~" + send("a\nb\n"), "~a controlling_process b", "a flush", "b flush",
                                               "b setopts active=1"], {"active": 1, "packet": "line"}, actors="ab")
    yield Script("once moves", ["~" + send("a\nb\n"), "~a controlling_process b", "a flush", "b flush",
                                "b setopts active=once"], {"active": "once", "packet": "line"}, actors="ab")
    yield Script("the error moves", ["~" + send(b"\0\1a"), "~" + send(b"\0\xffb"), "~a controlling_process b",
                                     "a flush", "b flush"],
                 {**mode, "packet": "length_2", "packet_size": 10}, actors="ab")
    yield Script("to itself with messages", ["~" + send("one"), "~a controlling_process a", "a flush"], mode)
    yield Script("not the owner", ["b controlling_process b", "b controlling_process a", "c controlling_process b"],
                 actors="abc")
    yield Script("passive sockets move", [send("one"), "a controlling_process b", "a recv 0 1000", "b recv 0 20",
                                          "a setopts active=once", send("two")], actors="ab")
    yield Script("a dead owner", ["a send x6162", "a die", "b send x61", "b recv 0 100", "remote end"], actors="bc")
    yield Script("a dead owner, given", ["a controlling_process b", "a die", "b send x61", "remote read 1", "b die",
                                         "remote end"], actors="c")
    yield Script("to a dead process", ["b die", "a controlling_process b", "a send x61", "a controlling_process c"],
                 actors="c")


def of_senders():
    small = {"high_watermark": 20000, "low_watermark": 10000}
    yield Script("send to who never reads", ["a send x61*6000000", "a send x61", "a send x61"],
                 {**small, "send_timeout": 40}, small_remote_buffer=True)
    yield Script("send to who never reads, and close", ["a send x61*6000000", "a send x61", "a send x61",
                                                        "a recv 0 20"],
                 {**small, "send_timeout": 40, "send_timeout_close": "true"}, small_remote_buffer=True)
    yield Script("send waits", ["a send x62*10", "a start send x61*6000000", "b start send x63*10",
                                "remote read 3000000", "remote read 3000020", "a join", "b join"], small,
                 small_remote_buffer=True, actors="c")
    yield Script("close under a sender", ["a start send x61*6000000", "b start send x62*10", "c close", "remote end",
                                          "b join", "a join"], small, small_remote_buffer=True, actors="c")
    yield Script("a reset under a sender", ["a start send x61*6000000", "b start send x62*10", "remote reset",
                                            "b join", "a join", "a send x61"], small, small_remote_buffer=True,
                 actors="c")
    yield Script("the end under a sender", ["a start send x61*6000000", "b start send x62*10", "remote fin",
                                            "c recv 0 1000", "remote end", "b join", "a join", "a send x61"], small,
                 small_remote_buffer=True, actors="c")
    yield Script("sends are counted", ["a send x61*3000000", "remote read 3000000", "a getstat", send("12345"),
                                       "a recv 0 1000",
                                       "a getstat"], {"high_watermark": 8000000, "low_watermark": 4000000})


# An option, its default here and there.
DEFAULTS = [("active", "false", "true"), ("nodelay", "true", "false"), ("show_econnreset", "true", "false"),
            ("packet_size", 64 << 20, 0), ("high_watermark", 65536, 8192), ("low_watermark", 32768, 4096)]


def of_options():
    for name, _, _ in DEFAULTS:
        yield Script(f"the default of {name}", [f"a getopts {name}"], has_defaults=True)
    yield Script("the same defaults", ["a getopts packet exit_on_close send_timeout send_timeout_close keepalive"],
                 has_defaults=True)
    yield Script("options are read", [f"a getopts {' '.join(name for name in BASE if name != 'line_length')}",
                                      *(step for kind in TYPES for step in (f"a setopts packet={kind}",
                                                                            "a getopts packet"))])
    yield Script("options that make no sense", ["a setopts active=40000", "a setopts active=-40000"])


def written():
    for group in (of_options, of_active, of_recv, of_packets, of_limits, of_the_end, of_owners, of_senders):
        yield from group()


class Drawn:
    """A random script: the steps so far, and who owns the socket."""

    def __init__(self, draw):
        self.draw = draw
        self.kind = draw.choice(TYPES)
        self.options = {"packet": self.kind, "active": draw.choice(["false", "false", "true", "once", 1, 3]),
                        "exit_on_close": draw.choice(["true", "false"]),
                        "show_econnreset": draw.choice(["true", "false"]),
                        "packet_size": draw.choice([64 << 20, 64 << 20, 40])}
        self.owner = "a"
        self.unsent = b""  # of the remote end: a packet in progress
        self.has_rubbish = False
        self.has_changed = False  # its type
        self.steps = []

    def call(self, *words):
        who = self.draw.choice("abc") if words[0] != "setopts" and self.draw.random() < 0.2 else self.owner
        self.steps.append(" ".join([who, *map(str, words)]))

    def arrive(self):
        """Packets and pieces of them; now and then what is none."""
        draw = self.draw
        for _ in range(draw.randint(1, 3)):
            content = bytes(draw.choice(b"abc\n:\r \0") for _ in range(draw.choice([0, 1, 5, 20, 60])))
            rubbish = draw.random() < 0.04
            self.has_rubbish = self.has_rubbish or rubbish
            self.unsent += content if rubbish else packet(draw, self.kind, content)
        while self.unsent and draw.random() < 0.7:
            at = draw.randint(1, len(self.unsent))
            self.steps.append(send(self.unsent[:at]))
            self.unsent = self.unsent[at:]

    def receive(self):
        self.call("recv", self.draw.choice([1, 3, 10]) if self.draw.random() < 0.2 else 0, 40)

    def activate(self):
        mode = self.draw.choice(["true", "false", "once", "once", 1, 2, 3, -1, -2, 0, 32767, -32768])
        self.call("setopts", f"active={mode}")

    def change_type(self):
        """Not in the middle of a packet: that has a script of its own. So once: what is held may be half a packet of
        the new type."""
        if self.unsent or self.has_rubbish or self.kind == "httph" or self.has_changed:
            return
        self.has_changed = True
        self.kind = self.draw.choice(TYPES)
        self.call("setopts", f"packet={self.kind}")

    def limit(self):
        self.call("setopts", f"packet_size={self.draw.choice([10, 40, 1000, 64 << 20])}")

    def put_back(self):
        self.call("unrecv", hexed(packet(self.draw, self.kind, b"back")))

    def give(self):
        other = self.draw.choice("abc")
        if self.draw.random() < 0.5 and self.kind != "http" and not self.unsent and not self.has_rubbish:
            self.steps.append("~" + send(packet(self.draw, self.kind, b"moved")))
        self.steps.append(f"~{self.owner} controlling_process {other}")
        self.owner = other

    def answer(self):
        content = b"answer"[:self.draw.randint(1, 6)]
        header = {"length_1": 1, "length_2": 2, "length_4": 4}.get(self.kind, 0)
        self.call("send", hexed(content))
        self.steps.append(f"remote read {len(content) + header}")

    def count(self):
        self.call("getopts", "active")

    def end(self):
        last = self.draw.choice(["remote fin", "remote fin", "remote reset", f"{self.owner} close",
                                 f"{self.owner} shutdown", f"{self.owner} die"])
        self.steps.append(last)
        if last.endswith("die"):
            return
        for _ in range(self.draw.randint(1, 4)):
            self.draw.choice([self.receive, self.receive, self.activate])()
        if last == "remote fin" and self.draw.random() < 0.5:
            self.call("send", hexed(b"late"))


def random_script(draw, number):
    drawn = Drawn(draw)
    usual = [drawn.arrive] * 5 + [drawn.receive] * 4 + [drawn.activate] * 3
    seldom = [drawn.count, drawn.change_type, drawn.limit, drawn.put_back, drawn.give, drawn.answer]
    for _ in range(draw.randint(3, 10)):
        draw.choice(usual * 2 + seldom)()
    if draw.random() < 0.6:
        drawn.end()
    return Script(f"random {number}", drawn.steps, drawn.options, draw.choice(["server", "client"]), "abc",
                  is_random=True)


def scripts(seed, count):
    return [*written(), *(random_script(random.Random(f"{seed} {number}"), number) for number in range(count))]
