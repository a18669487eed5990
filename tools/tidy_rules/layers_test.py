# SPDX-License-Identifier: Apache-2.0
from .fixture import CPP, RuleTest


class ArrowsTest(RuleTest):
    def test_an_arrow_allows_and_its_absence_forbids(self):
        self.is_silent("arrows", {"dialtone/runtime/a.hpp": CPP + "#include <dialtone/io/b.hpp>\n"})
        self.fires("arrows", {"dialtone/io/a.hpp": CPP + "#include <dialtone/runtime/b.hpp>\n"}, "dialtone/io/a.hpp:2")

    def test_a_room_may_include_itself(self):
        self.is_silent("arrows", {"dialtone/base/a.cpp": CPP + "#include <dialtone/base/a.hpp>\n"})

    def test_a_quoted_include_is_followed_to_its_room(self):
        self.is_silent("arrows", {"dialtone/base/a.cpp": CPP + '#include "a.hpp"\n'})
        self.fires("arrows", {"dialtone/base/a.cpp": CPP + '#include "../io/a.hpp"\n'}, "dialtone/base/a.cpp:2")

    def test_only_a_test_may_include_testing(self):
        files = {"dialtone/runtime/a_test.cpp": CPP + "#include <dialtone/testing/b.hpp>\n"}
        self.is_silent("arrows", files)
        files["dialtone/runtime/a.cpp"] = CPP + "#include <dialtone/testing/b.hpp>\n"
        self.fires("arrows", files, "dialtone/runtime/a.cpp:2")

    def test_a_detour_is_followed(self):
        self.fires("arrows", {"dialtone/base/a.cpp": CPP + "#include <dialtone/base/../io/a.hpp>\n"},
                   "dialtone/base/a.cpp:2")

    def test_a_header_of_tests_is_for_tests(self):
        text = CPP + "#include <dialtone/io/b_test.hpp>\n"
        self.fires("arrows", {"dialtone/io/a.cpp": text, "dialtone/io/a_test.cpp": text}, "dialtone/io/a.cpp:2")

    def test_a_test_of_a_low_room_may_not_include_a_high_one(self):
        self.fires("arrows", {"dialtone/base/a_test.cpp": CPP + "#include <dialtone/runtime/b.hpp>\n"},
                   "dialtone/base/a_test.cpp:2")

    def test_the_header_of_everything_is_not_for_rooms(self):
        self.fires("arrows", {"dialtone/runtime/a.cpp": CPP + "#include <dialtone/dialtone.hpp>\n",
                              "examples/a.cpp": CPP + "#include <dialtone/dialtone.hpp>\n"}, "dialtone/runtime/a.cpp:2")

    def test_a_protocol_includes_another_only_by_an_arrow_of_its_own(self):
        self.is_silent("arrows", {
            "dialtone/protocols/websocket/a.cpp": CPP + "#include <dialtone/protocols/http/b.hpp>\n",
            "dialtone/protocols/http/a.cpp": CPP + "#include <dialtone/protocols/http/b.hpp>\n"})
        self.fires("arrows", {"dialtone/protocols/http/c.cpp": CPP + "#include <dialtone/protocols/chat/b.hpp>\n"},
                   "dialtone/protocols/http/c.cpp:2")

    def test_a_room_without_arrows_is_said_once(self):
        self.fires("arrows", {"dialtone/attic/a.hpp": CPP + "#include <dialtone/base/b.hpp>\n"},
                   "dialtone/attic/a.hpp:1")


class IncludeFormTest(RuleTest):
    def test_an_include_that_hides_its_file_is_found(self):
        for text in ("#include H", "#include /**/ <a.hpp>", "#/**/include <a.hpp>", "#include \\\n<a.hpp>",
                     "%:include <a.hpp>", "#include_next <a.hpp>", "#include <dialtone/base/../io/a.hpp>",
                     "#include <./a.hpp>", "#include <dialtone//a.hpp>"):
            with self.subTest(text):
                self.fires("include-form", {"dialtone/base/a.cpp": CPP + text + "\n"}, "dialtone/base/a.cpp:2")

    def test_a_plain_one_is_fine(self):
        text = '#include <vector>\n# include "../io/a.hpp"  // b\n// #include H\n#ifdef include\n#endif\n'
        self.is_silent("include-form", {"dialtone/base/a.cpp": CPP + text})


class PurityTest(RuleTest):
    def test_base_takes_the_standard_library_and_fmt(self):
        self.is_silent("base-purity", {"dialtone/base/a.hpp": CPP + "#include <vector>\n#include <fmt/format.h>\n"
                                                              "#include <dialtone/base/b.hpp>\n#include <chrono>\n"})

    def test_base_takes_no_thread_io_or_other_library(self):
        for name in ("thread", "iostream", "fstream", "unistd.h", "sys/socket.h", "spdlog/spdlog.h", "ctime", "mutex"):
            with self.subTest(name):
                self.fires("base-purity", {"dialtone/base/a.hpp": CPP + f"#include <{name}>\n"},
                           "dialtone/base/a.hpp:2")

    def test_base_reads_no_clock(self):
        self.fires("base-purity", {"dialtone/base/a.cpp": CPP + "auto t = std::chrono::steady_clock::now();\n"},
                   "dialtone/base/a.cpp:2")
        self.is_silent("base-purity", {"dialtone/base/a.cpp": CPP + "// steady_clock::now() is not for here\n"})

    def test_a_test_of_base_may_have_threads(self):
        self.is_silent("base-purity", {"dialtone/base/a_test.cpp": CPP + "#include <thread>\n"})

    def test_a_codec_takes_base_and_the_standard_library(self):
        self.is_silent("protocol-purity", {
            "dialtone/protocols/echo/protocol.cpp": CPP + "#include <dialtone/protocols/echo/protocol.hpp>\n"
                                                          "#include <dialtone/base/bytes.hpp>\n#include <optional>\n"})

    def test_a_codec_takes_nothing_else(self):
        for name in ("dialtone/runtime/pid.hpp", "dialtone/protocols/echo/server.hpp", "thread", "fmt/format.h"):
            with self.subTest(name):
                self.fires("protocol-purity", {"dialtone/protocols/echo/protocol.hpp": CPP + f"#include <{name}>\n"},
                           "dialtone/protocols/echo/protocol.hpp:2")

    def test_a_server_beside_a_codec_is_free(self):
        self.is_silent("protocol-purity", {"dialtone/protocols/echo/server.cpp": CPP + "#include <thread>\n"})


class SystemHeadersTest(RuleTest):
    def test_system_calls_live_in_io(self):
        for name in ("sys/epoll.h", "unistd.h", "netinet/in.h", "linux/io_uring.h", "liburing.h", "fcntl.h"):
            with self.subTest(name):
                text = CPP + f"#include <{name}>\n"
                self.fires("system-headers", {"dialtone/io/a.cpp": text, "dialtone/io/a_test.cpp": text,
                                              "apps/a.cpp": text, "bench/a.cpp": text, "tests/a.cpp": text,
                                              "dialtone/runtime/a.cpp": text, "dialtone/runtime/a_test.cpp": text},
                           "dialtone/runtime/a.cpp:2")

    def test_quotes_do_not_hide_a_system_header(self):
        self.fires("system-headers", {"dialtone/runtime/a.cpp": CPP + "#include \"unistd.h\"\n"},
                   "dialtone/runtime/a.cpp:2")

    def test_a_header_that_brings_system_calls_along_does_not_open_them(self):
        for call in ("auto n = ::write(1, p, 1);", "pthread_setname_np(t, n);", "syscall(1);"):
            with self.subTest(call):
                text = CPP + call + "\n"
                self.fires("system-headers", {"dialtone/runtime/a.cpp": text, "dialtone/io/a.cpp": text,
                                              "dialtone/runtime/a_test.cpp": text}, "dialtone/runtime/a.cpp:2")
        self.is_silent("system-headers", {"dialtone/runtime/a.cpp": CPP + "::new (p) a; std::move(b); c<d>::e(f);\n"})

    def test_standard_headers_are_nobodys_own(self):
        self.is_silent("system-headers", {"dialtone/runtime/a.cpp": CPP + "#include <thread>\n#include <csignal>\n"})
