# SPDX-License-Identifier: Apache-2.0
import unittest

from .blocks import Unbalanced, inside_function, scan
from .source import Source


def kinds(text):
    return [block.kind for block in scan(Source("a.cpp", text).statements) if block.kind != "inner"]


class BlocksTest(unittest.TestCase):
    def test_namespaces_classes_and_functions_are_told_apart(self):
        self.assertEqual(kinds("namespace a::b { class x final : public y<z> { void f() const { if (1) { } } }; }"),
                         ["namespace", "class", "function"])
        self.assertEqual(kinds('extern "C" { struct s { int a; }; enum class e : int { one }; }'),
                         ["namespace", "class", "class"])

    def test_templates_attributes_and_labels_do_not_hide_a_class(self):
        self.assertEqual(kinds("template <class A, class B = x<A>> struct alignas(64) s { };"), ["class"])
        self.assertEqual(kinds("class a { public: struct [[nodiscard]] b { }; };"), ["class", "class"])

    def test_functions_in_many_clothes(self):
        for text in ("auto f() -> int { }", "template <class A> requires (sizeof(A) > 1) void f(A) noexcept { }",
                     "struct addrinfo* f(int a) { }", "TEST(suite, name) { }", "bool operator()(int) const { }",
                     "a::a(int b) : b_(b) { }", "auto f = [](int x) { };", "struct sockaddr f() { }"):
            self.assertEqual(kinds(text), ["function"], text)

    def test_lambdas_outside_of_functions_are_functions(self):
        for text in ("auto f = [] -> int { };", "auto f = [&] mutable { };", "int a = call([] { });",
                     "int a = call(1, [b]<class C>(C c) noexcept -> int { });"):
            self.assertEqual(kinds(text), ["function"], text)
        self.assertEqual(kinds('kind table[] = {{"a", [](int b) -> int { }}, {"b", [] { }}};'),
                         ["other", "other", "function", "other", "function"])

    def test_an_array_is_no_lambda(self):
        self.assertEqual(kinds("int a = {b[1]}; auto c = d(e[2], {1, 2}); f g[] = {{h[3], {4}}};"),
                         ["other"] * 5)

    def test_a_body_behind_braced_member_initializers_is_a_function(self):
        self.assertEqual(kinds("a::a(int b) : b_{b}, c_{1} { work(); }")[-1], "function")

    def test_an_initializer_is_no_function(self):
        self.assertEqual(kinds("constexpr int table[] = {1, 2}; int other{3}; auto list = make({1, 2});"),
                         ["other", "other", "other"])

    def test_directives_comments_and_strings_do_not_count(self):
        self.assertEqual(kinds('#define OPEN {\\\n {\nvoid f() { g("{", \'{\', R"({)"); /* { */ } // {'), ["function"])

    def test_braces_that_do_not_match_are_said(self):
        for text in ("void f() {", "}", "void f() { g( }"):
            self.assertRaises(Unbalanced, scan, text)

    def test_a_place_knows_whether_it_is_in_a_function(self):
        text = "namespace a { int b; void f() { int c; } }"
        blocks = scan(text)
        self.assertFalse(inside_function(blocks, text.index("b;")))
        self.assertTrue(inside_function(blocks, text.index("c;")))
