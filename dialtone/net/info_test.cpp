// SPDX-License-Identifier: Apache-2.0
// What net::info tells of sockets, wherever they live, over each driver.
#include <dialtone/net/info.hpp>

#include <gtest/gtest.h>

#include <algorithm>

#include <dialtone/net/tcp.hpp>
#include <dialtone/net/udp.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/spawn.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using net::socket_state;

void on_two_schedulers(process<> (*function)()) {
  for (const io::driver_choice choice : {io::driver_choice::epoll, io::driver_choice::best}) {
    runtime rt{{.schedulers = 2, .driver = choice, .level = log_level::off}};
    EXPECT_EQ(to_string(rt.run({.scheduler = placement::on(0)}, function)), "normal");
  }
}

net::socket_info about(const std::vector<net::socket_info>& all, tcp::socket socket) {
  const auto found = std::ranges::find(all, socket.name(), &net::socket_info::name);
  EXPECT_NE(found, all.end());
  return found == all.end() ? net::socket_info{} : *found;
}
net::socket_info about_listener(const std::vector<net::socket_info>& all) {
  const auto found = std::ranges::find(all, socket_state::listening, &net::socket_info::state);
  EXPECT_NE(found, all.end());
  return found == all.end() ? net::socket_info{} : *found;
}

struct never_sent {};
process<> receive_all(tcp::socket socket) {
  while (co_await socket.recv()) continue;
  co_await receive<never_sent>();
}
process<> accept_one(tcp::listener listener) { static_cast<void>(co_await listener.accept()); }

TEST(net_info, tells_of_each_socket_what_it_does) {
  on_two_schedulers([]() -> process<> {
    auto listener = co_await tcp::listen(
        {.address = "127.0.0.1", .connections = {.active = active::count(5), .packet = packet::line}});
    auto client = co_await tcp::connect(listener->local_address());
    auto server = co_await listener->accept();
    co_await client->send("one\ntwo\n");
    co_await receive<tcp::data>();
    const auto all = co_await net::info();
    EXPECT_EQ(all.size(), 3u);
    EXPECT_EQ(about_listener(all).local, listener->local_address());
    EXPECT_FALSE(about_listener(all).foreign);
    const auto ours = about(all, *server);
    EXPECT_EQ(ours.state, socket_state::connected);
    EXPECT_EQ(ours.owner, self());
    EXPECT_EQ(ours.local, listener->local_address());
    EXPECT_EQ(ours.foreign, *client->local_address());
    EXPECT_EQ(ours.active, active::count(3));
    EXPECT_EQ(ours.packet, packet::line);
    EXPECT_EQ(ours.received_bytes, 8u);
    const auto theirs = about(all, *client);
    EXPECT_EQ(theirs.active, active::passive);
    EXPECT_EQ(theirs.sent_bytes, 8u);
    EXPECT_EQ(theirs.sent_packets, 1u);
  });
}

TEST(net_info, tells_where_a_socket_lives_and_who_waits) {
  on_two_schedulers([]() -> process<> {
    auto listener = co_await tcp::listen({.address = "127.0.0.1"});
    auto client = co_await tcp::connect(listener->local_address());
    auto server = co_await listener->accept();
    const pid reader = spawn({.scheduler = placement::on(1)}, receive_all, *server);
    EXPECT_TRUE(server->controlling_process(reader));
    co_await client->send("x");
    spawn(accept_one, *listener);
    std::vector<net::socket_info> all;
    do {
      all = co_await net::info();
    } while (std::ranges::count(all, 1u, &net::socket_info::waiting_readers) < 2);
    EXPECT_EQ(about_listener(all).waiting_readers, 1u);
    EXPECT_EQ(about_listener(all).scheduler, 0u);
    EXPECT_EQ(about(all, *server).owner, reader);
    EXPECT_EQ(about(all, *server).scheduler, 1u);
    EXPECT_EQ(about(all, *server).waiting_readers, 1u);
  });
}

process<> flood(tcp::socket socket) {
  while (co_await socket.send(std::string(std::size_t{1} << 20, 'x'))) continue;
}

TEST(net_info, shows_what_is_unsent_and_who_lingers) {
  on_two_schedulers([]() -> process<> {
    auto listener = co_await tcp::listen({.address = "127.0.0.1"});
    auto client = co_await tcp::connect(listener->local_address());
    auto server = co_await listener->accept();
    const pid sender = spawn(flood, *server);
    net::socket_info seen;
    do {
      seen = about(co_await net::info(), *server);
    } while (seen.waiting_senders == 0);
    EXPECT_GT(seen.unsent_bytes, 0u);
    server->close();
    exit(sender, exit_reason::kill);
    seen = about(co_await net::info(), *server);
    EXPECT_EQ(seen.state, socket_state::closing);
    EXPECT_FALSE(seen.owner);
    client->close();  // with unread data: the rest is refused
    std::size_t left = 0;
    do {
      left = (co_await net::info()).size();
    } while (left > 1);
    EXPECT_EQ(left, 1u);
  });
}

TEST(net_info, is_a_table) {
  const socket_address here{ip_address::v4(127, 0, 0, 1), 4000};
  const net::socket_info listener{
      .state = socket_state::listening, .owner = pid{0, 2, 0}, .local = here, .waiting_readers = 1};
  const net::socket_info connection{.owner = pid{0, 5, 0},
                                    .local = here,
                                    .foreign = here.with_port(40'996),
                                    .active = active::count(12),
                                    .packet = packet::line,
                                    .received_bytes = 65,
                                    .sent_bytes = 1'048'576,
                                    .waiting_senders = 2};
  const net::socket_info closing{.state = socket_state::closing, .local = here, .unsent_bytes = 7};
  EXPECT_EQ(to_string(std::vector{listener, connection, closing}),
            "owner    type    state      local           foreign          mode      packet  received     sent  unsent  "
            "waiting\n"
            "<0.2.0>  stream  listening  127.0.0.1:4000  -                -         -              -        -       -  "
            "      1\n"
            "<0.5.0>  stream  connected  127.0.0.1:4000  127.0.0.1:40996  count 12  line          65  1048576       0  "
            "      2\n"
            "-        stream  closing    127.0.0.1:4000  -                passive   raw            0        0       7  "
            "      0\n");
}

TEST(net_info, is_empty_without_sockets_and_may_be_asked_from_outside) {
  runtime rt{{.schedulers = 2, .level = log_level::off}};
  EXPECT_TRUE(rt.call(net::info).empty());
}

TEST(net_info, tells_of_datagram_sockets_too) {
  on_two_schedulers([]() -> process<> {
    auto server = co_await udp::open({.address = "127.0.0.1"}, {.active = active::count(7)});
    auto client = co_await udp::open({.address = "127.0.0.1"});
    EXPECT_TRUE(client->connect(*server->local_address()));
    EXPECT_TRUE(co_await client->send("four"));
    co_await receive<udp::data>();
    const auto all = co_await net::info();
    const auto about = [&](udp::socket socket) {
      const auto found = std::ranges::find(all, socket.name(), &net::socket_info::name);
      return found == all.end() ? net::socket_info{} : *found;
    };
    const auto served = about(*server);
    EXPECT_EQ(served.type, net::socket_type::datagram);
    EXPECT_EQ(served.state, socket_state::open);
    EXPECT_EQ(served.active, active::count(6));
    EXPECT_EQ(served.received_bytes, 4u);
    EXPECT_EQ(served.received_packets, 1u);
    EXPECT_FALSE(served.foreign);
    const auto asked = about(*client);
    EXPECT_EQ(asked.state, socket_state::connected);
    EXPECT_EQ(asked.foreign, *server->local_address());
    EXPECT_EQ(asked.sent_bytes, 4u);
    EXPECT_NE(to_string(all).find("datagram"), std::string::npos);
  });
}

}  // namespace
}  // namespace dialtone
