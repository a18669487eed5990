// SPDX-License-Identifier: Apache-2.0
// Which connections a listener gets: of a port that others have too, of one family, of one interface.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <dialtone/net/fresh_namespace_test.hpp>
#include <dialtone/net/tcp_ends_test.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/spawn.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using namespace_tests::fresh_namespace;
using tcp_ends::on_each_driver;

/// The place of the listener that has accepted a connection.
struct accepted_at {
  int place;
};
process<> accept_and_tell(tcp::listener listener, int place, pid observer) {
  while (auto socket = co_await listener.accept()) send(observer, accepted_at{place});
}

TEST(tcp_binding, a_port_may_be_shared_by_listeners_that_all_say_so) {
  on_each_driver([]() -> process<> {
    constexpr int count = 64;  // as many sources: that all are for one has the odds of 2 to the power of -63
    auto one = co_await tcp::listen({.address = "127.0.0.1", .reuse_port = true});
    auto other =
        co_await tcp::listen({.address = "127.0.0.1", .port = one->local_address().port(), .reuse_port = true});
    EXPECT_TRUE(other) << to_string(other.error());
    spawn_link(accept_and_tell, *one, 0, self());
    spawn_link(accept_and_tell, *other, 1, self());
    int counts[2] = {};
    for (int i = 0; i < count; ++i) {
      EXPECT_TRUE(co_await tcp::connect(one->local_address(), {}, 5s));
      ++counts[(co_await receive<accepted_at>()).place];
    }
    EXPECT_GT(counts[0], 0);
    EXPECT_GT(counts[1], 0);
  });
}

TEST(tcp_binding, a_port_that_is_not_shared_is_in_use) {
  on_each_driver([]() -> process<> {
    auto listener = co_await tcp::listen({.address = "127.0.0.1"});
    auto second =
        co_await tcp::listen({.address = "127.0.0.1", .port = listener->local_address().port(), .reuse_port = true});
    EXPECT_EQ(second.error(), std::errc::address_in_use) << "the first has not said so";
    EXPECT_EQ(second.error().operation(), net_operation::bind);
    EXPECT_EQ(*second.error().address(), listener->local_address());
  });
}

TEST(tcp_binding, v6_only_leaves_the_port_of_ipv4_to_others) {
  on_each_driver([]() -> process<> {
    auto tried = co_await tcp::listen({.address = "::1"});
    if (!tried) co_return fmt::print("not tested, for want of IPv6: {}\n", to_string(tried.error()));
    auto only = co_await tcp::listen({.address = "::", .v6_only = true});
    const std::uint16_t port = only->local_address().port();
    const socket_address v4{ip_address::loopback(ip_family::v4), port};
    const socket_address v6{ip_address::loopback(ip_family::v6), port};
    EXPECT_EQ((co_await tcp::connect(v4, {}, 5s)).error(), std::errc::connection_refused);
    EXPECT_TRUE(co_await tcp::connect(v6, {}, 5s));
    EXPECT_TRUE(co_await only->accept(5s));
    auto beside = co_await tcp::listen({.address = "0.0.0.0", .port = port});
    EXPECT_TRUE(co_await tcp::connect(v4, {}, 5s));
    EXPECT_TRUE(co_await beside->accept(5s));
    auto both = co_await tcp::listen({.address = "::"});
    EXPECT_TRUE(co_await tcp::connect({v4.ip(), both->local_address().port()}, {}, 5s));
    EXPECT_EQ((co_await both->accept(5s))->peer_address()->ip().unmapped(), v4.ip());
  });
}

// --- interfaces ---

/// The local end of the connection.
struct heard {
  std::string device;
  socket_address at;
};
process<> tell_who_comes(tcp::listener listener, std::string device, pid observer) {
  while (auto socket = co_await listener.accept()) send(observer, heard{device, socket->local_address().value()});
}

process<> listen_at_each_interface(std::string near, std::string far) {
  std::uint16_t port = 0;
  for (const char* device : {"lo", "veth_near"}) {
    auto listener = co_await tcp::listen(
        {.address = "0.0.0.0", .port = port, .network_namespace = near, .connections = {.device = device}});
    EXPECT_TRUE(listener) << "one port at two devices: " << to_string(listener.error());
    port = listener->local_address().port();
    listener->controlling_process(spawn_link(tell_who_comes, *listener, std::string{device}, self()));
  }
  EXPECT_TRUE(co_await tcp::connect({.host = "10.9.9.1", .port = port, .network_namespace = far, .limit = 5s}));
  auto outside = co_await receive<heard>();
  EXPECT_EQ(outside.device, "veth_near");
  EXPECT_EQ(outside.at, (socket_address{ip_address::v4(10, 9, 9, 1), port}));
  EXPECT_TRUE(co_await tcp::connect({.host = "127.0.0.1", .port = port, .network_namespace = near, .limit = 5s}));
  auto inside = co_await receive<heard>();
  EXPECT_EQ(inside.device, "lo");
  exit(exit_reason::normal);
  co_return;
}

process<> be_refused(std::string near) {
  auto refused = co_await tcp::listen({.address = "0.0.0.0", .network_namespace = near});
  EXPECT_EQ(refused.error(), std::errc::operation_not_permitted);
}

/// A pair of interfaces across two namespaces: veth_near has 10.9.9.1, veth_far 10.9.9.2.
bool join(const fresh_namespace& near, const fresh_namespace& far) {
  return near.ip("link set lo up", "link add veth_near type veth peer name veth_far netns " + far.path(),
                 "addr add 10.9.9.1/24 dev veth_near", "link set veth_near up") &&
         far.ip("addr add 10.9.9.2/24 dev veth_far", "link set veth_far up");
}

// Where the test may not make namespaces it shows that this is said.
TEST(tcp_binding, a_listener_hears_its_interface_only) {
  for (const io::driver_choice choice : {io::driver_choice::epoll, io::driver_choice::best}) {
    const fresh_namespace near;
    const fresh_namespace far;
    const bool are_there = near.is_there() && far.is_there();
    runtime rt{{.schedulers = 1, .driver = choice, .level = log_level::off}};
    if (!are_there) {
      EXPECT_EQ(rt.run(be_refused, near.path()), exit_reason::normal);
    } else if (join(near, far)) {
      EXPECT_EQ(rt.run(listen_at_each_interface, near.path(), far.path()), exit_reason::normal);
    } else {
      fmt::print("not tested: the kernel has no pairs of interfaces (veth), or there is no ip(8)\n");
    }
  }
}

}  // namespace
}  // namespace dialtone
