// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/http_line.hpp>

#include <string>
#include <variant>

#include <gtest/gtest.h>

#include <dialtone/base/sendable.hpp>

namespace dialtone {
namespace {

static_assert(sendable<http_packet>);

http_request request(const bytes& line) {
  const http_packet parsed = parse_http_start_line(line);
  const auto* found = std::get_if<http_request>(&parsed);
  if (!found) ADD_FAILURE() << "no request: " << line.view();
  return found ? *found : http_request{};
}

http_uri uri(const std::string& text) { return request(bytes("GET " + text + " HTTP/1.1\r\n")).uri; }

http_uri absolute(const char* host, std::optional<std::uint16_t> port, const char* path) {
  return {.form = http_uri_form::absolute_uri, .scheme = "http", .host = host, .port = port, .path = path};
}

http_header header(const bytes& line) {
  const http_packet parsed = parse_http_header_line(line);
  const auto* found = std::get_if<http_header>(&parsed);
  if (!found) ADD_FAILURE() << "no header: " << line.view();
  return found ? *found : http_header{};
}

TEST(http_line, takes_a_request_apart) {
  const http_uri path{.form = http_uri_form::abs_path, .path = "/a?b=c"};
  EXPECT_EQ(request("GET /a?b=c HTTP/1.1\r\n"), (http_request{"GET", path, {1, 1}}));
  EXPECT_EQ(request("PROPFIND \t /a?b=c\t HTTP/12.34 \n"), (http_request{"PROPFIND", path, {12, 34}}));
  EXPECT_EQ(request("GET /a?b=c\r\n"), (http_request{"GET", path, {0, 9}}));
  EXPECT_EQ(request("GET /a?b=c  \n"), (http_request{"GET", path, {0, 9}}));
}

TEST(http_line, takes_a_response_apart) {
  EXPECT_EQ(parse_http_start_line("HTTP/1.1 404 Not Found\r\n"), http_packet(http_response{{1, 1}, 404, "Not Found"}));
  EXPECT_EQ(parse_http_start_line("HTTP/1.0 200\n"), http_packet(http_response{{1, 0}, 200, ""}));
  EXPECT_EQ(parse_http_start_line("HTTP/1.1 \t200  \r\n"), http_packet(http_response{{1, 1}, 200, ""}));
  EXPECT_EQ(parse_http_start_line("HTTP/1.1 \r\n"), http_packet(http_response{{1, 1}, 0, ""}));
}

TEST(http_line, knows_the_forms_of_a_uri) {
  EXPECT_EQ(uri("*"), (http_uri{.form = http_uri_form::star, .path = "*"}));
  EXPECT_EQ(uri("/"), (http_uri{.form = http_uri_form::abs_path, .path = "/"}));
  EXPECT_EQ(uri("x"), (http_uri{.form = http_uri_form::abs_path, .path = "x"}));
  EXPECT_EQ(uri("mailto:a@b"), (http_uri{.form = http_uri_form::scheme, .scheme = "mailto", .path = "a@b"}));
  EXPECT_EQ(uri("host:443"), (http_uri{.form = http_uri_form::scheme, .scheme = "host", .path = "443"}));
  EXPECT_EQ(uri("word"), (http_uri{.form = http_uri_form::other, .path = "word"}));
}

TEST(http_line, takes_an_absolute_uri_apart) {
  EXPECT_EQ(uri("http://a.b:8080/c?d"), absolute("a.b", 8080, "/c?d"));
  EXPECT_EQ(uri("HTTP://a"), absolute("a", std::nullopt, "/"));
  EXPECT_EQ(uri("http://"), absolute("", std::nullopt, "/"));
  EXPECT_EQ(uri("http://a:65535/"), absolute("a", 65535, "/"));
  EXPECT_EQ(uri("http://[::1]/"), absolute("[::1]", std::nullopt, "/"));
  EXPECT_EQ(uri("http://[::1]:80/"), absolute("[::1]", 80, "/"));
  EXPECT_EQ(uri("http://[::1/"), absolute("[", std::nullopt, "/"));
  const http_uri secure = uri("hTTpS://a:1/b");
  EXPECT_EQ(secure.scheme, "https");
  EXPECT_EQ(secure.port, 1);
}

TEST(http_line, a_port_that_is_none_is_left_out) {
  for (const char* port : {"0", "65536", "99999999999", "8a", "", "-1", "1:2"}) {
    EXPECT_EQ(uri(std::string("http://a:") + port + "/"), absolute("a", std::nullopt, "/")) << port;
  }
}

TEST(http_line, a_first_line_that_is_none_of_http_is_an_error) {
  for (const char* line : {"\r\n",
                           "\n",
                           "GET\r\n",
                           "GET \r\n",
                           " / HTTP/1.1\r\n",
                           "G(T / HTTP/1.1\r\n",
                           "G\x7f / HTTP/1.1\r\n",
                           "GET / HTTP\r\n",
                           "GET / HTTP/1\r\n",
                           "GET / HTTP/1.\r\n",
                           "GET / HTTP/.1\r\n",
                           "GET / HTTP/a.1\r\n",
                           "GET / http/1.1\r\n",
                           "GET / HTTP/1.1x\r\n",
                           "GET / a HTTP/1.1\r\n",
                           "GET / HTTP/4294967296.1\r\n",
                           "HTTP/1 200 OK\r\n",
                           "HTTP/.1 200 OK\r\n",
                           "HTTP/1.1\r\n",
                           "HTTP/1.1200 OK\r\n",
                           "HTTP/1.1 2a\r\n",
                           "HTTP/1.1 OK\r\n",
                           "HTTP/1.1 4294967296 OK\r\n",
                           "HTTP/1.4294967296 1\r\n",
                           "HTTP/\r\n"}) {
    EXPECT_EQ(parse_http_start_line(line), http_packet(http_error{line})) << line;
  }
}

TEST(http_line, takes_a_header_field_apart) {
  EXPECT_EQ(header("hOST:a\r\n"), (http_header{14, "Host", "hOST", "a"}));
  EXPECT_EQ(header("Cache-control: \t a b \r\n"), (http_header{1, "Cache-Control", "Cache-control", "a b "}));
  EXPECT_EQ(header("proxy-connection:\n"), (http_header{52, "Proxy-Connection", "proxy-connection", ""}));
  EXPECT_EQ(header("x--FOO-1b: c\n"), (http_header{0, "X--foo-1b", "x--FOO-1b", "c"}));
  EXPECT_EQ(header(": a\r\n"), (http_header{0, "", "", "a"}));
}

TEST(http_line, a_value_keeps_the_lines_that_continue_it) {
  EXPECT_EQ(header("Via: a\r\n b\r\n\tc\r\n").value, "a\r\n b\r\n\tc");
}

TEST(http_line, a_name_of_50_characters_is_the_longest_that_gets_its_usual_form) {
  const std::string longest(50, 'a'), longer(51, 'a');
  EXPECT_EQ(header(bytes(longest + ": b\n")).name, "A" + longest.substr(1));
  EXPECT_EQ(header(bytes(longer + ": b\n")).name, longer);
}

TEST(http_line, the_parts_are_slices_of_the_line) {
  const bytes line("Content-Type: " + std::string(100, 'a') + "\r\n");
  EXPECT_EQ(header(line).value.data(), line.data() + 14);
}

TEST(http_line, an_empty_line_ends_the_headers) {
  EXPECT_EQ(parse_http_header_line("\r\n"), http_packet(http_eoh{}));
  EXPECT_EQ(parse_http_header_line("\n"), http_packet(http_eoh{}));
  for (const char* line : {"\r\n", "\n", " \r\n", "\r\r\n", "a: b\r\n", "a b\n", ":\n", "\r"})
    EXPECT_EQ(detail::ends_http_headers(line), std::holds_alternative<http_eoh>(parse_http_header_line(line))) << line;
}

TEST(http_line, a_line_without_a_name_and_a_colon_is_no_header_field) {
  for (const char* line :
       {"Host\r\n", "Host : a\r\n", " a: b\r\n", "a b: c\r\n", "a\xc3\xa4: c\r\n", "\r\r\n", "a\x7f: b\n"}) {
    EXPECT_EQ(parse_http_header_line(line), http_packet(http_error{line})) << line;
  }
}

}  // namespace
}  // namespace dialtone
