# SPDX-License-Identifier: Apache-2.0
"""The benchmark harness judges programs, so it is tested itself: python3 bench/harness_test.py"""
import json
import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import types
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "runtime"), str(HERE / "net")]
import cases
import net_report
import harness
import report
import works

CORES = harness.cores(1)


def samples(**results):
    """samples(ping_pong=(dialtone, beam, caf)): one round."""
    made = harness.Samples()
    for work, numbers in results.items():
        for program, number in zip(("dialtone", "beam", "caf"), numbers):
            made.add(work, program, number)
    return made


def work(name):
    return next(one for one in works.WORKS if one.what == name)


def rows(**results):
    made = report.rows([work(name) for name in results], samples(**results))
    return {row.what: row for row in made}


class Numbers(unittest.TestCase):
    def test_the_median_ignores_one_outlier(self):
        self.assertEqual(harness.median([3, 1000, 2]), 3)
        self.assertEqual(harness.median([1, 2, 3, 10]), 2.5)

    def test_one_failed_round_is_not_hidden_by_the_others(self):
        gap = harness.Gap("crashed", failed=True)
        self.assertIs(harness.median([1, gap, 1]), gap)

    def test_no_round_at_all_is_a_gap(self):
        self.assertIsInstance(harness.median([]), harness.Gap)

    def test_a_ratio_above_one_is_better_for_costs_and_for_rates(self):
        self.assertEqual(harness.ratio(10, 150, bigger_is_better=False), 15)
        self.assertEqual(harness.ratio(150, 10, bigger_is_better=True), 15)

    def test_there_is_no_ratio_to_a_gap(self):
        self.assertIsNone(harness.ratio(10, harness.Gap("missing"), bigger_is_better=False))
        self.assertIsNone(harness.ratio(harness.Gap("missing"), 10, bigger_is_better=True))

    def test_numbers_show_three_digits(self):
        shown = [harness.show(number) for number in (0.12345, 1.5, 12.345, 99.9, 1234567.8, None)]
        self.assertEqual(shown, ["0.123", "1.50", "12.3", "99.9", "1,234,568", "-"])

    def test_the_share_of_others_leaves_out_what_we_used(self):
        readings = iter([(0, 100, 10), (20, 115, 20)])
        self.assertEqual(harness.Others(lambda: next(readings)).share(), 0.25)

    def test_a_busy_machine_is_named_in_the_note(self):
        readings = iter([(0, 0, 0), (20, 10, 0)])
        self.assertIn("NOT CLEAN: others used 50%", harness.Others(lambda: next(readings)).note())


class Programs(unittest.TestCase):
    def run_script(self, text, time_limit=20):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "program"
            path.write_text("#!/bin/sh\n" + text)
            path.chmod(stat.S_IRWXU)
            return harness.parse_result(harness.run_pinned([path], CORES, time_limit))

    def test_a_result_is_read(self):
        self.assertEqual(self.run_script("echo noise; echo RESULT 12.5"), 12.5)

    def test_a_program_runs_on_the_cores_that_were_asked_for(self):
        words = [sys.executable, "-c", "import os; print('RESULT', 1 + min(os.sched_getaffinity(0)))"]
        self.assertEqual(harness.parse_result(harness.run_pinned(words, CORES, 20)), 1 + min(CORES))

    def test_a_missing_program_is_said_and_is_no_failure(self):
        result = harness.run_pinned(["/nowhere/bench_of_nothing", "ping_pong"], CORES, 20)
        self.assertEqual(result, harness.Gap("bench_of_nothing is not built or not installed"))

    def test_a_program_that_cannot_do_a_work_says_why(self):
        self.assertEqual(self.run_script("echo NOT_APPLICABLE no timers"), harness.Gap("no timers"))

    def test_a_crash_is_a_failure_with_its_last_line(self):
        result = self.run_script("echo one >&2; echo two >&2; exit 3")
        self.assertEqual(result, harness.Gap("ended with status 3: two", failed=True))

    def test_a_program_that_hangs_is_ended_and_is_a_failure(self):
        result = self.run_script("exec tail -f /dev/null", time_limit=0.2)
        self.assertEqual(result, harness.Gap("did not end within 0.2 s", failed=True))

    def test_silence_and_nonsense_are_failures(self):
        for text in ("true", "echo RESULT soon", "echo RESULT nan", "echo RESULT 0", "echo RESULT -1"):
            result = self.run_script(text)
            self.assertTrue(isinstance(result, harness.Gap) and result.failed, f"{text}: {result}")

    def test_what_a_program_started_ends_with_it(self):
        reader, writer = os.pipe()
        program = harness.spawn(["sh", "-c", "tail -f /dev/null & wait"], CORES, pass_fds=[writer])
        os.close(writer)
        harness.stop(program)
        with os.fdopen(reader) as pipe:
            self.assertEqual(pipe.read(), "")    # the end of the file: nobody holds the other side any more

    def first_line_of(self, *words):
        program = harness.spawn(words, CORES, stdout=subprocess.PIPE)
        try:
            return harness.first_line(program.stdout.fileno(), time_limit=20)
        finally:
            harness.stop(program)

    def test_the_first_line_is_there_while_the_program_goes_on(self):
        line = self.first_line_of("sh", "-c", "echo listening 4000; exec tail -f /dev/null")
        self.assertEqual(line, "listening 4000")

    def test_a_first_line_without_end_is_cut(self):
        self.assertLessEqual(len(self.first_line_of("cat", "/dev/zero")), 2 * 4096)

    def test_a_program_that_says_nothing_has_no_first_line(self):
        self.assertEqual(self.first_line_of("true"), "")

    def test_all_run_in_each_round_and_the_first_changes(self):
        order = []
        programs = [types.SimpleNamespace(name=name) for name in "ab"]
        harness.interleave(2, [work("ring")], programs, lambda _, program: order.append(program.name) or 1,
                           harness.Samples(), lambda _: None)
        self.assertEqual(order, ["a", "b", "b", "a"])


class RuntimeReport(unittest.TestCase):
    def test_a_reached_target_and_a_missed_one_are_said_in_plain_words(self):
        self.assertEqual(rows(ping_pong=(20, 400, 500))["ping_pong"].verdict(), "ratio >= 15 (aim 25): ok")
        self.assertEqual(rows(ping_pong=(40, 400, 500))["ping_pong"].verdict(), "ratio >= 15 (aim 25): MISSED")

    def test_a_target_is_met_at_its_bound_and_missed_one_past_it(self):
        self.assertTrue(rows(idle_bytes=(400, 2670, 1200))["idle_bytes"].reached)
        self.assertFalse(rows(idle_bytes=(401, 2670, 1200))["idle_bytes"].reached)

    def test_a_target_relative_to_another_work(self):
        self.assertTrue(rows(selective_empty=(50, 1, 1), selective_100k=(100, 1, 1))["selective_100k"].reached)
        self.assertFalse(rows(selective_empty=(50, 1, 1), selective_100k=(101, 1, 1))["selective_100k"].reached)

    def test_a_missing_program_leaves_its_targets_not_measured(self):
        row = rows(ping_pong=(harness.Gap("not built"), 400, 500))["ping_pong"]
        self.assertIsNone(row.reached)
        self.assertIn("not measured", row.verdict())

    def test_two_schedulers_against_one_is_derived_for_each_program(self):
        row = rows(within_one=(100, 10, harness.Gap("x")), within_two=(190, 15, 20))["two_vs_one"]
        self.assertEqual((row.dialtone, row.peers["beam"]), (1.9, 1.5))
        self.assertIsInstance(row.peers["caf"], harness.Gap)

    def test_a_missing_peer_is_reported_in_the_table_with_its_reason(self):
        made = rows(ping_pong=(20, harness.Gap("erl is not built or not installed"), 500))
        text = report.text(list(made.values()), "note")
        self.assertIn("n/a [1]", text)
        self.assertIn("[1] erl is not built or not installed", text)

    def test_a_failed_peer_is_reported_as_failed(self):
        made = rows(ping_pong=(20, harness.Gap("ended with status 1", failed=True), 500))
        self.assertIn("FAILED [1]", report.text(list(made.values()), "note"))

    def test_the_table_says_which_direction_is_better(self):
        text = report.text(list(rows(ping_pong=(20, 400, 500)).values()), "note")
        self.assertIn("ratio_to_beam says how many times better Dialtone is", text)
        self.assertIn("20.0", text)

    def test_a_table_without_peers_compares_with_nobody(self):
        made = report.rows([work("ping_pong")], samples(ping_pong=(20, 400, 500)), ())
        text = report.text(made, "note", ())
        self.assertEqual(made[0].dialtone, 20)
        self.assertIsNone(made[0].ratio_to_beam)
        self.assertNotIn("ratio_to_beam", text)

    def test_the_columns_of_a_table_line_up(self):
        lines = harness.table(["what", "unit", "n", "said"], [["a", "ns", "1,000", "x"], ["bcd", "s", "2", "y"]])
        self.assertEqual(lines.splitlines(),
                         ["what  unit      n  said", "----  ----  -----  ----",
                          "a     ns    1,000  x", "bcd   s         2  y"])

    def test_the_json_has_the_agreed_shape(self):
        row = rows(ping_pong=(20, 400, harness.Gap("missing")))["ping_pong"]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "new" / "runtime.json"
            harness.write_json(path, [report.for_json(row)])
            self.assertEqual(json.loads(path.read_text()), [{
                "what": "ping_pong", "unit": "ns/message", "dialtone": 20, "peers": {"beam": 400, "caf": None},
                "ratio_to_beam": 20, "target": "ratio >= 15 (aim 25)", "reached": True, "gaps": {"caf": "missing"}}])

    def test_each_relative_target_names_a_work(self):
        names = {one.what for one in works.WORKS}
        for one in works.WORKS:
            if one.target:
                self.assertIn(one.target.of, names | {"ratio", "value"})


class NetReport(unittest.TestCase):
    def row(self, what, **values):
        figure = next(figure for case in cases.CASES for figure in case.figures if figure.what == what)
        made = harness.Samples()
        for name, value in values.items():
            made.add(figure.what, name, value)
        return net_report.row_of(figure, list(values), made)

    def test_more_messages_than_the_epoll_loop_are_better(self):
        self.assertTrue(self.row("64 B x 64", epoll=100, dialtone=95, beam=30).reached)
        self.assertFalse(self.row("64 B x 64", epoll=100, dialtone=94, beam=30).reached)

    def test_each_driver_has_a_bound_of_its_own_and_all_count(self):
        self.assertTrue(self.row("64 B x 64", epoll=100, dialtone=95, io_uring=105, beam=30).reached)
        self.assertFalse(self.row("64 B x 64", epoll=100, dialtone=95, io_uring=104, beam=30).reached)
        self.assertFalse(self.row("64 B x 64", epoll=100, dialtone=94, io_uring=105, beam=30).reached)

    def test_all_bounds_of_a_figure_count(self):
        self.assertFalse(self.row("64 B x 64", epoll=100, dialtone=95, beam=50).reached)

    def test_a_longer_wait_than_the_epoll_loop_is_worse(self):
        self.assertTrue(self.row("64 B x 64, half load, p99", epoll=100, dialtone=110).reached)
        self.assertFalse(self.row("64 B x 64, half load, p99", epoll=100, dialtone=111).reached)

    def test_connections_are_measured_against_asio(self):
        self.assertTrue(self.row("accept, echo 64 B, close", epoll=200, dialtone=100, asio=100, beam=40).reached)
        self.assertFalse(self.row("accept, echo 64 B, close", epoll=1, dialtone=99, asio=100, beam=1).reached)

    def test_bytes_are_bounded_by_themselves(self):
        self.assertTrue(self.row("15,000 idle connections, never used", epoll=1, dialtone=1000).reached)
        self.assertFalse(self.row("15,000 idle connections, never used", epoll=1, dialtone=1001).reached)

    def test_none_at_all_is_a_number(self):
        self.assertTrue(self.row("wake-ups of an idle server", epoll=0, dialtone=0, io_uring=0, beam=1).reached)
        self.assertFalse(self.row("wake-ups of an idle server", epoll=0, dialtone=0, io_uring=0.5, beam=1).reached)

    def test_the_ratio_to_the_beam_says_how_many_times_better_dialtone_is(self):
        self.assertEqual(self.row("64 B x 64", dialtone=300, beam=100).ratio_to_beam, 3)
        self.assertEqual(self.row("15,000 idle connections, never used", dialtone=1000, beam=6000).ratio_to_beam, 6)

    def test_a_missing_server_is_reported(self):
        gap = harness.Gap("bench_net_dialtone is not built or not installed")
        row = self.row("64 B x 64", epoll=100, dialtone=gap, beam=1)
        self.assertIsNone(row.reached)
        self.assertIn("[1] bench_net_dialtone is not built", net_report.text([row], "note"))
        self.assertEqual(net_report.for_json(row)["gaps"].keys(), {"dialtone"})

    def test_a_miss_is_not_hidden_by_a_missing_server(self):
        self.assertIs(self.row("64 B x 64", epoll=100, dialtone=94, beam=harness.Gap("missing")).reached, False)

    def test_the_json_has_the_agreed_shape(self):
        row = self.row("64 B x 64", epoll=100, dialtone=95, beam=harness.Gap("missing"))
        self.assertEqual(net_report.for_json(row), {
            "what": "64 B x 64", "unit": "messages/CPU second", "dialtone": 95, "peers": {"epoll": 100, "beam": None},
            "ratio_to_beam": None, "ratios_to_epoll": {"epoll": 1, "dialtone": 0.95, "beam": None},
            "target": "dialtone >= 0.95, io_uring >= 1.05 x epoll (aim 1.2); both >= 2.5 x beam", "reached": None,
            "gaps": {"beam": "missing"}})

    def test_each_figure_has_a_name_of_its_own(self):
        names = [figure.what for case in cases.CASES for figure in case.figures]
        self.assertEqual(len(names), len(set(names)))
        for growth in cases.GROWTHS:
            self.assertTrue({growth.above, growth.below} <= set(names))

    def test_growth_is_derived_for_each_server(self):
        made = harness.Samples()
        chosen = [case for case in cases.CASES if case.load == "idle"]
        for case in chosen:
            for figure in case.figures:
                made.add(figure.what, "dialtone", 900 if "15,000" in figure.what else 800)
                made.add(figure.what, "io_uring", 800)
                made.add(figure.what, "beam", harness.Gap("missing"))
        row = net_report.rows(chosen, ["dialtone", "io_uring", "beam"], made)[-1]
        self.assertEqual((row.values["dialtone"], row.values["io_uring"]), (1.125, 1))
        self.assertIsInstance(row.values["beam"], harness.Gap)
        self.assertIs(row.reached, False)

    def test_bytes_of_a_connection_are_flat_both_ways(self):
        figure = next(growth.figure for growth in cases.GROWTHS if growth.figure.what.startswith("bytes"))
        for times, flat in ((0.89, False), (0.9, True), (1.1, True), (1.11, False)):
            values = dict.fromkeys(cases.OURS, times)
            self.assertIs(net_report.reached(figure, values, harness.Samples()), flat)

    def test_messages_are_counted_per_cpu_second_of_the_server(self):
        line = '{"messages": 300, "seconds": 2.0, "server_cpu_seconds": 1.5}\n'
        printed = net_report.parse(line, ["epoll"], 1)["epoll"]
        self.assertEqual(net_report.figures(cases.CASES[0].figures[0], printed), [200])

    def test_a_load_that_prints_nonsense_failed(self):
        self.assertTrue(net_report.parse("oops", ["epoll"], 1)["epoll"].failed)
        self.assertTrue(net_report.parse("1", ["epoll"], 1)["epoll"].failed)

    def test_a_load_that_prints_too_few_turns_failed(self):
        self.assertTrue(net_report.parse("{}\n{}\n{}\n", ["epoll", "dialtone"], 2)["dialtone"].failed)

    def test_the_lines_of_the_load_are_the_turns_of_the_servers_in_their_order(self):
        printed = net_report.parse(''.join(f'{{"n": {n}}}\n' for n in range(4)), ["epoll", "dialtone"], 2)
        self.assertEqual(printed, {"epoll": [{"n": 0}, {"n": 2}], "dialtone": [{"n": 1}, {"n": 3}]})

    def test_what_goes_wrong_with_one_server_is_its_own(self):
        printed = net_report.parse('{"failed": "recv"}\n{"n": 1}\n{"unable": "too slow"}\n', ["a", "b", "c"], 1)
        self.assertEqual(printed, {"a": harness.Gap("recv", failed=True), "b": [{"n": 1}],
                                   "c": harness.Gap("too slow")})

    def test_what_is_compared_is_turn_by_turn(self):
        self.assertEqual(net_report.median_quotient([9, 90, 50], [10, 100, 40]), 0.9)
        self.assertIsNone(net_report.median_quotient([1, 2], [1]))


if __name__ == "__main__":
    unittest.main()
