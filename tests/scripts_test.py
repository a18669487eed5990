#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What scripts say to somebody who is new here: help from any folder, and a sentence where something is wrong."""
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCRIPTS = [f"scripts/{name}" for name in ("setup", "build", "run", "test", "check", "bench", "soak")] + ["tools/format"]


def run(*command, folder=ROOT, **variables):
    environment = {name: value for name, value in os.environ.items() if name != "DIALTONE_SKIP_SETUP"} | variables
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)


class Scripts(unittest.TestCase):
    def fails_with(self, done, sentence):
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(sentence, done.stderr.splitlines()[-1])

    def test_help_is_the_comment_at_the_head_wherever_it_is_asked_for(self):
        for script in SCRIPTS:
            for folder in (ROOT, ROOT / "dialtone/base", ROOT / script.split("/", maxsplit=1)[0]):
                with self.subTest(f"{script} from {folder}"):
                    done = run(os.path.join(".", os.path.relpath(ROOT / script, folder)), "--help", folder=folder)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    self.assertTrue(done.stdout.startswith(script), done.stdout)

    def test_a_wrong_argument_is_named(self):
        self.fails_with(run("scripts/setup", "all"), "setup: takes no arguments, and was given 'all'")
        self.fails_with(run("scripts/build", "fast"), "build: knows no build 'fast'; there are release")
        self.fails_with(run("scripts/check", "quick"), "check: knows no stage 'quick'; there are format")
        self.fails_with(run("scripts/soak"), "soak: takes the seconds for which it runs, and was given ''")
        self.fails_with(run("scripts/soak", "long"), "soak: takes the seconds for which it runs, and was given 'long'")
        self.fails_with(run("scripts/bench", "../bench"), "bench: knows no benchmark '../bench'; there are: ")

    def setup_with(self, apt_get):
        """Runs scripts/setup on a machine where everything is missing, and which has this apt-get."""
        with tempfile.TemporaryDirectory(prefix="a path with spaces") as folder:
            for name, text in (("dpkg-query", "exit 1"), ("sudo", 'exec "$@"'), ("apt-get", apt_get)):
                place = pathlib.Path(folder, name)
                place.write_text(f"#!/bin/sh\n{text}\n")
                place.chmod(0o755)
            return run("scripts/setup", PATH=f"{folder}:{os.environ['PATH']}")

    def test_a_setup_without_a_network_says_so(self):
        self.fails_with(self.setup_with("exit 100"), "is there a network?")
        self.fails_with(self.setup_with('test "$1" = update'), "could not install all of it")

    def test_a_setup_that_is_through_ends_with_0(self):
        self.assertEqual(self.setup_with("exit 0").returncode, 0)


unittest.main(verbosity=2)
