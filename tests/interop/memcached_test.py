#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A program against a memcached of its own. Usage: memcached_test.py PROGRAM EXPECTED --memcached MEMCACHED.

EXPECTED is the file that holds what the program has to print."""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("program")
arguments.add_argument("expected")
arguments.add_argument("--memcached", required=True)
given = arguments.parse_args()


def port_of(server, written):
    """What it writes into a file when it listens."""
    last = time.monotonic() + 30
    while not written.exists():
        if server.poll() is not None or time.monotonic() > last:
            sys.exit("memcached does not start")
        time.sleep(0.01)
    for line in written.read_text().splitlines():
        if line.startswith("TCP INET:"):
            return line.split(":")[1].strip()
    sys.exit(f"memcached says '{written.read_text()}'")


with tempfile.TemporaryDirectory() as folder:
    written = pathlib.Path(folder, "port")
    user = ["-u", "root"] if os.geteuid() == 0 else []
    server = subprocess.Popen([given.memcached, "-l", "127.0.0.1", "-p", "-1", "-U", "0", *user],
                              env={**os.environ, "MEMCACHED_PORT_FILENAME": str(written)})
    try:
        done = subprocess.run([given.program, port_of(server, written)], capture_output=True, timeout=60)
    finally:
        server.kill()
        server.wait()

expected = pathlib.Path(given.expected).read_bytes()
if done.returncode != 0 or done.stdout != expected:
    sys.exit(f"ended with {done.returncode}, printed {done.stdout}, not {expected}; {done.stderr.decode()}")
