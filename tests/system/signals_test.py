#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SIGTERM and SIGINT stop a runtime in order, where it is asked to handle them. Usage: signals_test.py PROGRAM."""
import signal
import subprocess
import sys
import unittest

PROGRAM = sys.argv.pop(1)


class Signals(unittest.TestCase):
    def setUp(self):
        self.program = None

    def tearDown(self):
        self.program.kill()
        self.program.wait()
        self.program.stdout.close()
        self.program.stderr.close()

    def start(self, kind):
        self.program = subprocess.Popen([PROGRAM, kind], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(self.line(), "ready")

    def line(self):
        return self.program.stdout.readline().strip()

    def test_a_process_ends_by_shutdown_and_the_program_with_0(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number):
                self.start("obedient")
                self.program.send_signal(number)
                self.assertEqual(self.line(), "destroyed")
                self.assertEqual(self.program.wait(timeout=30), 0)

    def test_a_process_that_traps_exits_is_told_and_may_end_by_itself(self):
        self.start("trapping")
        self.program.send_signal(signal.SIGTERM)
        self.assertEqual(self.line(), "told: shutdown")
        self.assertEqual(self.program.wait(timeout=30), 0)

    def test_a_second_signal_kills_at_once(self):
        self.start("stubborn")
        self.program.send_signal(signal.SIGTERM)
        self.assertEqual(self.line(), "told: shutdown")
        self.assertIsNone(self.program.poll())
        self.program.send_signal(signal.SIGTERM)
        self.assertEqual(self.program.wait(timeout=20), 1)
        self.assertIn("killed", self.program.stderr.read())


unittest.main(verbosity=2)
