// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/interfaces.hpp>

#include <gtest/gtest.h>
#include <net/if.h>

#include <algorithm>
#include <set>

#include <dialtone/base/sendable.hpp>
#include <dialtone/net/ip_network.hpp>

namespace dialtone {
namespace {

static_assert(sendable<network_interface> && std::regular<network_interface>);

std::vector<network_interface> all_of_them() { return interfaces().value(); }

TEST(interfaces_test, the_loopback_interface_has_the_loopback_addresses) {
  const auto list = all_of_them();
  auto loopback = std::ranges::find_if(list, [](const network_interface& one) { return one.flags.loopback; });
  ASSERT_NE(loopback, list.end());
  EXPECT_EQ(loopback->name, "lo");
  EXPECT_GE(loopback->mtu, 1280u);
  EXPECT_TRUE(loopback->hardware_address.empty());
  EXPECT_FALSE(loopback->flags.broadcast);
  for (const interface_address& one : loopback->addresses) {
    if (!one.address.is_loopback()) continue;
    EXPECT_EQ(prefix_length_of(one.netmask.value()), one.address.is_v4() ? 8 : 128);
    EXPECT_FALSE(one.broadcast);
  }
}

TEST(interfaces_test, each_is_listed_once_with_the_index_that_the_system_knows) {
  std::set<std::string> names;
  for (const network_interface& one : all_of_them()) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    EXPECT_EQ(one.index, ::if_nametoindex(one.name.c_str())) << one.name;
    EXPECT_GT(one.index, 0u);
    EXPECT_LE(one.hardware_address.size(), 8u);
  }
}

TEST(interfaces_test, addresses_have_masks_and_link_local_ones_their_scope) {
  for (const network_interface& one : all_of_them())
    for (const interface_address& at : one.addresses) {
      ASSERT_TRUE(at.netmask) << one.name;
      EXPECT_EQ(at.netmask->family(), at.address.family());
      EXPECT_TRUE(prefix_length_of(*at.netmask)) << to_string(*at.netmask);
      if (at.broadcast) EXPECT_TRUE(at.address.is_v4() && at.broadcast->is_v4());
      if (at.address.is_v6() && at.address.is_link_local()) EXPECT_EQ(at.address.scope(), one.index);
    }
}

}  // namespace
}  // namespace dialtone
