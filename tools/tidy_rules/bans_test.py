# SPDX-License-Identifier: Apache-2.0
from .fixture import CPP, RuleTest


class BansTest(RuleTest):
    def cpp(self, rule, line, path="dialtone/runtime/a.cpp"):
        return self.find(rule, {path: CPP + line + "\n"})

    def test_a_test_does_not_sleep(self):
        for line in ("std::this_thread::sleep_for(1s);", "using std::this_thread::sleep_for;", "::usleep(1);",
                     "using namespace std::this_thread;", "sleep(1);", "nanosleep(&t, nullptr);",
                     "std::this_thread::sleep_until(t);"):
            with self.subTest(line):
                self.assertEqual(self.cpp("sleep", line, "dialtone/base/a_test.cpp"), ["dialtone/base/a_test.cpp:2"])

    def test_the_runtime_s_own_sleep_is_virtual_time(self):
        for line in ("co_await dt::sleep_for(1s);", "co_await race(sleep_for(1s), other());", "door.sleep();",
                     "// std::this_thread::sleep_for(1s)", "co_await dialtone::sleep_for(1s);"):
            with self.subTest(line):
                self.assertEqual(self.cpp("sleep", line, "dialtone/base/a_test.cpp"), [])

    def test_tests_of_the_whole_system_may_wait(self):
        self.assertEqual(self.cpp("sleep", "std::this_thread::sleep_for(1s);", "tests/system/a_test.cpp"), [])

    def test_the_wall_clock_is_not_read(self):
        self.assertEqual(len(self.cpp("wall-clock", "auto t = std::chrono::system_clock::now();")), 1)
        self.assertEqual(len(self.cpp("wall-clock", "using clock = std::chrono::system_clock;")), 1)
        self.assertEqual(self.cpp("wall-clock", "auto t = dt::now();  // not the system_clock"), [])

    def test_the_wall_clock_may_be_handed_in(self):
        self.assertEqual(self.cpp("wall-clock", "std::chrono::system_clock::time_point stamp;"), [])
        reads = "auto t = std::chrono::system_clock::now();"
        self.assertEqual(self.cpp("wall-clock", reads, "dialtone/io/clock.cpp"), [])
        self.assertEqual(len(self.cpp("wall-clock", reads, "dialtone/io/clock_test.cpp")), 1)

    def test_notes_of_unfinished_work_are_found_in_any_file(self):
        for word in ("TO" "DO", "FIX" "ME", "X" "XX", "HA" "CK"):
            with self.subTest(word):
                self.fires("leftover", {"README.md": f"one\n{word}: more\n"}, "README.md:2")
        self.is_silent("leftover", {"README.md": "mktemp XXXXXX, a hack, to do\n"})

    def test_no_test_is_skipped(self):
        self.assertEqual(len(self.cpp("skipped-test", "GTEST_SKIP() << 1;")), 1)
        self.assertEqual(len(self.cpp("skipped-test", "TEST(a, DISABLED_b) {}")), 1)
        self.assertEqual(self.cpp("skipped-test", "// GTEST_SKIP is not used"), [])

    def test_the_library_has_no_iostream(self):
        self.fires("iostream", {"dialtone/runtime/a.cpp": CPP + "#include <iostream>\n",
                                "dialtone/runtime/a_test.cpp": CPP + "#include <iostream>\n",
                                "apps/a.cpp": CPP + "#include <iostream>\n"}, "dialtone/runtime/a.cpp:2")

    def test_an_exception_is_not_swallowed(self):
        self.assertEqual(len(self.cpp("empty-catch", "try { f(); } catch (...) {\n  // never mind\n}")), 1)
        self.assertEqual(len(self.cpp("empty-catch", "try { f(); } catch (const error&) {}")), 1)
        self.assertEqual(self.cpp("empty-catch", "try { f(); } catch (...) { keep(std::current_exception()); }"), [])

    def test_a_header_opens_no_namespace_for_others(self):
        using = "using namespace std::chrono_literals;\n"
        self.fires("using-namespace", {"dialtone/base/a.hpp": CPP + using,
                                       "dialtone/base/b.hpp": CPP + "namespace a {\n" + using + "}\n",
                                       "dialtone/base/c.hpp": CPP + "inline void f() {\n" + using + "}\n",
                                       "dialtone/base/d.cpp": CPP + using},
                   "dialtone/base/a.hpp:2", "dialtone/base/b.hpp:3")

    def test_no_file_names_a_place_of_one_machine(self):
        for place in ("ho" "me", "wo" "rk", "ro" "ot"):
            with self.subTest(place):
                self.fires("absolute-path", {"docs/a.md": f"see /{place}/someone/file\n"}, "docs/a.md:1")
        text = "https://example.org/home/page build/work/x ~/work/y $ROOT/root/z"
        self.is_silent("absolute-path", {"docs/a.md": text})

    def test_the_project_speaks_of_itself(self):
        self.fires("off-topic", {"docs/a.md": "\nwritten by an assis" "tant\n"}, "docs/a.md:2")
        self.is_silent("off-topic", {"docs/a.md": "the memory model of the language\n"})


class LambdaCoroutineTest(RuleTest):
    RULE = "lambda-coroutine"

    def lines(self, code):
        return [int(place.split(":")[1]) for place in self.find(self.RULE, {"dialtone/runtime/a_test.cpp": CPP + code})]

    def test_a_capture_in_a_coroutine_is_found(self):
        for code in ("auto f = [&] { co_await g(); };", "auto f = [x]() -> process<> { co_return; };",
                     "run([this](int a) mutable { co_await g(a); });",
                     "return [=]<class T>(T) noexcept { co_yield 1; };",
                     "auto f = [x = std::move(y)](task<> t) -> task<> {\n  co_await t;\n};"):
            with self.subTest(code):
                self.assertEqual(self.lines(code), [2])

    def test_without_captures_or_without_co_await_it_is_fine(self):
        for code in ("auto f = []() -> process<> { co_await g(); };", "auto f = [&] { return g(); };\nco_await f();",
                     "// [&] { co_await g(); }\nco_return;", 'auto s = "[&] { co_await g(); }"; co_return;'):
            with self.subTest(code):
                self.assertEqual(self.lines(code), [])

    def test_brackets_that_are_no_lambdas_are_left_alone(self):
        for code in ("auto [a, b] = co_await g();", "auto& [a, b] = c; { co_await g(); }",
                     "values[i] = co_await g();", "if (table[x]) { co_return; }",
                     "[[nodiscard]] task<> f() { co_return; }",
                     "for (auto&& [k, v] : m) { co_await g(); }"):
            with self.subTest(code):
                self.assertEqual(self.lines(code), [])

    def test_the_capture_counts_where_the_await_is(self):
        self.assertEqual(self.lines("auto f = [&] {\n  return [](int a) -> task<> { co_await g(a); };\n};"), [])
        self.assertEqual(self.lines("auto f = [] {\n  return [&] { co_await g(); };\n};"), [3])
