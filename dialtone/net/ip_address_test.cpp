// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/ip_address.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <unordered_set>

#include <dialtone/base/sendable.hpp>

namespace dialtone {
namespace {

static_assert(sizeof(ip_address) == 24 && std::is_trivially_copyable_v<ip_address>);
static_assert(sendable<ip_address> && std::regular<ip_address> && std::three_way_comparable<ip_address>);
static_assert(sizeof(address_error) == 8 && sendable<address_error>);
static_assert(ip_address::v4(127, 0, 0, 1) == ip_address::v4(0x7f000001));
static_assert(ip_address::v4(192, 168, 1, 1).is_private() && !ip_address::v4(192, 169, 1, 1).is_private());

ip_address address_of(std::string_view text) {
  auto address = ip_address::parse(text);
  EXPECT_TRUE(address) << text << ": " << to_string(address.error());
  return address.value_or(ip_address{});
}

std::string lenient(std::string_view text) {
  auto address = ip_address::parse_lenient(text);
  return address ? to_string(*address) : "refused";
}

// "fault position", as the tests below write it down.
void expect_fault(std::string_view text, address_fault fault, std::uint32_t position) {
  auto address = ip_address::parse(text);
  ASSERT_FALSE(address) << text << " is taken for " << to_string(*address);
  EXPECT_EQ(address.error(), (address_error{fault, position})) << text << ": " << to_string(address.error());
}

TEST(ip_address_test, an_ipv4_address_is_four_numbers) {
  EXPECT_EQ(address_of("127.0.0.1"), ip_address::v4(127, 0, 0, 1));
  EXPECT_EQ(address_of("255.255.255.255"), ip_address::v4(0xffffffff));
  EXPECT_EQ(address_of("0.0.0.0"), ip_address{});
  EXPECT_EQ(to_string(ip_address::v4(1, 20, 0, 255)), "1.20.0.255");
}

TEST(ip_address_test, an_ipv6_address_is_eight_groups_or_has_one_gap) {
  EXPECT_EQ(address_of("1:2:3:4:5:6:7:8"), ip_address::v6_groups({1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(address_of("::"), ip_address::any(ip_family::v6));
  EXPECT_EQ(address_of("::1"), ip_address::loopback(ip_family::v6));
  EXPECT_EQ(address_of("fe80::"), ip_address::v6_groups({0xfe80, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(address_of("1:2:3:4:5:6:7::"), ip_address::v6_groups({1, 2, 3, 4, 5, 6, 7, 0}));
  EXPECT_EQ(address_of("::2:3:4:5:6:7:8"), ip_address::v6_groups({0, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(address_of("2001:DB8::00ab"), ip_address::v6_groups({0x2001, 0xdb8, 0, 0, 0, 0, 0, 0xab}));
  EXPECT_EQ(address_of("::1.2.3.4"), ip_address::v6_groups({0, 0, 0, 0, 0, 0, 0x102, 0x304}));
  EXPECT_EQ(address_of("64:ff9b::1.2.3.4"), ip_address::v6_groups({0x64, 0xff9b, 0, 0, 0, 0, 0x102, 0x304}));
  EXPECT_EQ(address_of("1:2:3:4:5:6:1.2.3.4"), ip_address::v6_groups({1, 2, 3, 4, 5, 6, 0x102, 0x304}));
}

TEST(ip_address_test, a_scope_is_the_number_of_an_interface) {
  EXPECT_EQ(address_of("fe80::1%7"), ip_address::v6_groups({0xfe80, 0, 0, 0, 0, 0, 0, 1}, 7));
  EXPECT_EQ(to_string(address_of("fe80::1%4294967295")), "fe80::1%4294967295");
  EXPECT_EQ(address_of("fe80::1%0"), address_of("fe80::1"));
  EXPECT_EQ(address_of("fe80::1%7").with_scope(0), address_of("fe80::1"));
  EXPECT_EQ(ip_address::v4(1).with_scope(5), ip_address::v4(1));
  expect_fault("fe80::1%eth0", address_fault::name_as_scope, 8);
  expect_fault("fe80::1%4294967296", address_fault::number_too_large, 18);
  expect_fault("fe80::1%", address_fault::number_expected, 8);
  expect_fault("1.2.3.4%1", address_fault::unexpected, 7);
}

// RFC 5952, 4 and 5.
TEST(ip_address_test, prints_the_one_form_of_rfc_5952) {
  for (auto [text, printed] :
       std::initializer_list<std::pair<const char*, const char*>>{{"2001:0db8::0001", "2001:db8::1"},
                                                                  {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
                                                                  {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
                                                                  {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
                                                                  {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
                                                                  {"2001:DB8::ABCD", "2001:db8::abcd"},
                                                                  {"0:0:0:0:0:ffff:192.0.2.1", "::ffff:192.0.2.1"},
                                                                  {"1:0:0:0:0:0:0:0", "1::"},
                                                                  {"0:0:0:0:0:0:0:0", "::"},
                                                                  {"0:2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
                                                                  {"::1.2.3.4", "::102:304"}})
    EXPECT_EQ(to_string(address_of(text)), printed);
  EXPECT_EQ(fmt::format("{:>10}|", ip_address::v4(1, 2, 3, 4)), "   1.2.3.4|");
}

TEST(ip_address_test, what_is_no_address_is_refused_with_the_fault_and_its_place) {
  expect_fault("", address_fault::empty, 0);
  expect_fault("1.2.3", address_fault::too_few_parts, 5);
  expect_fault("1.2.3.", address_fault::number_expected, 6);
  expect_fault("1..3.4", address_fault::number_expected, 2);
  expect_fault("1.2.3.4.5", address_fault::too_many_parts, 7);
  expect_fault("1.2.3.4 ", address_fault::unexpected, 7);
  expect_fault(" 1.2.3.4", address_fault::unexpected, 0);
  expect_fault("1.2.3.256", address_fault::number_too_large, 6);
  expect_fault("1.2.3.99999999999999999999999", address_fault::number_too_large, 6);
  expect_fault("1.2.3.04", address_fault::leading_zero, 6);
  expect_fault("1.2.3.-4", address_fault::unexpected, 6);
  expect_fault("example.org", address_fault::unexpected, 0);
  expect_fault("1:2:3:4:5:6:7", address_fault::too_few_parts, 13);
  expect_fault("1:2:3:4:5:6:7:8:9", address_fault::too_many_parts, 16);
  expect_fault("1:2:3:4::5:6:7:8", address_fault::too_many_parts, 16);
  expect_fault("1::2::3", address_fault::second_gap, 4);
  expect_fault("1:::3", address_fault::number_expected, 3);
  expect_fault(":1::", address_fault::number_expected, 0);
  expect_fault("1:", address_fault::number_expected, 2);
  expect_fault("1::2:", address_fault::number_expected, 5);
  expect_fault("::12345", address_fault::number_too_large, 2);
  expect_fault("::g", address_fault::unexpected, 2);
  expect_fault("::1.2.3.4:5", address_fault::unexpected, 9);
  expect_fault("1:2:3:4:5:6:7:1.2.3.4", address_fault::too_many_parts, 14);
  expect_fault("::1.2.3", address_fault::too_few_parts, 7);
  expect_fault(std::string(65, '1'), address_fault::too_long, 64);
  expect_fault(std::string_view{"1.2.3.4\0", 8}, address_fault::unexpected, 7);
}

TEST(ip_address_test, a_fault_is_a_sentence) {
  EXPECT_EQ(to_string(ip_address::parse("1.2.3.256").error()), "a number is too large, at character 7");
  EXPECT_EQ(to_string(ip_address::parse("").error()), "the address is empty");
}

TEST(ip_address_test, every_cut_of_an_address_is_an_address_or_a_fault_within_it) {
  for (std::string_view text : {"2001:db8:1::ffff:1.2.3.4%12", "123.234.210.199", "1:2:3:4:5:6:7:8"})
    for (std::size_t size = 0; size <= text.size(); ++size) {
      auto address = ip_address::parse(text.substr(0, size));
      if (address) {
        EXPECT_EQ(ip_address::parse(to_string(*address)), address) << text.substr(0, size);
      } else {
        EXPECT_LE(address.error().position, size) << text.substr(0, size);
      }
    }
}

TEST(ip_address_test, the_lenient_form_is_that_of_inet_aton) {
  EXPECT_EQ(lenient("127.1"), "127.0.0.1");
  EXPECT_EQ(lenient("1.2.3"), "1.2.0.3");
  EXPECT_EQ(lenient("2130706433"), "127.0.0.1");
  EXPECT_EQ(lenient("0x7f.0X1"), "127.0.0.1");
  EXPECT_EQ(lenient("0177.010.0.01"), "127.8.0.1");
  EXPECT_EQ(lenient("4294967295"), "255.255.255.255");
  EXPECT_EQ(lenient("1.65536"), "1.1.0.0");
  EXPECT_EQ(lenient("::1"), "::1");
  for (const char* text : {"4294967296", "1.16777216", "1.2.65536", "1.2.3.256", "256.1", "08", "0x", "1.", ".1",
                           "1.2.3.4.", "1.2.3.4.5", "0xg", "1 ", "::1.2.3.04", "::0x1.2.3.4", ""})
    EXPECT_EQ(lenient(text), "refused") << text;
}

TEST(ip_address_test, mapped_addresses_go_both_ways) {
  const ip_address v4 = ip_address::v4(1, 2, 3, 4);
  EXPECT_EQ(to_string(v4.mapped()), "::ffff:1.2.3.4");
  EXPECT_TRUE(v4.mapped().is_v4_mapped());
  EXPECT_EQ(v4.mapped().unmapped(), v4);
  EXPECT_NE(v4.mapped(), v4);
  EXPECT_EQ(v4.unmapped(), v4);
  EXPECT_EQ(address_of("::1").mapped(), address_of("::1"));
  EXPECT_EQ(address_of("::1").unmapped(), address_of("::1"));
  EXPECT_FALSE(address_of("::fffe:1.2.3.4").is_v4_mapped());
}

// The first and the last of each block, and their neighbours outside.
TEST(ip_address_test, kinds_of_addresses_end_where_their_blocks_end) {
  using kind = bool (ip_address::*)() const;
  auto check = [](kind is, std::initializer_list<const char*> inside, std::initializer_list<const char*> outside) {
    for (const char* text : inside) EXPECT_TRUE((address_of(text).*is)()) << text;
    for (const char* text : outside) EXPECT_FALSE((address_of(text).*is)()) << text;
  };
  check(&ip_address::is_unspecified, {"0.0.0.0", "::", "::ffff:0.0.0.0"}, {"0.0.0.1", "::1"});
  check(&ip_address::is_loopback, {"127.0.0.0", "127.255.255.255", "::1", "::ffff:127.0.0.1"},
        {"126.255.255.255", "128.0.0.0", "::", "::2", "::7f00:1"});
  check(&ip_address::is_private,
        {"10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255",
         "fc00::", "fdff::", "::ffff:10.0.0.1"},
        {"9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0",
         "fbff::", "fe00::"});
  check(&ip_address::is_shared, {"100.64.0.0", "100.127.255.255"}, {"100.63.255.255", "100.128.0.0", "6440::"});
  check(&ip_address::is_link_local, {"169.254.0.0", "169.254.255.255", "fe80::", "febf::1", "fe80::1%3"},
        {"169.253.255.255", "169.255.0.0", "fe7f::", "fec0::"});
  check(&ip_address::is_multicast, {"224.0.0.0", "239.255.255.255", "ff00::", "ff02::1"},
        {"223.255.255.255", "240.0.0.0", "fe00::"});
  check(&ip_address::is_broadcast, {"255.255.255.255"}, {"255.255.255.254", "ffff::"});
  check(&ip_address::is_documentation, {"192.0.2.0", "198.51.100.7", "203.0.113.255", "2001:db8::", "2001:db8:ffff::"},
        {"192.0.3.0", "198.51.101.0", "203.0.112.0", "2001:db9::"});
}

TEST(ip_address_test, order_is_family_then_value_then_scope) {
  EXPECT_LT(ip_address::v4(0xffffffff), address_of("::"));
  EXPECT_LT(ip_address::v4(9, 0, 0, 0), ip_address::v4(10, 0, 0, 0));
  EXPECT_LT(address_of("fe80::1%9"), address_of("fe80::2%1"));
  EXPECT_LT(address_of("fe80::1%1"), address_of("fe80::1%2"));
}

TEST(ip_address_test, equal_addresses_have_one_hash_and_others_rarely) {
  std::unordered_set<std::size_t> hashes;
  for (std::uint32_t i = 0; i < 10'000; ++i) hashes.insert(std::hash<ip_address>{}(ip_address::v4(0x0a000000 + i)));
  EXPECT_EQ(hashes.size(), 10'000u);
  EXPECT_EQ(std::hash<ip_address>{}(address_of("::1")), std::hash<ip_address>{}(ip_address::loopback(ip_family::v6)));
  EXPECT_NE(std::hash<ip_address>{}(address_of("fe80::1%1")), std::hash<ip_address>{}(address_of("fe80::1%2")));
}

TEST(ip_address_test, bytes_are_in_the_order_in_which_they_travel) {
  EXPECT_EQ(ip_address::v4(1, 2, 3, 4).bytes().size(), 4u);
  EXPECT_EQ(ip_address::v4(1, 2, 3, 4).bytes()[0], 1);
  const ip_address v6 = address_of("2001:db8::5");
  EXPECT_EQ(v6.bytes().size(), 16u);
  EXPECT_EQ(v6.bytes()[1], 1);
  EXPECT_EQ(v6.group(1), 0xdb8);
}

}  // namespace
}  // namespace dialtone
