// SPDX-License-Identifier: Apache-2.0
// What simulated TCP does where nothing goes wrong, beyond what all drivers do: time, limits, names, moves.
#include <dialtone/testing/simulated_hosts_test.hpp>

#include <set>
#include <system_error>

namespace dialtone::testing::two_hosts {
namespace {

class simulated_tcp_connections : public ::testing::Test {
 protected:
  world in_;
  io::driver& a_ = *in_.at_a;
  io::driver& b_ = *in_.at_b;
};

TEST_F(simulated_tcp_connections, take_a_round_trip_and_half_of_one_more_to_be_accepted) {
  const io::handle listener = world::listen(b_, at(in_.b_address, 80));
  const io::handle client = world::open(a_);
  EXPECT_EQ(time_of(in_, [&] { EXPECT_EQ(in_.connect(a_, client, at(in_.b_address, 80)), 0); }), 2ms);
  EXPECT_EQ(time_of(in_, [&] { EXPECT_TRUE(in_.accept(b_, listener)); }), 1ms);
}

TEST_F(simulated_tcp_connections, carry_data_in_the_time_of_one_way) {
  const auto [client, server] = in_.connect_both();
  EXPECT_EQ(time_of(in_, [&] { in_.send(a_, client, "hello"); }), 0ms);
  EXPECT_EQ(time_of(in_, [&] { EXPECT_EQ(in_.receive(b_, server).data, "hello"); }), 1ms);
}

TEST_F(simulated_tcp_connections, know_the_names_of_both_ends) {
  const io::handle listener = world::listen(b_, at(ip_address::v4(0), 80));
  const auto [client, server] = in_.connect_to(world::listen(b_, at(in_.b_address, 81)));
  EXPECT_EQ(a_.peer_name(client), at(in_.b_address, 81));
  EXPECT_EQ(b_.peer_name(server), a_.local_name(client));
  EXPECT_EQ(from_socket_name(*a_.local_name(client))->ip(), in_.a_address);
  const io::handle other = world::open(a_);
  ASSERT_EQ(in_.connect(a_, other, at(in_.b_address, 80)), 0);
  EXPECT_EQ(b_.local_name(in_.accept(b_, listener)), at(in_.b_address, 80)) << "of all addresses, the one it came to";
}

TEST_F(simulated_tcp_connections, to_nobody_are_refused_after_a_round_trip) {
  EXPECT_EQ(time_of(in_, [&] { EXPECT_EQ(in_.connect(a_, world::open(a_), at(in_.b_address, 80)), ECONNREFUSED); }),
            2ms);
}

TEST_F(simulated_tcp_connections, to_an_address_of_nobody_are_given_up_after_all_retries) {
  const io::handle client = world::open(a_);
  const ip_address nobody = ip_address::v4(10, 9, 9, 9);
  EXPECT_EQ(time_of(in_, [&] { EXPECT_EQ(in_.connect(a_, client, at(nobody, 80)), ETIMEDOUT); }), 127s);
  world::listen(b_, at(in_.b_address, 80));
  EXPECT_EQ(in_.connect(a_, client, at(in_.b_address, 80)), 0) << "a socket may try again";
  EXPECT_EQ(in_.connect(a_, client, at(in_.b_address, 80)), EISCONN);
}

TEST_F(simulated_tcp_connections, to_this_machine_stay_in_it) {
  world::listen(b_, at(ip_address::v4(0), 80));
  EXPECT_EQ(in_.connect(b_, world::open(b_), at(ip_address::v4(127, 0, 0, 1), 80)), 0);
  EXPECT_EQ(in_.connect(b_, world::open(b_), at(in_.b_address, 80)), 0);
  EXPECT_EQ(in_.connect(a_, world::open(a_), at(ip_address::v4(127, 0, 0, 1), 80)), ECONNREFUSED);
  world::listen(b_, at(ip_address::v4(127, 0, 0, 1), 81));
  EXPECT_EQ(in_.connect(a_, world::open(a_), at(in_.b_address, 81)), ECONNREFUSED);
}

TEST_F(simulated_tcp_connections, are_bound_to_addresses_of_their_host_only) {
  const io::handle socket = world::open(a_);
  EXPECT_EQ(a_.bind(socket, at(in_.b_address, 80)), EADDRNOTAVAIL);
  EXPECT_EQ(a_.bind(socket, at(in_.a_address, 80)), 0);
  EXPECT_EQ(a_.bind(socket, at(in_.a_address, 81)), EINVAL) << "once";
  EXPECT_EQ(a_.bind(world::open(a_), at(ip_address::v4(0), 80)), EADDRINUSE);
  EXPECT_EQ(b_.bind(world::open(b_), at(in_.b_address, 80)), 0) << "another host has ports of its own";
}

TEST_F(simulated_tcp_connections, of_both_families_reach_who_listens_at_all_addresses) {
  const ip_address v6 = *ip_address::parse("fd00::2");
  in_.network.add_address(in_.b, v6);
  in_.network.add_address(in_.a, *ip_address::parse("fd00::1"));
  const io::handle listener = world::listen(b_, at(ip_address::any(ip_family::v6), 80));
  EXPECT_EQ(in_.connect(a_, world::open(a_, AF_INET6), at(v6, 80)), 0);
  EXPECT_EQ(in_.connect(a_, world::open(a_, AF_INET), at(in_.b_address, 80)), 0);
  EXPECT_EQ(in_.connect(a_, world::open(a_, AF_INET6), at(in_.b_address.mapped(), 80)), 0);
  EXPECT_EQ(b_.local_name(in_.accept(b_, listener)), at(v6, 80));
  EXPECT_EQ(b_.local_name(in_.accept(b_, listener)), at(in_.b_address.mapped(), 80));
  const io::handle only_v6 = world::open(b_, AF_INET6);
  EXPECT_EQ(world::set(b_, only_v6, IPPROTO_IPV6, IPV6_V6ONLY, 1), 0);
  EXPECT_EQ(b_.bind(only_v6, at(ip_address::any(ip_family::v6), 81)), 0);
  EXPECT_EQ(b_.listen(only_v6, 8), 0);
  EXPECT_EQ(in_.connect(a_, world::open(a_), at(in_.b_address, 81)), ECONNREFUSED);
}

TEST_F(simulated_tcp_connections, are_shared_out_among_listeners_that_reuse_a_port) {
  std::vector<io::handle> listeners;
  for (int index = 0; index < 3; ++index) {
    listeners.push_back(world::open(b_));
    EXPECT_EQ(world::set(b_, listeners.back(), SOL_SOCKET, SO_REUSEPORT, 1), 0);
    EXPECT_EQ(b_.bind(listeners.back(), at(in_.b_address, 80)), 0);
    EXPECT_EQ(b_.listen(listeners.back(), 100), 0);
  }
  for (int count = 0; count < 60; ++count) ASSERT_EQ(in_.connect(a_, world::open(a_), at(in_.b_address, 80)), 0);
  in_.run_for(1s);
  for (const io::handle each : listeners)
    for (int count = 0; count < 10; ++count) EXPECT_TRUE(in_.accept(b_, each)) << count;
}

// --- limits ---

TEST_F(simulated_tcp_connections, beyond_the_backlog_are_not_answered_until_there_is_room) {
  const io::handle listener = world::listen(b_, at(in_.b_address, 80), 2);
  for (int count = 0; count < 2; ++count) EXPECT_EQ(in_.connect(a_, world::open(a_), at(in_.b_address, 80)), 0);
  kept third;
  io::result done;
  const time_point start = in_.clock.now();
  ASSERT_FALSE(a_.connect(world::open(a_), at(in_.b_address, 80), third, done));
  in_.run_for(500ms);
  EXPECT_FALSE(third.got);
  EXPECT_TRUE(in_.accept(b_, listener));
  EXPECT_EQ(in_.finished(third).error, 0);
  EXPECT_EQ(in_.clock.now() - start, 1s + 2ms) << "at the first retry";
}

TEST_F(simulated_tcp_connections, that_never_said_more_than_hello_leave_the_backlog) {
  const io::handle listener = world::listen(b_, at(in_.b_address, 80), 1);
  kept waiting;
  io::result done;
  ASSERT_FALSE(a_.connect(world::open(a_), at(in_.b_address, 80), waiting, done));
  in_.run_for(1500us);  // the answer is on its way
  in_.network.crash(in_.a);
  in_.network.restart(in_.a);
  const std::unique_ptr<io::driver> again = in_.network.make_driver(in_.a);
  const io::handle client = world::open(*again);
  in_.network.cut(in_.b, in_.a);  // so that nothing tells b that it is nobody's
  in_.run_for(1s);
  in_.network.mend(in_.b, in_.a);
  kept second;
  ASSERT_FALSE(again->connect(client, at(in_.b_address, 80), second, done));
  in_.run_for(40s);
  again->poll(0ns);
  EXPECT_FALSE(second.got);
  in_.run_for(60s);
  again->poll(0ns);
  ASSERT_TRUE(second.got);
  EXPECT_EQ(second.got->error, 0);
  EXPECT_TRUE(in_.accept(b_, listener));
}

TEST(simulated_tcp_limits, as_many_ports_as_there_are_can_connect_at_once) {
  network_options few = plain();
  few.first_port = 40000;
  few.last_port = 40002;
  world in{few};
  world::listen(*in.at_b, at(in.b_address, 80));
  std::vector<io::handle> sockets;
  for (int count = 0; count < 3; ++count) {
    sockets.push_back(world::open(*in.at_a));
    EXPECT_EQ(in.connect(*in.at_a, sockets.back(), at(in.b_address, 80)), 0);
  }
  EXPECT_EQ(in.connect(*in.at_a, world::open(*in.at_a), at(in.b_address, 80)), EADDRNOTAVAIL);
  EXPECT_EQ(in.at_a->bind(world::open(*in.at_a), at(in.a_address)), EADDRNOTAVAIL);
  in.at_a->close(sockets[1]);
  EXPECT_EQ(in.connect(*in.at_a, world::open(*in.at_a), at(in.b_address, 80)), 0);
}

TEST(simulated_tcp_limits, who_does_not_read_stops_who_sends_at_the_window) {
  for (const std::size_t window : {1UZ, 1000UZ, 100'000UZ}) {
    network_options narrow = plain();
    narrow.receive_window = window;
    world in{narrow};
    const auto [client, server] = in.connect_both();
    EXPECT_EQ(in.send(*in.at_a, client, bytes{std::string(window, 'x')}).error, 0);
    std::vector<bytes> more{bytes{std::string(3 * window, 'y')}};
    kept writing;
    io::result done;
    ASSERT_FALSE(in.at_a->send(client, more, writing, done));
    in.run_for(1h);
    EXPECT_FALSE(writing.got);
    EXPECT_EQ(in.receive_bytes(*in.at_b, server, 4 * window), std::string(window, 'x') + std::string(3 * window, 'y'));
    EXPECT_EQ(in.finished(writing).sent, 3 * window);
  }
}

TEST_F(simulated_tcp_connections, end_when_both_ends_are_closed) {
  for (int round = 0; round < 10; ++round) {
    const auto [client, server] = in_.connect_both();
    in_.send(a_, client, "unread by nobody");
    EXPECT_EQ(in_.receive(b_, server).data.size(), 16);
    a_.close(client);
    if (round % 2 == 0) in_.run_for(1s);
    b_.close(server);
    in_.run_for(1s);
    EXPECT_EQ(in_.network.connection_count(), 0);
  }
  EXPECT_EQ(in_.network.next_event(), never);
}

// --- moves ---

class simulated_moves : public simulated_tcp_connections {
 protected:
  std::unique_ptr<io::driver> second_ = in_.network.make_driver(in_.b);
};

TEST_F(simulated_moves, take_along_what_has_come_and_what_is_on_its_way) {
  const auto [client, server] = in_.connect_both();
  in_.send(a_, client, "come, ");
  in_.run_for(1s);
  in_.send(a_, client, "on its way, ");
  io::released moving = b_.release(server);
  in_.run_for(1s);
  const io::handle moved = second_->adopt(std::move(moving));
  in_.send(a_, client, "and later");
  in_.run_for(1s);
  EXPECT_EQ(world::receive_now(*second_, moved).data, "come, on its way, and later");
  EXPECT_EQ(second_->peer_name(moved), a_.local_name(client));
  EXPECT_FALSE(b_.has_sources());
  kept reading;
  io::result done;
  ASSERT_FALSE(second_->receive(moved, reading, done));
  in_.send(a_, client, "told there");
  in_.run_for(1s);
  EXPECT_TRUE(second_->is_ready());
  second_->poll(0ns);
  EXPECT_EQ(reading.got->data, "told there");
}

TEST_F(simulated_moves, of_a_listener_keep_the_connections_that_wait_and_those_that_come_meanwhile) {
  const io::handle listener = world::listen(b_, at(in_.b_address, 80));
  EXPECT_EQ(in_.connect(a_, world::open(a_), at(in_.b_address, 80)), 0);
  in_.run_for(1s);
  io::released moving = b_.release(listener);
  EXPECT_EQ(in_.connect(a_, world::open(a_), at(in_.b_address, 80)), 0);
  in_.run_for(1s);
  const io::handle moved = second_->adopt(std::move(moving));
  for (int count = 0; count < 2; ++count) EXPECT_TRUE(in_.accept(*second_, moved));
}

TEST_F(simulated_moves, end_who_waits_and_give_back_what_was_not_sent) {
  const auto [client, server] = in_.connect_both();
  kept reading;
  kept writing;
  io::result done;
  std::vector<bytes> large{bytes{std::string(std::size_t{1} << 20, 'z')}};
  ASSERT_FALSE(b_.receive(server, reading, done));
  ASSERT_FALSE(b_.send(server, large, writing, done));
  const io::released moving = b_.release(server);
  EXPECT_EQ(reading.got->error, EBADF);
  EXPECT_EQ(writing.got->error, EBADF);
  EXPECT_EQ(moving.unsent.front().size() + writing.got->sent, std::size_t{1} << 20);
}

TEST_F(simulated_moves, that_nobody_adopts_close_the_socket) {
  const auto [client, server] = in_.connect_both();
  b_.release(server);
  const io::result end = in_.receive(a_, client);
  EXPECT_EQ(end.error, 0);
  EXPECT_TRUE(end.data.empty());
}

TEST_F(simulated_moves, stay_on_their_host) {
  const auto [client, server] = in_.connect_both();
  EXPECT_THROW(a_.adopt(b_.release(server)), std::system_error);
  EXPECT_THROW(a_.adopt(0), std::system_error);
}

TEST_F(simulated_tcp_connections, of_a_closed_driver_are_closed) {
  const auto [client, server] = in_.connect_both();
  in_.at_b.reset();
  EXPECT_TRUE(in_.receive(a_, client).data.empty());
}

TEST_F(simulated_tcp_connections, refuse_what_they_have_not) {
  EXPECT_EQ(a_.open({AF_UNIX, SOCK_STREAM}).error(), EAFNOSUPPORT);
  EXPECT_EQ(a_.open({AF_INET, SOCK_RAW}).error(), EINVAL);
  const io::handle fresh = world::open(a_);
  EXPECT_EQ(in_.receive(a_, fresh).error, ENOTCONN);
  EXPECT_EQ(in_.send(a_, fresh, "x").error, ENOTCONN);
  EXPECT_EQ(a_.shutdown(fresh, io::shutdown_how::write), ENOTCONN);
  EXPECT_EQ(a_.peer_name(fresh).error(), ENOTCONN);
  EXPECT_EQ(in_.connect(a_, fresh, io::socket_name::of_unix("path")), EAFNOSUPPORT);
  EXPECT_EQ(in_.connect(a_, fresh, at(*ip_address::parse("fd00::1"), 80)), EAFNOSUPPORT);
  EXPECT_EQ(in_.connect(a_, world::open(a_, AF_INET6), at(*ip_address::parse("fd00::1"), 80)), ENETUNREACH);
}

}  // namespace
}  // namespace dialtone::testing::two_hosts
