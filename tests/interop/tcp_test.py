#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sockets do what gen_tcp's do: scripts of bytes, options and calls, played against both, and the traces compared.

Usage: tcp_test.py PROGRAM [--seed N] [--count N] [--only NAME] [--erl ERL] [--erlc ERLC]. tcp_scripts.py says what a
script is. This program is the remote end of the connection. It tells the program under test what to do over a second
connection, whose commands arrive behind whatever was sent on the first one: each command is a fence, and nothing
sleeps. Options are given on both sides, so defaults do not matter. Where the two part, one of the wanted differences
below has to be the cause: the table in docs/guides/sockets.md.
"""
import argparse
import collections
import functools
import itertools
import pathlib
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from tcp_pieces import PIECE, cut_by_length, decoded, is_in_order, pieces, show  # noqa: E402
from tcp_scripts import BASE, DEFAULTS, scripts  # noqa: E402

# What the scripts, 300 random ones among them, have to have led to, the same here and there, so that the comparison
# means something.
NEEDED = {": data ": 400, ": passive": 150, ": closed": 70, ": error emsgsize": 15, ": error econnreset": 7,
          "ok x": 120, "ok request": 4, "ok header": 15, ": data request": 8, ": data header": 75, "http_error": 15,
          "error timeout": 100, "error einval": 250, "error closed": 130,
          "error emsgsize": 30, "error econnreset": 12, "error not_owner": 2, "error ealready": 2, "and the end": 40,
          "and a reset": 1, "ok active=": 35}
LIMIT_SECONDS = 60  # nothing takes long but on a machine that has other work
SHARES = 3
FENCES = 3  # gen_tcp takes several turns for many packets


class Program:
    """The program under test and the connection over which it is told what to do."""

    def __init__(self, *command):
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(LIMIT_SECONDS)
            self.process = subprocess.Popen([str(word) for word in (*command, server.getsockname()[1])])
            self.control, _ = server.accept()
        self.control.settimeout(LIMIT_SECONDS)
        self.control.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers = self.control.makefile("r", encoding="ascii")

    def ask(self, command):
        self.control.sendall(command.encode() + b"\n")
        lines = []
        for line in self.answers:
            if line == ".\n":
                return lines
            lines.append(line.rstrip("\n"))
        raise EOFError(f"the program has ended at: {command}")

    def stop(self):
        self.control.shutdown(socket.SHUT_RDWR)
        self.process.wait(LIMIT_SECONDS)


class Remote:
    """The other end of the connection."""

    def __init__(self, connection):
        self.socket = connection
        self.socket.settimeout(LIMIT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data):
        try:
            self.socket.sendall(decoded(data))
        except OSError:
            pass  # what that means is asked for by `end`
        return []

    def fin(self):
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        return []

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
        return []

    def read(self, size):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        data = b""
        try:
            while len(data) < int(size):
                more = self.socket.recv(min(int(size) - len(data), 1 << 16))
                if not more:
                    return [f"remote {show(data)} and the end"]
                data += more
        except TimeoutError:
            return [f"remote {show(data)} and no more"]
        except OSError:
            return [f"remote {show(data)} and a reset"]
        return [f"remote {show(data)}"]

    def end(self):
        """What comes up to the end, and which one it is."""
        return self.read(1 << 40)

    def nothing(self):
        """Nothing has come, nor has the end."""
        self.socket.setblocking(False)
        try:
            data = self.socket.recv(1 << 16)
            return [f"remote {show(data)}" if data else "remote x and the end"]
        except BlockingIOError:
            return ["remote nothing"]
        except OSError:
            return ["remote x and a reset"]
        finally:
            self.socket.settimeout(LIMIT_SECONDS)


def connect(program, script):
    given = {**({} if script.has_defaults else BASE), **script.options}
    options = " ".join(f"{name}={value}" for name, value in given.items())
    small = script.small_remote_buffer
    if script.role == "server":
        port = int(program.ask("listen " + options)[0])
        remote = socket.socket()
        if small:
            remote.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        remote.connect(("127.0.0.1", port))
        connected = Remote(remote)
        for step in script.before_accept:
            getattr(connected, step.split()[1])(*step.split()[2:])
        program.ask("accept")
        return connected
    with socket.socket() as server:
        server.settimeout(LIMIT_SECONDS)
        if small:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        server.bind(("127.0.0.1", 0))
        server.listen()
        program.ask(f"connect {server.getsockname()[1]} {options}")
        return Remote(server.accept()[0])


def fence(program):
    for _ in range(FENCES):
        program.ask("sync")


def arrived(program, actors):
    return [f"{actor}: {line}" for actor in actors for line in program.ask(actor + " flush")]


def play(program, script):
    """The steps and what each has led to. A step `remote WHAT` is done here, others by the program: `ACTOR WHAT`.
    Behind each, what has come to the mailboxes is taken out, unless the step begins with "~" or the actor is busy:
    from its `start` to its `join`."""
    program.ask("new")
    remote = connect(program, script)
    fence(program)
    trace, busy = [], set()
    for text in script.steps:
        step = text.lstrip("~")
        actor, what = step.split()[:2]
        busy = busy | {actor} if what == "start" else busy - {actor}
        if actor == "remote":
            lines = getattr(remote, what)(*step.split()[2:])
        else:
            lines = program.ask(step)
        fence(program)
        while step == text and (came := arrived(program, sorted(set(script.actors) - busy))):
            lines += came
            fence(program)
        trace.append(lines)
    remote.socket.close()
    return trace


def play_some(start, drawn, traces, errors):
    try:
        program = start()
        for script in drawn:
            traces[script.name, script.role] = play(program, script)
        program.stop()
    except Exception as error:  # whatever it is, the others end too
        errors.append(error)


def run_both(options, drawn):
    """Several programs of each kind share the scripts: they wait most of the time."""
    ours, theirs, errors = {}, {}, []
    with tempfile.TemporaryDirectory() as folder:
        sources = [HERE / "peers" / name for name in ("tcp_peer.erl", "packet_words.erl")]
        subprocess.run([options.erlc, "-o", folder, *sources], check=True, timeout=60)
        peer = (options.erl, "-noshell", "-noinput", "+S", "1:1", "+IOs", "false", "-env", "ERL_CRASH_DUMP_SECONDS",
                "0", "-pa", folder, "-run", "tcp_peer", "main")
        threads = [threading.Thread(target=play_some, args=(functools.partial(Program, *command), drawn[first::SHARES],
                                                            traces, errors))
                   for command, traces in (((options.program,), ours), (peer, theirs)) for first in range(SHARES)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]
    return [[traces[script.name, script.role] for script in drawn] for traces in (ours, theirs)]


# --- the wanted differences: each takes the step, and what it has led to here and there ---

class Step:
    """A step of a script, and all that was said before it."""

    def __init__(self, script, index, ours, theirs):
        self.script, self.index, self.text = script, index, script.steps[index].lstrip("~")
        self.ours, self.theirs = ours, theirs
        self.call = self.text.split()[1]
        self.options = {**BASE, **script.options}
        for text in script.steps[:index]:
            self.options.update(word.split("=") for word in text.split() if "=" in word)
        self.packet = self.options["packet"]
        self.before = [line for trace in (ours, theirs) for lines in trace[:index] for line in lines]
        self.done = [text.lstrip("~").split()[1] for text in script.steps[:index]]

    def after(self, name):
        """The option as it is behind this step."""
        given = dict(word.split("=") for word in self.text.split() if "=" in word)
        return str(given.get(name, self.options[name]))

    def has_ended(self):
        """The connection, or its half that sends."""
        said = any(line.endswith(("closed", "econnreset", "emsgsize", "malformed")) for line in self.before)
        return said or bool({"close", "die", "shutdown"} & set(self.done))


def error_of(lines):
    return lines[0].removeprefix("error ") if len(lines) == 1 and lines[0].startswith("error ") else None


def other_defaults(step, ours, theirs):
    """The defaults of the table."""
    return step.script.has_defaults and any((ours, theirs) == ([f"ok {name}={here}"], [f"ok {name}={there}"])
                                            for name, here, there in DEFAULTS)


def after_the_end(step, ours, theirs):
    """Behind the end gen_tcp says closed, enotconn or einval; here each call says how the connection has ended."""
    return step.has_ended() and error_of(ours) in ("closed", "econnreset", "emsgsize", "malformed", "einval") and (
        error_of(theirs) in ("closed", "enotconn", "einval"))


def alive_for_calls(step, ours, theirs):
    """Behind the end that recv has told, gen_tcp forgets the error and the numbers; here they can be asked for."""
    if not step.has_ended():
        return False
    told = [line for line in ours if not re.search("error (econnreset|emsgsize|malformed)", line)]
    calls = ("getstat", "unrecv", "setopts", "shutdown")
    return told == theirs or step.call in calls and ours[0].startswith("ok") and (
        error_of(theirs) in ("closed", "einval", "enotconn"))


def what_has_arrived_stays(step, ours, theirs):
    """What had come before the end, and was no whole packet, is lost in gen_tcp; here recv gives it."""
    return step.has_ended() and step.call == "recv" and ours[0].startswith("ok ") and error_of(theirs) == "enotconn"


def malformed_is_named(step, ours, theirs):
    """What is no packet at all is emsgsize in gen_tcp; here malformed."""
    return [line.replace("malformed", "emsgsize") for line in ours] == theirs


def sends_later(step, ours, theirs):
    """A send is under way at once in gen_tcp; here at the end of the slice, so an error comes with the next one."""
    return step.call == "send" and ours == ["ok"] and "reset" in step.done and (
        theirs[0] in ("error econnreset", "error closed"))


def active_under_a_reader(step, ours, theirs):
    """A socket that becomes active under a recv leaves that without an answer, even when its time is up; here setopts
    is refused."""
    return step.call == "setopts" and "start" in step.done and ours == ["error ealready"] and theirs == ["ok"]


def behind_the_shutdown(step, ours, theirs):
    """A send behind shutdown ends the connection in gen_tcp, with what is unsent; here it is refused."""
    return step.call == "send" and "shutdown" in step.done and ours == ["error closed"] and (
        theirs in (["error econnreset"], ["error closed"]))


def all_messages_move(step, ours, theirs):
    """The messages passive and error stay with the old owner in gen_tcp; here they move with the others."""
    plain = [sorted(re.sub("^[abc]: ", "", line) for line in lines if not re.search("passive$|error|closed$", line))
             for lines in (ours, theirs)]
    return step.done[-1:] == ["controlling_process"] and plain[0] == plain[1]


def who_fills_waits(step, ours, theirs):
    """The send that fills the queue is done at once in gen_tcp and the next one waits; here it waits itself."""
    pair = error_of(ours), error_of(theirs) or "".join(theirs)
    return step.call in ("send", "join") and pair in (
        ("timeout", "ok"), ("closed", "timeout"), ("econnreset", "ok"), ("closed", "ok"))


def nothing_is_lost(step, ours, theirs):
    """What is unsent is lost in gen_tcp when the peer ends its half; here it goes out."""
    sizes = [re.fullmatch(r"remote (\d+) bytes \d+ and the end", lines[0]) for lines in (ours, theirs) if lines]
    if step.call == "join":
        return ours == ["ok"] and theirs == ["error closed"] and "fin" in step.done
    return len(sizes) == 2 and all(sizes) and int(sizes[0][1]) > int(sizes[1][1])


def read_no_further(step, ours, theirs):
    """How much has been read when the stream turns out to be wrong differs: with bytes left in the kernel its end is a
    reset (RFC 1122 4.2.2.13), here and there."""
    was_wrong = any(re.search("error (emsgsize|malformed)$", line) for line in step.before)
    ends = {line.removeprefix("remote x and ") for lines in (ours, theirs) for line in lines}
    return was_wrong and step.options["exit_on_close"] == "true" and ends == {"a reset", "the end"}


def nothing_behind_an_error(step, ours, theirs):
    """With exit_on_close = false gen_tcp goes on with what comes behind bytes that were no packet; here they end it."""
    return step.options["exit_on_close"] == "false" and any(
        line.endswith(("error emsgsize", "error malformed")) for line in step.before)


def no_packets(step, ours, theirs):
    """A stream without packets comes in other pieces."""
    if step.packet != "raw" or not pieces(ours) or not pieces(theirs):
        return False
    # How many pieces there are is also when a count is zero. Where there is none, messages bring all that has come.
    others = [[line for line in lines if not PIECE.fullmatch(line) and not line.endswith(": passive")]
              for lines in (ours, theirs)]
    sizes = [sum(size for _, size in pieces(lines)) for lines in (ours, theirs)]
    is_all = step.after("active") == "true" and step.call not in ("recv", "join")
    return others[0] == others[1] and (sizes[0] == sizes[1] or not is_all) and is_in_order(step.script, step.ours) and (
        is_in_order(step.script, step.theirs[:step.index + 1]))


def cut_anew(step, ours, theirs):
    """A packet in progress is cut anew when the type changes; gen_tcp waits for its rest, or what was taken for it."""
    texts = [text.split() for text in step.script.steps[:step.index]]
    before, after = step.script.options.get("packet", "raw"), step.after("packet")
    is_first = not any("packet=" in word for words in texts for word in words)
    if not is_first or {before, after} - {"length_1", "length_2", "length_4"}:
        return False
    sent = b"".join(decoded(words[2]) for words in texts if words[:2] == ["remote", "send"])
    held = sent[cut_by_length(before, sent)[1]:]
    contents, _ = cut_by_length(after, held)
    # Of an active socket: each recv of a passive one is a step of its own.
    return held != b"" and theirs == ["ok"] and ours == ["ok", *(f"a: data {show(content)}" for content in contents)]


def header_is_too_small(step, ours, theirs):
    """What the length in front cannot say is sent behind a wrong one by gen_tcp; here it is emsgsize."""
    return step.call == "send" and step.packet == "length_1" and (ours, theirs) == (["error emsgsize"], ["ok"])


def long_lines(step, ours, theirs):
    """A line over its limit is cut by gen_tcp; here it is emsgsize."""
    return step.packet == "line" and ours == ["error emsgsize"] and theirs[0].startswith("ok ") and (
        not theirs[0].endswith("0A"))


def http_begins_anew(step, ours, theirs):
    """With packet = http the next line is the first of a request or response; gen_tcp goes on with the headers."""
    kinds = [text.partition("packet=")[2].split()[0] for text in step.script.steps[:step.index] if "packet=" in text]
    return len(kinds) > 0 and kinds[-1] == "http" and any(re.search("request|response|http_error", line)
                                                          for line in ours)


def sooner(step, ours, theirs):
    """gen_tcp waits for more although no continuation can be right; here it is an error at once."""
    more = [line[3:] for line in ours[len(theirs):]]
    return ours[:len(theirs)] == theirs and more in (["error emsgsize", "closed"], ["error malformed", "closed"])


WANTED = (sooner, other_defaults, after_the_end, malformed_is_named, what_has_arrived_stays, alive_for_calls,
          sends_later, active_under_a_reader, behind_the_shutdown, all_messages_move, who_fills_waits, nothing_is_lost,
          read_no_further, nothing_behind_an_error, no_packets, http_begins_anew, cut_anew, header_is_too_small,
          long_lines)
# Where the two go different ways from then on.
PARTING = (active_under_a_reader, behind_the_shutdown, nothing_behind_an_error, no_packets, http_begins_anew, cut_anew,
           sooner, header_is_too_small, long_lines)


def difference(script, ours, theirs, wanted):
    """The first step whose results part without a reason, or None."""
    for index, (mine, other) in enumerate(zip(ours, theirs)):
        if mine == other:
            continue
        step = Step(script, index, ours, theirs)
        cause = next((rule for rule in WANTED if rule(step, mine, other)), None)
        if cause is None:
            return index
        wanted[cause.__name__] += 1
        if cause in PARTING:
            return None
    return None


def show_difference(script, last, ours, theirs):
    print(f"--- {script.name} ({script.role}) {script.options}")
    for index in range(last + 1):
        print(f"  > {script.steps[index][:120]}")
        for mine, other in itertools.zip_longest(ours[index], theirs[index], fillvalue=""):
            print(f"{'  ' if mine == other else '! '}{mine[:120]:<60} {other[:120]}")


def compare(drawn, ours, theirs):
    """How often each wanted difference was the cause. Ends when there is another."""
    wanted, unknown = collections.Counter(), 0
    for script, mine, other in zip(drawn, ours, theirs):
        where = difference(script, mine, other, wanted)
        if where is not None:
            unknown += 1
            show_difference(script, where, mine, other)
    if unknown:
        sys.exit(f"{unknown} of {len(drawn)} scripts part without a reason")
    return wanted


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--only")
    parser.add_argument("--erl", default="erl")
    parser.add_argument("--erlc", default="erlc")
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.count} random scripts", flush=True)
    drawn = scripts(options.seed, options.count)
    if options.only:
        drawn = [script for script in drawn if options.only in script.name]
    ours, theirs = run_both(options, drawn)
    wanted = compare(drawn, ours, theirs)
    for rule in WANTED:
        print(f"{wanted[rule.__name__]} times: {rule.__doc__}")
        if not wanted[rule.__name__] and not options.only:
            sys.exit(f"{rule.__name__} has not come up")
    same = [mine for script, here, there in zip(drawn, ours, theirs) for lines, others in zip(here, there)
            for mine, other in zip(lines, others) if mine == other]
    for what, needed in NEEDED.items():
        count = sum(what in line for line in same)
        print(f"{what}: {count}")
        if count < needed and options.count >= 300 and not options.only:
            sys.exit(f"too few for the comparison to mean much: {needed} are expected")


if __name__ == "__main__":
    main()
