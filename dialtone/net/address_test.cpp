// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/address.hpp>

#include <gtest/gtest.h>

#include <set>
#include <unordered_set>

#include <dialtone/base/sendable.hpp>

namespace dialtone {
namespace {

static_assert(sizeof(socket_address) <= 40 && std::is_nothrow_move_constructible_v<socket_address>);
static_assert(sendable<socket_address> && std::regular<socket_address> && std::three_way_comparable<socket_address>);

socket_address parsed(std::string_view text) {
  auto address = socket_address::parse(text);
  EXPECT_TRUE(address) << text << ": " << to_string(address.error());
  return address.value_or(socket_address{});
}

TEST(address_test, an_address_of_the_internet_is_an_ip_and_a_port) {
  const socket_address here{ip_address::v4(127, 0, 0, 1), 4000};
  EXPECT_TRUE(here.is_ip());
  EXPECT_EQ(here.ip(), ip_address::v4(127, 0, 0, 1));
  EXPECT_EQ(here.port(), 4000);
  EXPECT_EQ(here.path(), "");
  EXPECT_EQ(to_string(here), "127.0.0.1:4000");
  EXPECT_EQ(to_string(here.with_port(0)), "127.0.0.1:0");
  EXPECT_EQ(parsed("127.0.0.1:4000"), here);
  EXPECT_EQ(to_string(parsed("[fe80::1%2]:65535")), "[fe80::1%2]:65535");
  EXPECT_EQ(to_string(socket_address{}), "0.0.0.0:0");
}

TEST(address_test, a_unix_address_is_a_path_or_an_abstract_name_or_none) {
  const socket_address path = parsed("unix:/run/echo.socket");
  EXPECT_TRUE(path.is_unix());
  EXPECT_EQ(path.path(), "/run/echo.socket");
  EXPECT_EQ(path.port(), 0);
  EXPECT_EQ(path.with_port(5), path);
  EXPECT_FALSE(path.is_abstract() || path.is_unnamed());
  const socket_address abstract = parsed("unix:@echo");
  EXPECT_TRUE(abstract.is_abstract());
  EXPECT_EQ(abstract.abstract_name(), "echo");
  EXPECT_EQ(abstract.path(), "");
  EXPECT_NE(abstract, parsed("unix:echo"));
  EXPECT_TRUE(parsed("unix:").is_unnamed());
  EXPECT_EQ(parsed("unix:"), socket_address::unix_unnamed());
  for (std::string_view text : {"unix:/run/echo.socket", "unix:@echo", "unix:", "unix:relative"})
    EXPECT_EQ(to_string(parsed(text)), text);
  EXPECT_EQ(to_string(*socket_address::unix_abstract(std::string_view{"\0a\xff", 3})), "unix:@\\x00a\\xff");
}

TEST(address_test, a_unix_name_has_107_bytes_and_no_more) {
  const std::string longest(107, 'p');
  EXPECT_EQ(socket_address::unix_path(longest)->path(), longest);
  EXPECT_EQ(socket_address::unix_abstract(longest)->abstract_name(), longest);
  EXPECT_EQ(socket_address::unix_path(longest + "p").error(), (address_error{address_fault::too_long, 107}));
  EXPECT_EQ(socket_address::unix_abstract(longest + "p").error(), (address_error{address_fault::too_long, 107}));
  EXPECT_EQ(socket_address::unix_path("").error(), (address_error{address_fault::empty, 0}));
  EXPECT_EQ(socket_address::unix_path(std::string_view{"a\0b", 3}).error(),
            (address_error{address_fault::zero_byte, 1}));
  EXPECT_EQ(socket_address::unix_abstract("")->is_abstract(), true);
}

TEST(address_test, what_is_no_address_is_refused_with_the_fault_and_its_place) {
  auto fault = [](std::string_view text) { return socket_address::parse(text).error(); };
  EXPECT_EQ(fault(""), (address_error{address_fault::empty, 0}));
  EXPECT_EQ(fault("127.0.0.1"), (address_error{address_fault::port_expected, 9}));
  EXPECT_EQ(fault("127.0.0.1:"), (address_error{address_fault::port_expected, 10}));
  EXPECT_EQ(fault("127.0.0.1:65536"), (address_error{address_fault::number_too_large, 10}));
  EXPECT_EQ(fault("127.0.0.1:080"), (address_error{address_fault::leading_zero, 10}));
  EXPECT_EQ(fault("127.0.0.1:80x"), (address_error{address_fault::unexpected, 12}));
  EXPECT_EQ(fault("127.0.0.1:http"), (address_error{address_fault::unexpected, 10}));
  EXPECT_EQ(fault("127.0.0.256:80"), (address_error{address_fault::number_too_large, 8}));
  EXPECT_EQ(fault("::1:80"), (address_error{address_fault::brackets_missing, 0}));
  EXPECT_EQ(fault("[::1]"), (address_error{address_fault::port_expected, 5}));
  EXPECT_EQ(fault("[::1"), (address_error{address_fault::port_expected, 4}));
  EXPECT_EQ(fault("[::1]80"), (address_error{address_fault::unexpected, 5}));
  EXPECT_EQ(fault("[::g]:80"), (address_error{address_fault::unexpected, 3}));
  EXPECT_EQ(fault("[1.2.3.4]:80"), (address_error{address_fault::unexpected, 0}));
  EXPECT_EQ(fault("[]:80"), (address_error{address_fault::unexpected, 0}));
  EXPECT_EQ(fault(":80"), (address_error{address_fault::empty, 0}));
  EXPECT_EQ(fault(std::string_view{"unix:a\0", 7}), (address_error{address_fault::zero_byte, 6}));
  EXPECT_EQ(fault("unix:@" + std::string(108, 'n')), (address_error{address_fault::too_long, 113}));
}

TEST(address_test, the_systems_form_and_back_is_the_same) {
  const std::string longest(107, 'p');
  for (const socket_address& address :
       {parsed("1.2.3.4:5"), parsed("[fe80::1%9]:65535"), parsed("unix:/run/a"), parsed("unix:@a"), parsed("unix:"),
        *socket_address::unix_path(longest), *socket_address::unix_abstract(longest),
        *socket_address::unix_abstract(std::string_view{"a\0b\0", 4}), *socket_address::unix_abstract("")})
    EXPECT_EQ(from_socket_name(to_socket_name(address)), address) << to_string(address);
}

TEST(address_test, a_cut_name_of_the_system_is_none_or_a_shorter_path) {
  EXPECT_FALSE(from_socket_name(io::socket_name{}));
  for (const char* text : {"1.2.3.4:5", "[::1]:5"}) {
    const io::socket_name whole = to_socket_name(parsed(text));
    for (std::uint32_t size = 0; size < whole.size; ++size) {
      io::socket_name cut = whole;
      cut.size = size;
      EXPECT_FALSE(from_socket_name(cut)) << text << " cut at " << size;
    }
  }
  io::socket_name cut = to_socket_name(parsed("unix:/run/a"));
  cut.size -= 3;
  EXPECT_EQ(from_socket_name(cut), parsed("unix:/run"));
}

TEST(address_test, order_and_hash_tell_all_kinds_apart) {
  const std::set<socket_address> ordered{parsed("1.2.3.4:5"), parsed("1.2.3.4:6"), parsed("[::1]:5"),  parsed("unix:a"),
                                         parsed("unix:@a"),   parsed("unix:"),     parsed("1.2.3.4:5")};
  EXPECT_EQ(ordered.size(), 6u);
  const std::unordered_set<socket_address> hashed{ordered.begin(), ordered.end()};
  EXPECT_EQ(hashed.size(), 6u);
  EXPECT_LT(parsed("1.2.3.4:5"), parsed("1.2.3.4:6"));
  EXPECT_LT(parsed("[ffff::]:5"), parsed("unix:"));
}

TEST(address_test, the_ip_of_a_unix_address_is_a_fault_of_the_caller) {
  EXPECT_DEATH(static_cast<void>(parsed("unix:a").ip()), "a Unix address has no IP address");
}

}  // namespace
}  // namespace dialtone
