// SPDX-License-Identifier: Apache-2.0
// Only what the system answers by itself: no name server is asked.
#include <dialtone/io/name_service.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace dialtone::io {
namespace {

TEST(name_service_test, a_literal_address_comes_once_and_of_its_family) {
  const auto found = addresses_of_host("127.0.0.1", name_family::any);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1u);
  const auto name = found->front().internet();
  ASSERT_TRUE(name);
  EXPECT_FALSE(name->is_v6);
  EXPECT_EQ(name->address[0], 127);
  EXPECT_EQ(name->port, 0);
  EXPECT_TRUE(addresses_of_host("::1", name_family::v6)->front().internet()->is_v6);
  EXPECT_EQ(addresses_of_host("::1", name_family::v4).error().why, lookup_failure::not_found);
}

TEST(name_service_test, what_no_name_can_be_is_not_found) {
  EXPECT_FALSE(addresses_of_host("a..b", name_family::any));
  EXPECT_FALSE(addresses_of_host(std::string(5000, 'a'), name_family::any));
  EXPECT_FALSE(host_of_address(socket_name{}));
}

TEST(name_service_test, services_are_found_both_ways_or_not_at_all) {
  EXPECT_EQ(port_of_service("no-such-service", "tcp").error().why, lookup_failure::not_found);
  EXPECT_EQ(service_of_port(65'533, "tcp").error().why, lookup_failure::not_found);
  const auto port = port_of_service("domain", "udp");
  EXPECT_EQ(port ? service_of_port(*port, "udp").value() : "domain", "domain");
}

TEST(name_service_test, a_file_that_has_changed_has_another_stamp) {
  const std::string path = ::testing::TempDir() + "name_service_test." + std::to_string(::getpid());
  std::ofstream{path} << "one";
  const file_stamp before = stamp_of(path);
  EXPECT_EQ(before, stamp_of(path));
  EXPECT_EQ(read_file(path, 100), "one");
  EXPECT_EQ(read_file(path, 2), "on");
  std::ofstream{path} << "three";
  EXPECT_NE(before, stamp_of(path));
  std::filesystem::remove(path);
  EXPECT_EQ(stamp_of(path), file_stamp{});
  EXPECT_EQ(read_file(path, 100), "");
}

}  // namespace
}  // namespace dialtone::io
