// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/ip_network.hpp>

#include <gtest/gtest.h>

#include <dialtone/base/sendable.hpp>

namespace dialtone {
namespace {

static_assert(sendable<ip_network> && std::regular<ip_network> && std::three_way_comparable<ip_network>);

ip_network network_of(std::string_view text) { return ip_network::parse(text).value(); }
ip_address member(std::string_view text) { return ip_address::parse(text).value(); }

TEST(ip_network_test, contains_what_begins_with_its_bits) {
  const ip_network ten = network_of("10.0.0.0/8");
  EXPECT_TRUE(ten.contains(member("10.0.0.0")));
  EXPECT_TRUE(ten.contains(member("10.255.255.255")));
  EXPECT_TRUE(ten.contains(member("::ffff:10.1.2.3")));
  EXPECT_FALSE(ten.contains(member("11.0.0.0")));
  EXPECT_FALSE(ten.contains(member("a00::")));
  const ip_network odd = network_of("2001:db8:8000::/33");
  EXPECT_TRUE(odd.contains(member("2001:db8:ffff::1%4")));
  EXPECT_FALSE(odd.contains(member("2001:db8:7fff::1")));
  EXPECT_TRUE(network_of("0.0.0.0/0").contains(member("255.1.2.3")));
  EXPECT_FALSE(network_of("0.0.0.0/0").contains(member("::1")));
  EXPECT_TRUE(network_of("::1/128").contains(member("::1")));
  EXPECT_FALSE(network_of("::1/128").contains(member("::2")));
}

TEST(ip_network_test, contains_the_networks_inside_of_it) {
  EXPECT_TRUE(network_of("10.0.0.0/8").contains(network_of("10.1.0.0/16")));
  EXPECT_TRUE(network_of("10.0.0.0/8").contains(network_of("10.0.0.0/8")));
  EXPECT_FALSE(network_of("10.1.0.0/16").contains(network_of("10.0.0.0/8")));
  EXPECT_FALSE(network_of("::/0").contains(network_of("10.0.0.0/8")));
}

TEST(ip_network_test, knows_its_mask_and_its_ends) {
  const ip_network net = network_of("192.168.128.0/17");
  EXPECT_EQ(to_string(net.netmask()), "255.255.128.0");
  EXPECT_EQ(to_string(net.address()), "192.168.128.0");
  EXPECT_EQ(to_string(net.last()), "192.168.255.255");
  EXPECT_EQ(to_string(network_of("2001:db8::/36").last()), "2001:db8:fff:ffff:ffff:ffff:ffff:ffff");
  EXPECT_EQ(fmt::format("{}", ip_network(member("10.1.2.3"), 12)), "10.0.0.0/12");
  EXPECT_EQ(ip_network{}, network_of("0.0.0.0/0"));
}

TEST(ip_network_test, a_mask_is_ones_before_zeros) {
  for (std::uint8_t length = 0; length <= 128; ++length) {
    const ip_network net{ip_address::any(ip_family::v6), length};
    EXPECT_EQ(prefix_length_of(net.netmask()), length);
    if (length <= 32) EXPECT_EQ(prefix_length_of(ip_network({}, length).netmask()), length);
  }
  EXPECT_FALSE(prefix_length_of(member("255.0.255.0")));
  EXPECT_FALSE(prefix_length_of(member("0.0.0.1")));
}

TEST(ip_network_test, what_is_no_network_is_refused_with_the_fault_and_its_place) {
  auto fault = [](std::string_view text) { return ip_network::parse(text).error(); };
  EXPECT_EQ(fault(""), (address_error{address_fault::empty, 0}));
  EXPECT_EQ(fault("10.0.0.0"), (address_error{address_fault::prefix_expected, 8}));
  EXPECT_EQ(fault("10.0.0.0/"), (address_error{address_fault::number_expected, 9}));
  EXPECT_EQ(fault("10.0.0.0/33"), (address_error{address_fault::prefix_too_long, 9}));
  EXPECT_EQ(fault("::/129"), (address_error{address_fault::prefix_too_long, 3}));
  EXPECT_EQ(fault("10.0.0.0/8 "), (address_error{address_fault::unexpected, 10}));
  EXPECT_EQ(fault("10.0.0.0/08"), (address_error{address_fault::leading_zero, 9}));
  EXPECT_EQ(fault("10.0.0.1/8"), (address_error{address_fault::host_bits, 0}));
  EXPECT_EQ(fault("10.0.0/8"), (address_error{address_fault::too_few_parts, 6}));
}

TEST(ip_network_test, a_prefix_longer_than_the_address_is_a_fault_of_the_caller) {
  EXPECT_DEATH(static_cast<void>(ip_network({}, 33)), "a prefix is no longer than the address");
}

}  // namespace
}  // namespace dialtone
