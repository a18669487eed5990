// SPDX-License-Identifier: Apache-2.0
// UDP over the loopback interface, one scheduler, on its own clock: what passive sockets send and receive.
#include <dialtone/net/udp.hpp>

#include <dialtone/net/udp_on_each_driver_test.hpp>

namespace dialtone {
namespace {

using namespace udp_tests;

static_assert(sizeof(udp::socket) == 8);

process<> echo(udp::open_options where, pid asker) {
  auto socket = co_await udp::open(where);
  send(asker, address_of(*socket));
  while (auto got = co_await socket->recv()) co_await socket->send(got->source, got->bytes);
}

TEST(udp, an_echo_answers_to_whoever_has_sent) {
  in_process([]() -> process<> {
    spawn_link(echo, udp::open_options{.address = "127.0.0.1"}, self());
    const auto server = co_await receive<socket_address>();
    std::vector<udp::socket> clients;
    for (int i = 0; i < 20; ++i) clients.push_back(co_await open_here());
    for (std::size_t i = 0; i < clients.size(); ++i) co_await clients[i].send(server, std::to_string(i));
    for (std::size_t i = 0; i < clients.size(); ++i) {
      auto got = co_await clients[i].recv(5s);
      EXPECT_EQ(got->bytes, std::to_string(i));
      EXPECT_EQ(got->source, server);
      EXPECT_FALSE(got->truncated);
    }
    exit(exit_reason::normal);
    co_return;
  });
}

TEST(udp, an_empty_datagram_arrives) {
  in_process([]() -> process<> {
    const auto socket = co_await open_here();
    EXPECT_TRUE(co_await socket.send(address_of(socket), ""));
    EXPECT_TRUE(co_await socket.send(address_of(socket), "more"));
    EXPECT_EQ(co_await next_of(socket), "");
    EXPECT_EQ(co_await next_of(socket), "more");
  });
}

TEST(udp, a_recv_that_runs_out_of_time_takes_nothing) {
  in_process([]() -> process<> {
    const auto socket = co_await open_here();
    EXPECT_EQ((co_await socket.recv(0s)).error(), net_error::timeout);
    // Time has to pass here: it ends what the kernel has been asked for.
    EXPECT_EQ((co_await socket.recv(1ms)).error(), net_error::timeout);
    EXPECT_FALSE(co_await with_deadline(
        1ms, [](udp::socket from) -> task<void> { static_cast<void>(co_await from.recv()); }(socket)));
    co_await socket.send(address_of(socket), "late");
    EXPECT_EQ(co_await next_of(socket), "late");
  });
}

TEST(udp, what_is_longer_than_the_buffer_is_cut_and_says_so) {
  in_process([]() -> process<> {
    const auto socket = co_await open_here({.buffer = 10});
    for (const std::size_t size : {10UZ, 11UZ}) {
      co_await socket.send(address_of(socket), std::string(size, 'x'));
      auto got = co_await socket.recv(5s);
      EXPECT_EQ(got->bytes.size(), 10);
      EXPECT_EQ(got->truncated, size > 10);
    }
    socket.setopts({.buffer = datagram_options::buffer_limit});
    co_await socket.send(address_of(socket), std::string(65'507, 'x'));
    auto whole = co_await socket.recv(5s);
    EXPECT_EQ(whole->bytes.size(), 65'507);
    EXPECT_FALSE(whole->truncated);
  });
}

TEST(udp, a_datagram_that_is_too_long_is_refused) {
  in_process([]() -> process<> {
    const auto socket = co_await open_here();
    auto refused = co_await socket.send(address_of(socket), std::string(65'508, 'x'));
    EXPECT_EQ(refused.error(), net_error::message_too_long);
  });
}

TEST(udp, a_connected_socket_hears_its_peer_and_needs_no_address) {
  in_process([]() -> process<> {
    const auto one = co_await open_here();
    const auto other = co_await open_here();
    const auto stranger = co_await open_here();
    EXPECT_EQ((co_await one.send("to whom")).error(), std::errc::destination_address_required);
    EXPECT_EQ(one.peer_address().error(), std::errc::not_connected);
    EXPECT_TRUE(one.connect(address_of(other)));
    EXPECT_EQ(one.peer_address(), address_of(other));
    co_await one.send("to the peer");
    EXPECT_EQ(co_await next_of(other), "to the peer");
    co_await stranger.send(address_of(one), "unheard");
    co_await other.send(address_of(one), "heard");
    EXPECT_EQ(co_await next_of(one), "heard");
    EXPECT_TRUE(one.connect(address_of(stranger))) << "it may change its peer";
    co_await stranger.send(address_of(one), "another");
    EXPECT_EQ(co_await next_of(one), "another");
  });
}

TEST(udp, nobody_at_the_peer_is_an_error_once_for_each_send_and_no_end) {
  in_process([]() -> process<> {
    const auto gone = co_await open_here();
    const auto socket = co_await open_here();
    EXPECT_TRUE(socket.connect(address_of(gone)));
    const socket_address there = address_of(gone);
    gone.close();
    for (int round = 0; round < 3; ++round) {
      EXPECT_TRUE(co_await socket.send("is anybody there?"));
      EXPECT_EQ((co_await socket.recv(5s)).error(), std::errc::connection_refused);
      EXPECT_EQ((co_await socket.recv(0s)).error(), net_error::timeout);
    }
    auto back = co_await udp::open({.address = "127.0.0.1", .port = there.port()});
    co_await socket.send("and now?");
    EXPECT_EQ(co_await next_of(*back), "and now?");
  });
}

TEST(udp, a_second_reader_is_refused) {
  in_process([]() -> process<> {
    const auto socket = co_await open_here();
    constexpr auto read = [](udp::socket from) -> task<datagram> { co_return (co_await from.recv()).value(); };
    constexpr auto read_too = [](udp::socket from) -> task<net_error> { co_return (co_await from.recv()).error(); };
    constexpr auto then_send = [](udp::socket to) -> task<int> {
      EXPECT_EQ(to.setopts({.active = active::once}).error(), net_error::already_reading);
      co_await to.send(address_of(to), "for the first");
      co_return 0;
    };
    auto [first, second, third] = co_await all(read(socket), read_too(socket), then_send(socket));
    EXPECT_EQ(first.bytes, "for the first");
    EXPECT_EQ(second, net_error::already_reading);
    EXPECT_EQ(third, 0);
  });
}

TEST(udp, a_closed_socket_is_closed_for_everybody_and_its_port_is_free) {
  in_process([]() -> process<> {
    std::uint16_t port = 0;
    for (int round = 0; round < 20; ++round) {
      auto socket = co_await udp::open({.address = "127.0.0.1", .port = port});
      EXPECT_TRUE(socket) << to_string(socket.error());
      port = address_of(*socket).port();
      constexpr auto wait = [](udp::socket from) -> task<net_error> { co_return (co_await from.recv()).error(); };
      constexpr auto close = [](udp::socket it) -> task<int> { co_return it.close(), 0; };
      auto [told, done] = co_await all(wait(*socket), close(*socket));
      EXPECT_EQ(told, net_error::closed);
      EXPECT_EQ((co_await socket->recv()).error(), net_error::closed);
      EXPECT_EQ((co_await socket->send("x")).error(), net_error::closed);
      EXPECT_EQ(socket->setopts({}).error(), net_error::closed);
      EXPECT_EQ(socket->connect({}).error(), net_error::closed);
      socket->close();
    }
  });
}

process<> own_until_told(udp::socket socket) {
  static_cast<void>(co_await socket.recv());
  throw std::runtime_error{"as planned"};
}

TEST(udp, a_socket_closes_with_its_owner) {
  in_process([]() -> process<> {
    const auto socket = co_await open_here();
    const socket_address there = address_of(socket);
    const pid owner = spawn(own_until_told, socket);
    EXPECT_TRUE(socket.controlling_process(owner));
    EXPECT_EQ(socket.controlling_process(self()).error(), net_error::not_owner);
    const auto watch = monitor(owner);
    EXPECT_TRUE(co_await socket.send(there, "anybody may send"));
    co_await receive<down>([watch](const down& it) { return it.reference == watch; });
    EXPECT_EQ((co_await socket.recv()).error(), net_error::closed);
    auto next = co_await udp::open({.address = "127.0.0.1", .port = there.port()});
    EXPECT_TRUE(next);
    EXPECT_EQ(next->controlling_process(owner).error(), net_error::bad_option) << "it is dead";
  });
}

process<> use_from_elsewhere(udp::socket socket, pid home) {
  EXPECT_EQ((co_await socket.recv()).error(), net_error::elsewhere);
  EXPECT_EQ(socket.getopts().error(), net_error::elsewhere);
  EXPECT_EQ(socket.where().error(), net_error::elsewhere);
  EXPECT_EQ(socket.connect({}).error(), net_error::elsewhere);
  send(home, 1);
  socket.close();
}

process<> echo_active(pid parent) {
  send(parent, true);
  for (;;) {
    const auto got = co_await receive<udp::data>();
    EXPECT_TRUE(co_await got.socket.send(got.source, got.bytes));
  }
}

TEST(udp, a_socket_goes_to_its_new_owner_on_another_scheduler_with_its_messages) {
  in_process(
      []() -> process<> {
        const auto client = co_await open_here();
        const auto socket = co_await open_here({.active = active::always});
        const socket_address server = address_of(socket);
        co_await client.send(server, "before");
        co_await until_all_is_told();
        const pid owner =
            spawn_link(spawn_options{.scheduler = placement::on(1 - self().scheduler())}, echo_active, self());
        co_await receive<bool>();
        EXPECT_TRUE(socket.controlling_process(owner));
        EXPECT_EQ(co_await next_of(client), "before");
        co_await client.send(server, "after");
        EXPECT_EQ(co_await next_of(client), "after");
        EXPECT_EQ((co_await socket.recv()).error(), net_error::elsewhere);
        exit(exit_reason::normal);
        co_return;
      },
      2);
}

TEST(udp, a_socket_lives_on_one_scheduler) {
  in_process(
      []() -> process<> {
        const auto socket = co_await open_here();
        spawn(spawn_options{.scheduler = placement::on(1 - self().scheduler())}, use_from_elsewhere, socket, self());
        co_await receive<int>();
        EXPECT_EQ((co_await socket.recv()).error(), net_error::closed);
      },
      2);
}

TEST(udp, a_socket_for_both_families_names_its_senders_as_they_are_called) {
  in_process([]() -> process<> {
    auto both = co_await udp::open();
    if (!both) co_return;  // a machine without IPv6 has none
    const std::uint16_t port = address_of(*both).port();
    const auto v4 = co_await open_here();
    co_await v4.send({ip_address::v4(127, 0, 0, 1), port}, "from v4");
    auto got = co_await both->recv(5s);
    EXPECT_EQ(got->source, address_of(v4));
    EXPECT_TRUE(co_await both->send(got->source, "back"));
    EXPECT_EQ(co_await next_of(v4), "back");
    auto v6 = co_await udp::open({.address = "::1"});
    co_await v6->send({ip_address::loopback(ip_family::v6), port}, "from v6");
    EXPECT_EQ((co_await both->recv(5s))->source, address_of(*v6));
    auto only = co_await udp::open({.v6_only = true});
    EXPECT_FALSE(co_await only->send(address_of(v4), "no"));
  });
}

TEST(udp, what_has_gone_over_a_socket_is_counted) {
  in_process([]() -> process<> {
    const auto socket = co_await open_here();
    for (const char* text : {"one", "three", ""}) co_await socket.send(address_of(socket), text);
    for (int i = 0; i < 2; ++i) co_await next_of(socket);
    const auto counted = socket.getstat().value();
    EXPECT_EQ(counted.sent_packets, 3);
    EXPECT_EQ(counted.sent_bytes, 8);
    EXPECT_EQ(counted.received_packets, 2);
    EXPECT_EQ(counted.received_bytes, 8);
  });
}

TEST(udp, an_address_that_is_none_is_refused) {
  in_process([]() -> process<> {
    for (const char* name : {"localhost", "", "127.0.0.1:80", "unixx"})
      EXPECT_EQ((co_await udp::open({.address = name})).error(), net_error::bad_name) << name;
    auto nowhere = co_await udp::open({.address = "192.0.2.1"});
    EXPECT_EQ(nowhere.error(), std::errc::address_not_available);
    EXPECT_EQ(nowhere.error().operation(), net_operation::bind);
    auto device = co_await udp::open({.address = "127.0.0.1", .device = "no such device"});
    EXPECT_EQ(device.error(), std::errc::no_such_device);
  });
}

}  // namespace
}  // namespace dialtone
