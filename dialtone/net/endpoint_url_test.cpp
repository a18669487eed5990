// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/endpoint_url.hpp>

#include <gtest/gtest.h>

#include <dialtone/base/sendable.hpp>

namespace dialtone {
namespace {

static_assert(sendable<endpoint_url> && std::regular<endpoint_url> && std::three_way_comparable<endpoint_url>);
static_assert(std::is_nothrow_move_constructible_v<endpoint_url>);

endpoint_url parsed_endpoint(std::string_view text) {
  auto parsed = endpoint_url::parse(text);
  EXPECT_TRUE(parsed) << text << ": " << to_string(parsed.error());
  return parsed.value_or(endpoint_url{});
}

std::string fault_of(std::string_view text) {
  const auto parsed = endpoint_url::parse(text);
  return parsed ? "none: " + to_string(*parsed) : to_string(parsed.error());
}

TEST(endpoint_url_test, has_a_scheme_and_an_address) {
  const endpoint_url here = parsed_endpoint("tcp://127.0.0.1:4000");
  EXPECT_EQ(here.scheme(), endpoint_scheme::tcp);
  EXPECT_EQ(here.address(), (socket_address{ip_address::v4(127, 0, 0, 1), 4000}));
  EXPECT_EQ(here.host(), "");
  EXPECT_EQ(here.port(), 4000);
  EXPECT_EQ(here, (endpoint_url{endpoint_scheme::tcp, socket_address{ip_address::v4(127, 0, 0, 1), 4000}}));
  EXPECT_EQ(parsed_endpoint("udp://[::1]:0").scheme(), endpoint_scheme::udp);
  EXPECT_NE(parsed_endpoint("udp://[::1]:0"), parsed_endpoint("tcp://[::1]:0"));
  EXPECT_EQ(endpoint_url{}, parsed_endpoint("tcp://0.0.0.0:0"));
}

TEST(endpoint_url_test, of_a_unix_socket_is_a_path_or_an_abstract_name) {
  const endpoint_url path = parsed_endpoint("unix:/run/me");
  EXPECT_EQ(path.scheme(), endpoint_scheme::local);
  EXPECT_EQ(path.address()->path(), "/run/me");
  EXPECT_EQ(path.port(), 0);
  EXPECT_EQ(parsed_endpoint("unix:here").address()->path(), "here");
  EXPECT_EQ(parsed_endpoint("unix:@me").address()->abstract_name(), "me");
}

TEST(endpoint_url_test, with_a_name_has_no_address_yet_unless_it_is_localhost) {
  const endpoint_url there = parsed_endpoint("tcp://Echo.Example:7");
  EXPECT_EQ(there.address(), std::nullopt);
  EXPECT_EQ(there.host(), "echo.example");
  EXPECT_EQ(there.port(), 7);
  const endpoint_url here = parsed_endpoint("tcp://localhost:7");
  EXPECT_EQ(here.address(), (socket_address{ip_address::v4(127, 0, 0, 1), 7}));
  EXPECT_EQ(here.host(), "localhost");
}

TEST(endpoint_url_test, prints_as_the_text_that_it_is_read_from) {
  for (std::string_view text : {"tcp://127.0.0.1:4000", "tcp://0.0.0.0:0", "tcp://[::1]:65535", "udp://[fe80::1%2]:13",
                                "udp://localhost:13", "tcp://echo.example:7", "unix:/run/me", "unix:me", "unix:@me"})
    EXPECT_EQ(to_string(parsed_endpoint(text)), text);
  EXPECT_EQ(fmt::format("{}", parsed_endpoint("tcp://[0:0::1]:007")), "tcp://[::1]:7");
}

TEST(endpoint_url_test, takes_another_port) {
  EXPECT_EQ(to_string(parsed_endpoint("tcp://[::1]:0").with_port(4000)), "tcp://[::1]:4000");
  EXPECT_EQ(to_string(parsed_endpoint("tcp://here.example:1").with_port(2)), "tcp://here.example:2");
  EXPECT_EQ(to_string(parsed_endpoint("unix:/run/me").with_port(4000)), "unix:/run/me");
}

TEST(endpoint_url_test, without_a_scheme_is_refused) {
  for (std::string_view text : {"", "127.0.0.1:4000", "4000", ":4000", "://a:1", "[::1]:80", "/run/me"})
    EXPECT_EQ(fault_of(text), "it begins neither with tcp://, udp:// nor unix:") << text;
  for (std::string_view text : {"http://a:1", "localhost:4000", "tcps://a:1"})
    EXPECT_EQ(fault_of(text), "the scheme is not one of tcp://, udp:// and unix:") << text;
  EXPECT_EQ(fault_of("tcp:127.0.0.1:1"), "'//' is missing before the host, at character 5");
  EXPECT_EQ(fault_of("udp:/127.0.0.1:1"), "'//' is missing before the host, at character 5");
}

TEST(endpoint_url_test, without_a_right_host_is_refused) {
  EXPECT_EQ(fault_of("tcp://"), "the host is missing (0.0.0.0 or [::] is every interface), at character 7");
  EXPECT_EQ(fault_of("tcp://:80"), "the host is missing (0.0.0.0 or [::] is every interface), at character 7");
  for (std::string_view text : {"tcp://127.0.0.256:1", "tcp://127.1:1", "tcp://a b:1", "tcp://[::1::]:1",
                                "tcp://[127.0.0.1]:1", "tcp://[]:1", "tcp://a/b:1"})
    EXPECT_EQ(fault_of(text), "the host is neither an IP address nor a name, at character 7") << text;
  for (std::string_view text : {"tcp://::1:80", "tcp://[::1:80", "tcp://a:1:2"})
    EXPECT_EQ(fault_of(text), "an IPv6 address stands in brackets, as in [::1]:80, at character 7") << text;
}

TEST(endpoint_url_test, without_a_port_up_to_65535_is_refused) {
  EXPECT_EQ(fault_of("tcp://127.0.0.1"), "the port is missing (:0 is any free one), at character 16");
  EXPECT_EQ(fault_of("tcp://127.0.0.1:"), "the port is missing (:0 is any free one), at character 17");
  EXPECT_EQ(fault_of("tcp://[::1]80"), "the port is missing (:0 is any free one), at character 12");
  EXPECT_EQ(fault_of("tcp://a:80/"), "the port is no number, at character 11");
  EXPECT_EQ(fault_of("tcp://a:-1"), "the port is no number, at character 9");
  EXPECT_EQ(parsed_endpoint("tcp://a:65535").port(), 65'535);
  for (std::string_view text : {"tcp://a:65536", "tcp://a:4294967376", "tcp://a:99999999999999999999"})
    EXPECT_EQ(fault_of(text), "the port is above 65535, at character 9") << text;
}

TEST(endpoint_url_test, with_a_path_of_no_or_too_many_bytes_is_refused) {
  EXPECT_EQ(fault_of("unix:"), "the path is missing, at character 6");
  EXPECT_EQ(fault_of("unix:@"), "the path is missing, at character 7");
  const std::string longest(socket_address::path_limit, 'p');
  EXPECT_EQ(parsed_endpoint("unix:" + longest).address()->path(), longest);
  EXPECT_EQ(parsed_endpoint("unix:@" + longest).address()->abstract_name(), longest);
  EXPECT_EQ(fault_of("unix:" + longest + "p"), "the path is longer than 107 bytes, at character 113");
  EXPECT_EQ(fault_of("unix:@" + longest + "p"), "the path is longer than 107 bytes, at character 114");
  EXPECT_EQ(fault_of(std::string_view{"unix:a\0b", 8}), "a path has no zero byte, at character 7");
}

TEST(endpoint_url_test, cut_anywhere_is_one_or_says_what_is_missing) {
  for (std::string_view text : {"tcp://[fe80::1%2]:4000", "udp://localhost:13", "unix:@me"})
    for (std::size_t size = 0; size < text.size(); ++size) {
      const auto parsed = endpoint_url::parse(text.substr(0, size));
      if (parsed)
        EXPECT_EQ(to_string(*parsed), text.substr(0, size));
      else
        EXPECT_LE(parsed.error().position, size);
    }
}

}  // namespace
}  // namespace dialtone
