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

    def test_a_test_waits_for_no_real_time_by_other_ways(self):
        for line in ("namespace t = std::this_thread;", "ready.wait_for(lock, 1s);", "done->wait_until(t);",
                     "::poll(nullptr, 0, 100);", "select(0, a, b, c, &t);", "gate.try_acquire_for(1s);"):
            with self.subTest(line):
                self.assertEqual(self.cpp("sleep", line, "dialtone/base/a_test.hpp"), ["dialtone/base/a_test.hpp:2"])

    def test_a_driver_that_a_test_owns_may_be_polled(self):
        self.assertEqual(self.cpp("sleep", "driver.poll(1s);", "dialtone/io/a_test.cpp"), [])
        self.assertEqual(self.cpp("sleep", "void poll(duration) override {}", "dialtone/io/a_test.cpp"), [])

    def test_no_thread_of_the_library_sleeps(self):
        self.assertEqual(len(self.cpp("sleep", "std::this_thread::sleep_for(1s);")), 1)
        self.assertEqual(self.cpp("sleep", "void scheduler::sleep() { wake.wait_for(lock, 1s); }"), [])

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

    def test_its_other_names_do_not_hide_the_wall_clock(self):
        for line in ("auto t = std::chrono::high_resolution_clock::now();", "auto t = std::time(nullptr);",
                     "auto t = std::chrono::utc_clock::now();", "timespec_get(&t, TIME_UTC);"):
            with self.subTest(line):
                self.assertEqual(len(self.cpp("wall-clock", line)), 1)
        self.assertEqual(self.cpp("wall-clock", "auto t = later.time(); run_time(0);"), [])

    def test_a_clock_is_read_in_io_only(self):
        for line in ("auto t = std::chrono::steady_clock::now();", "using c = std::chrono::steady_clock;",
                     "clock_gettime(id, &t);", "auto t = __rdtsc();", "auto t = std::clock();"):
            with self.subTest(line):
                text = CPP + line + "\n"
                self.fires("clock", {"dialtone/runtime/a.cpp": text, "dialtone/runtime/a_test.cpp": text,
                                     "dialtone/io/a.cpp": text, "bench/a.cpp": text},
                           "dialtone/runtime/a.cpp:2", "dialtone/runtime/a_test.cpp:2")

    def test_the_type_of_a_clock_is_free(self):
        self.assertEqual(self.cpp("clock", "using t = std::chrono::time_point<std::chrono::steady_clock, d>;"), [])

    def test_the_library_draws_its_numbers_from_a_seed(self):
        for line in ("std::random_device d;", "int a = std::rand();", "srand(1);", "getentropy(p, 8);"):
            with self.subTest(line):
                text = CPP + line + "\n"
                self.fires("randomness", {"dialtone/runtime/a.cpp": text, "dialtone/runtime/a_test.cpp": text,
                                          "dialtone/io/a.cpp": text}, "dialtone/runtime/a.cpp:2")
        self.assertEqual(self.cpp("randomness", "std::uint64_t random(); bits.rand();"), [])

    def test_the_wall_clock_may_be_handed_in(self):
        self.assertEqual(self.cpp("wall-clock", "std::chrono::system_clock::time_point stamp;"), [])
        reads = "auto t = std::chrono::system_clock::now();"
        self.assertEqual(self.cpp("wall-clock", reads, "dialtone/io/clock.cpp"), [])
        self.assertEqual(len(self.cpp("wall-clock", reads, "dialtone/io/clock_test.cpp")), 1)

    def test_notes_of_unfinished_work_are_found_in_any_file(self):
        for word in ("TO" "DO", "FIX" "ME", "X" "XX", "HA" "CK"):
            with self.subTest(word):
                self.fires("leftover", {"README.md": f"one\n{word}: more\n"}, "README.md:2")
        self.fires("leftover", {"README.md": "to" "do: more\n"}, "README.md:1")
        self.is_silent("leftover", {"README.md": "mktemp XXXXXX, a hack, to do\n"})

    def test_code_that_is_switched_off_is_found(self):
        for line in ("#if 0", "#  if false", "#if 0  // for now"):
            with self.subTest(line):
                self.assertEqual(len(self.cpp("leftover", line + "\n#endif")), 1)
        self.assertEqual(self.cpp("leftover", "#if 01\n#endif\n#ifdef A\n#endif"), [])

    def test_no_test_is_skipped(self):
        self.assertEqual(len(self.cpp("skipped-test", "GTEST_SKIP() << 1;")), 1)
        self.assertEqual(len(self.cpp("skipped-test", "TEST(a, DISABLED_b) {}")), 1)
        self.assertEqual(self.cpp("skipped-test", "// GTEST_SKIP is not used"), [])

    def test_no_test_is_skipped_in_other_languages(self):
        self.fires("skipped-test", {
            "scripts/a.sh": "ctest --re" "peat until-pass:3\n",
            "tests/CMakeLists.txt": "set_tests_properties(a PROPERTIES DIS" "ABLED TRUE)\n"
                                    "set_tests_properties(b PROPERTIES TIMEOUT 1)\n"
                                    "set_tests_properties(c PROPERTIES WILL_" "FAIL TRUE)\n",
            "tests/a.py": "@unittest.sk" "ip('b')\nself.skip" "Test('c')\n"},
            "scripts/a.sh:1", "tests/CMakeLists.txt:1", "tests/CMakeLists.txt:3", "tests/a.py:1", "tests/a.py:2")

    def test_no_report_is_suppressed(self):
        for line in ("int a;  // NOLINT", "// NOLINTNEXTLINE", '__attribute__((no_' 'sanitize("address"))) void f();',
                     '#pragma clang diagnostic ig' 'nored "-Wshadow"'):
            with self.subTest(line):
                self.assertEqual(len(self.cpp("suppression", line)), 1)
        for line in ("int a;  // NOLINT(google-explicit-constructor)", "int a;  // NOLINT: b is promised"):
            with self.subTest(line):
                self.assertEqual(self.cpp("suppression", line), [])

    def test_the_library_has_no_iostream(self):
        self.fires("iostream", {"dialtone/runtime/a.cpp": CPP + "#include <iostream>\n",
                                "dialtone/runtime/a_test.cpp": CPP + "#include <iostream>\n",
                                "apps/a.cpp": CPP + "#include <iostream>\n"}, "dialtone/runtime/a.cpp:2")

    def test_an_exception_is_not_swallowed(self):
        self.assertEqual(len(self.cpp("empty-catch", "try { f(); } catch (...) {\n  // never mind\n}")), 1)
        self.assertEqual(len(self.cpp("empty-catch", "try { f(); } catch (const error&) {}")), 1)
        self.assertEqual(self.cpp("empty-catch", "try { f(); } catch (...) { keep(std::current_exception()); }"), [])

    def test_a_catch_that_does_nothing_in_many_words_is_found(self):
        for body in (";", "(void)error;", ";; // so be it"):
            with self.subTest(body):
                code = f"try {{ f(); }} catch (const e& error) {{ {body}\n}}"
                self.assertEqual(len(self.cpp("empty-catch", code)), 1)
        self.assertEqual(len(self.cpp("empty-catch", "try { f(); } catch (const decltype(a())& b) {}")), 1)

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
        for text in ("-I/ho" "me/a/b", "file:///ho" "me/a", "/usr/bin:/ho" "me/a/bin", "/tm" "p/dialtone"):
            with self.subTest(text):
                self.fires("absolute-path", {"docs/a.md": text + "\n"}, "docs/a.md:1")
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
                     "auto f = [x = std::move(y)](task<> t) -> task<> {\n  co_await t;\n};",
                     "g([x = y[0]] { co_await h(); });", "auto f = [&]() [[a::b]] -> task<> { co_await g(); };",
                     "auto f = [&] [[a]] (int b) -> task<> { co_await g(b); };",
                     "auto f = [&]<class T>(T) requires a<T> { co_await g(); };",
                     "auto f = [&]<class T> requires (a<T>) (T) { co_await g(); };"):
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
                     "for (auto&& [k, v] : m) { co_await g(); }", "if (a) {} else [[unlikely]] { co_await g(); }"):
            with self.subTest(code):
                self.assertEqual(self.lines(code), [])

    def test_the_capture_counts_where_the_await_is(self):
        self.assertEqual(self.lines("auto f = [&] {\n  return [](int a) -> task<> { co_await g(a); };\n};"), [])
        self.assertEqual(self.lines("auto f = [] {\n  return [&] { co_await g(); };\n};"), [3])
