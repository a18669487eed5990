#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests beside the rules of tools/tidy: tools/tidy_rules/*_test.py."""
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
TOOLS = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(TOOLS))

if __name__ == "__main__":
    rules = str(TOOLS / "tidy_rules")
    suite = unittest.defaultTestLoader.discover(rules, pattern="*_test.py", top_level_dir=str(TOOLS))
    result = unittest.TextTestRunner(verbosity=2 if "-v" in sys.argv else 1).run(suite)
    sys.exit(0 if result.wasSuccessful() and result.testsRun > 0 else 1)
