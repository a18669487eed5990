// SPDX-License-Identifier: Apache-2.0
// Where UDP sockets come to be: at a port of several, for one family, in another network namespace, from a descriptor.
#include <dialtone/net/udp.hpp>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>

#include <dialtone/net/fresh_namespace_test.hpp>
#include <dialtone/net/udp_on_each_driver_test.hpp>

namespace dialtone {
namespace {

using namespace udp_tests;
using namespace_tests::fresh_namespace;

// --- ports ---

TEST(udp_opening, a_port_may_be_shared_by_those_who_all_say_so) {
  in_process([]() -> process<> {
    constexpr int count = 64;  // as many sources: that all are for one has the odds of 2 to the power of -63
    const auto one = (co_await udp::open({.address = "127.0.0.1", .reuse_port = true})).value();
    const std::uint16_t port = address_of(one).port();
    const auto other = (co_await udp::open({.address = "127.0.0.1", .port = port, .reuse_port = true})).value();
    EXPECT_TRUE(one.where()->reuse_port);
    for (int i = 0; i < count; ++i) {
      const auto client = co_await open_here();
      EXPECT_TRUE(co_await client.send(address_of(one), std::to_string(i)));
    }
    int of_one = 0;
    while (co_await one.recv(0s)) ++of_one;
    int of_other = 0;
    while (co_await other.recv(0s)) ++of_other;
    EXPECT_GT(of_one, 0);
    EXPECT_GT(of_other, 0);
    EXPECT_EQ(of_one + of_other, count);
  });
}

TEST(udp_opening, a_port_that_is_not_shared_is_in_use) {
  in_process([]() -> process<> {
    const auto socket = co_await open_here();
    const std::uint16_t port = address_of(socket).port();
    EXPECT_FALSE(socket.where()->reuse_port);
    auto second = co_await udp::open({.address = "127.0.0.1", .port = port, .reuse_port = true});
    EXPECT_EQ(second.error(), std::errc::address_in_use) << "the first has not said so";
    EXPECT_EQ(second.error().operation(), net_operation::bind);
  });
}

TEST(udp_opening, v6_only_leaves_the_port_of_ipv4_to_others) {
  in_process([]() -> process<> {
    const auto v6 = co_await udp::open({.address = "::1"});
    if (!v6) co_return say_no_ipv6(to_string(v6.error()));
    const auto only = (co_await udp::open({.v6_only = true})).value();
    const std::uint16_t port = address_of(only).port();
    EXPECT_TRUE(only.where()->v6_only);
    const auto v4 = (co_await udp::open({.address = "127.0.0.1", .port = port})).value();
    EXPECT_TRUE(co_await v4.send(address_of(v4), "for v4"));
    EXPECT_TRUE(co_await v6->send({ip_address::loopback(ip_family::v6), port}, "for v6"));
    EXPECT_EQ(co_await next_of(v4), "for v4");
    EXPECT_EQ(co_await next_of(only), "for v6");
    EXPECT_EQ((co_await only.recv(0s)).error(), net_error::timeout);
    const auto both = (co_await udp::open()).value();
    EXPECT_FALSE(both.where()->v6_only);
    auto in_use = co_await udp::open({.address = "0.0.0.0", .port = address_of(both).port()});
    EXPECT_EQ(in_use.error(), std::errc::address_in_use) << "it has both";
  });
}

TEST(udp_opening, says_where_it_is) {
  in_process([]() -> process<> {
    auto socket = co_await udp::open({.address = "127.0.0.1", .reuse_address = true, .device = "lo"});
    const auto told = socket->where().value();
    EXPECT_EQ(told.address, "127.0.0.1");
    EXPECT_EQ(told.port, address_of(*socket).port());
    EXPECT_TRUE(told.reuse_address);
    EXPECT_FALSE(told.reuse_port);
    EXPECT_FALSE(told.v6_only);
    EXPECT_EQ(told.device, "lo");
    const auto named =
        (co_await udp::open({.address = "unix:@dialtone opening " + std::to_string(::getpid())})).value();
    EXPECT_EQ(named.where()->address, to_string(address_of(named)));
    EXPECT_EQ(named.where()->device, "");
    named.close();
    EXPECT_EQ(named.where().error(), net_error::closed);
  });
}

// --- network namespaces: where the tests may not make or enter one, they show that this is said ---

TEST(udp_opening, a_socket_in_another_network_namespace_has_ports_of_its_own) {
  in_process([]() -> process<> {
    const fresh_namespace other;
    const auto here = (co_await udp::open({.address = "0.0.0.0"})).value();
    const std::uint16_t port = address_of(here).port();
    auto there = co_await udp::open({.address = "0.0.0.0", .port = port, .network_namespace = other.path()});
    if (other.is_there()) {
      EXPECT_EQ(address_of(*there).port(), port);
      EXPECT_EQ((co_await there->send({ip_address::v4(127, 0, 0, 1), port}, "x")).error(),
                std::errc::network_unreachable);
    } else {
      EXPECT_EQ(there.error(), std::errc::operation_not_permitted);
    }
    EXPECT_TRUE(co_await here.send({ip_address::v4(127, 0, 0, 1), port}, "to itself"));
    EXPECT_EQ(co_await next_of(here), "to itself") << "the scheduler's thread has stayed where it was";
  });
}

TEST(udp_opening, a_namespace_that_is_none_is_refused_by_its_name) {
  in_process([]() -> process<> {
    auto missing = co_await udp::open({.network_namespace = "/no/such/namespace"});
    EXPECT_EQ(missing.error(), std::errc::no_such_file_or_directory);
    EXPECT_EQ(missing.error().name(), "/no/such/namespace");
    auto file = co_await udp::open({.address = "unix:", .network_namespace = "/dev/null"});
    EXPECT_EQ(file.error(), std::errc::invalid_argument);
  });
}

// --- descriptors ---

int bound_descriptor() {
  const int descriptor = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in any{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  EXPECT_EQ(::bind(descriptor, reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
  return descriptor;
}
bool is_open(int descriptor) { return ::fcntl(descriptor, F_GETFD) >= 0; }

TEST(udp_adopt, a_descriptor_becomes_a_socket_like_others) {
  in_process([]() -> process<> {
    const int descriptor = bound_descriptor();
    auto socket = udp::adopt(descriptor, {.active = active::once, .ttl = 7});
    EXPECT_NE(::fcntl(descriptor, F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(::fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0);
    const auto client = co_await open_here({.recv_ttl = true});
    EXPECT_TRUE(co_await client.send(address_of(*socket), "question"));
    const auto got = co_await receive<udp::data>();
    EXPECT_EQ(got.bytes, "question");
    EXPECT_TRUE(co_await socket->send(got.source, "answer"));
    auto answer = co_await client.recv(5s);
    EXPECT_EQ(answer->bytes, "answer");
    EXPECT_EQ(answer->ancillary.ttl, 7);
    socket->close();
    EXPECT_FALSE(is_open(descriptor));
  });
}

TEST(udp_adopt, one_without_an_address_has_one_when_it_has_sent) {
  in_process([]() -> process<> {
    auto socket = udp::adopt(::socket(AF_INET6, SOCK_DGRAM, 0));
    if (!socket) co_return;  // a machine without IPv6 has none
    EXPECT_EQ(address_of(*socket).port(), 0);
    const auto receiver = co_await open_here();
    EXPECT_TRUE(co_await socket->send(address_of(receiver), "from somewhere"));
    EXPECT_EQ((co_await receiver.recv(5s))->source.port(), address_of(*socket).port());
  });
}

TEST(udp_adopt, both_ends_of_a_pair_are_connected) {
  in_process([]() -> process<> {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM, 0, ends.data()), 0);
    const auto one = udp::adopt(ends[0]).value();
    const auto other = udp::adopt(ends[1]).value();
    EXPECT_TRUE(co_await one.send(std::string(2500, 'x'), {.segment_size = 1000}));
    for (const std::size_t size : {1000UZ, 1000UZ, 500UZ}) EXPECT_EQ((co_await other.recv(5s))->bytes.size(), size);
  });
}

TEST(udp_adopt, what_is_no_such_socket_stays_the_callers) {
  in_process([]() -> process<> {
    const int stream = ::socket(AF_INET, SOCK_STREAM, 0);
    const int netlink = ::socket(AF_NETLINK, SOCK_DGRAM, 0);
    const int file = ::open("/dev/null", O_RDONLY);
    const int good = bound_descriptor();
    EXPECT_EQ(udp::adopt(stream).error(), net_error::bad_option);
    EXPECT_EQ(udp::adopt(netlink).error(), net_error::bad_option);
    EXPECT_EQ(udp::adopt(file).error(), std::errc::not_a_socket);
    EXPECT_EQ(udp::adopt(-1).error(), std::errc::bad_file_descriptor);
    EXPECT_EQ(udp::adopt(-1).error().name(), "descriptor -1");
    EXPECT_EQ(udp::adopt(good, {.buffer = 0}).error().name(), "buffer");
    EXPECT_EQ(udp::adopt(good, {.active = active::count(40'000)}).error().name(), "active");
    EXPECT_EQ(udp::adopt(good, {.multicast_interface = 123'456}).error().name(), "multicast_interface");
    for (const int each : {stream, netlink, file, good}) {
      EXPECT_TRUE(is_open(each));
      ::close(each);
    }
    co_return;
  });
}

}  // namespace
}  // namespace dialtone
