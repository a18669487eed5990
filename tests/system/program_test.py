#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the program `dialtone` says to who types: help, version, the tree, completions, and what is wrong.

Usage: program_test.py PROGRAM COMPLETIONS.
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
from serve_program import PATIENCE, clean_environment  # noqa: E402

PROGRAM, COMPLETIONS = sys.argv[1], sys.argv[2]
del sys.argv[1:]


def run(*arguments, **variables):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False, timeout=PATIENCE,
                          env=clean_environment(**variables))


def flags_of_help():
    return set(re.findall(r"--[a-z-]+", run("serve", "--help").stdout))


class Words(unittest.TestCase):
    def says(self, done, text):
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(text, done.stdout)

    def fails(self, done, sentence):
        self.assertEqual((done.returncode, done.stdout, done.stderr), (1, "", f"dialtone: {sentence}\n"))

    def test_help_says_how_to_begin(self):
        self.says(run("--help"), "dialtone serve")
        self.says(run("serve", "--help"), "tcp://HOST:PORT")
        self.says(run("tree", "--help"), "--echo")
        self.assertRegex(run("--version").stdout, r"\Adialtone \d+\.\d+\.\d+\n\Z")

    def test_a_word_that_is_unknown_is_named(self):
        self.fails(run(), "A subcommand is required; see dialtone --help")
        self.fails(run("server"), "there is no subcommand 'server'; see dialtone --help")
        self.fails(run("serve", "--ecoh"), "The following argument was not expected: --ecoh; see dialtone --help")
        self.fails(run("serve", "--drain"), "--drain: 1 required TEXT missing; see dialtone --help")

    def test_a_flag_that_is_wrong_is_named(self):
        for command in ("serve", "tree"):
            self.fails(run(command, "--echo", "tcp://127.0.0.1:65536"),
                       "--echo: 'tcp://127.0.0.1:65536': the port is above 65535, at character 17")
            self.fails(run(command, "--drain", "soon"),
                       "--drain: 'soon' is no number of seconds from 0 to 86400")
            self.fails(run(command, PORT="http"), "PORT: 'http' is no port, which is a number from 0 to 65535")
            self.fails(run(command, DIALTONE_IO="select"), "DIALTONE_IO: 'select' is not auto, uring or epoll")

    def test_a_flag_counts_before_the_environment(self):
        self.says(run("tree", "--hello", "unix:a", PORT="80"), "hello unix:a")
        self.says(run("tree", PORT="80"), "echo tcp://127.0.0.1:80:")

    def test_the_tree_has_what_would_be_started(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "serve.toml")
            file.write_text("hello = 'tcp://127.0.0.1:4321'\n")
            self.says(run("tree", "--config", str(file)), "└─ hello tcp://127.0.0.1:4321: supervisor")
        for endpoint in ("chat tcp://127.0.0.1:4000", "echo tcp://127.0.0.1:5555", "hello tcp://127.0.0.1:4001",
                         "daytime tcp://127.0.0.1:4013", "daytime udp://127.0.0.1:4013"):
            self.says(run("tree"), f"─ {endpoint}: ")
        self.assertEqual(run("tree", "--echo", "unix:a", "--echo", "unix:b").stdout.count("echo unix:"), 2)


class Configurations(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name, "serve.toml")

    def error_of(self, text):
        self.file.write_text(text)
        done = run("serve", "--config", str(self.file))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        before = f"dialtone: {self.file}:"
        self.assertTrue(done.stderr.startswith(before), done.stderr)
        return done.stderr[len(before):].strip()

    def test_that_are_broken_are_told_with_file_line_and_key(self):
        self.assertRegex(self.error_of("drain = 5\necho = [\n"), r"\A2: echo: ")
        self.assertRegex(self.error_of("\ndrain 5\n"), r"\A2: drain: ")
        self.assertRegex(self.error_of("drain = 5\n\nport = 80\n"), r"\A3: port: there is no such key; there are ")
        self.assertEqual(self.error_of("drain = 'five'\n"), "1: drain: it is a text, and has to be a number")
        self.assertEqual(self.error_of("\nhello = ['unix:a',\n'tcp://a']\n"),
                         "3: hello: 'tcp://a': the port is missing (:0 is any free one), at character 8")

    def test_that_are_not_there_are_named(self):
        done = run("serve", "--config", str(self.file))
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, f"dialtone: cannot read the configuration file {self.file}: "
                                      "No such file or directory\n")


class Completions(unittest.TestCase):
    def completed(self, *words):
        script = 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dialtone; printf "%s\\n" "${COMPREPLY[@]}"'
        done = subprocess.run(["bash", "-c", script, COMPLETIONS, "dialtone", *words], capture_output=True, text=True,
                              check=True, timeout=PATIENCE)
        return done.stdout.split()

    def test_know_the_subcommands(self):
        self.assertEqual(self.completed(""), ["serve", "tree", "--help", "--version"])
        self.assertEqual(self.completed("s"), ["serve"])

    def test_know_every_flag(self):
        for command in ("serve", "tree"):
            self.assertEqual(set(self.completed(command, "-")), flags_of_help())
        self.assertEqual(self.completed("serve", "--drain", "5", "--sch"), ["--schedulers"])

    def test_know_values(self):
        self.assertEqual(self.completed("serve", "--io", ""), ["auto", "uring", "epoll"])
        self.assertEqual(self.completed("serve", "--log-level", "d"), ["debug"])
        self.assertEqual(self.completed("serve", "--daytime", "u"), ["udp://", "unix:"])
        self.assertEqual(self.completed("serve", "--echo", "u"), ["unix:"])
        self.assertEqual(self.completed("serve", "--drain", ""), [])

    def test_know_files(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "serve.toml")
            file.touch()
            self.assertEqual(self.completed("serve", "--config", f"{folder}/s"), [str(file)])


unittest.main(verbosity=2)
