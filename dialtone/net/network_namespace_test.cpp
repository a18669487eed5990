// SPDX-License-Identifier: Apache-2.0
// Where the tests may not make or enter a namespace, they show that this is said.
#include <gtest/gtest.h>

#include <dialtone/net/fresh_namespace_test.hpp>
#include <dialtone/net/tcp_ends_test.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace_tests::fresh_namespace;
using tcp_ends::on_each_driver;

TEST(network_namespace, a_listener_in_another_one_has_ports_of_its_own) {
  on_each_driver([]() -> process<> {
    const fresh_namespace other;
    auto here = co_await tcp::listen({.address = "0.0.0.0"});
    const std::uint16_t port = here->local_address().port();
    auto there = co_await tcp::listen({.address = "0.0.0.0", .port = port, .network_namespace = other.path()});
    if (other.is_there()) {
      EXPECT_EQ(there->local_address().port(), port);
    } else {
      EXPECT_EQ(there.error(), std::errc::operation_not_permitted);
    }
    // The scheduler's thread has stayed where it was.
    EXPECT_TRUE(co_await tcp::connect("127.0.0.1", port, {}, 5s));
  });
}

TEST(network_namespace, a_connect_from_another_one_finds_nothing_of_this_one) {
  on_each_driver([]() -> process<> {
    const fresh_namespace other;
    auto here = co_await tcp::listen({.address = "127.0.0.1"});
    auto lost = co_await tcp::connect(
        {.host = "127.0.0.1", .port = here->local_address().port(), .network_namespace = other.path(), .limit = 5s});
    EXPECT_EQ(lost.error(), other.is_there() ? std::errc::network_unreachable : std::errc::operation_not_permitted);
  });
}

TEST(network_namespace, what_is_none_is_refused_by_its_name) {
  on_each_driver([]() -> process<> {
    auto missing = co_await tcp::listen({.address = "0.0.0.0", .network_namespace = "/no/such/namespace"});
    EXPECT_EQ(missing.error(), std::errc::no_such_file_or_directory);
    EXPECT_EQ(missing.error().name(), "/no/such/namespace");
    auto file = co_await tcp::connect({.host = "127.0.0.1", .port = 1, .network_namespace = "/dev/null"});
    EXPECT_EQ(file.error(), std::errc::invalid_argument);
  });
}

}  // namespace
}  // namespace dialtone
