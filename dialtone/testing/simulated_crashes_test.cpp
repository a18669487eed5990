// SPDX-License-Identifier: Apache-2.0
// What TCP's users see of hosts that crash and come back.
#include <dialtone/testing/simulated_hosts_test.hpp>

namespace dialtone::testing::two_hosts {
namespace {

class simulated_crashes : public simulated_faults {};

TEST_F(simulated_crashes, are_silent_until_somebody_gives_up) {
  const auto [client, server] = in_.connect_both();
  in_.run_for(1s);
  in_.network.crash(in_.b);
  in_.run_for(24h);
  EXPECT_EQ(world::receive_now(a_, client).error, -1);
  EXPECT_EQ(in_.send(a_, client, "anybody there?").error, 0);
  EXPECT_EQ(time_of(in_, [&] { EXPECT_EQ(in_.receive(a_, client).error, ETIMEDOUT); }), 924'600ms);
  EXPECT_EQ(in_.connect(a_, world::open(a_), at(in_.b_address, 80)), ETIMEDOUT);
}

TEST_F(simulated_crashes, are_noticed_after_the_restart_by_who_says_something) {
  const auto [client, server] = in_.connect_both();
  restart_b();
  in_.run_for(24h);
  EXPECT_EQ(world::receive_now(a_, client).error, -1) << "half of the connection is left";
  EXPECT_EQ(in_.send(a_, client, "hello?").error, 0);
  EXPECT_EQ(time_of(in_, [&] { EXPECT_EQ(in_.receive(a_, client).error, ECONNRESET); }), 2ms);
}

TEST_F(simulated_crashes, answer_what_was_sent_meanwhile_with_a_reset_after_the_restart) {
  const auto [client, server] = in_.connect_both();
  in_.run_for(1s);
  in_.network.crash(in_.b);
  in_.send(a_, client, "sent again and again");
  in_.run_for(10s);
  in_.network.restart(in_.b);
  EXPECT_EQ(in_.receive(a_, client).error, ECONNRESET);
}

TEST_F(simulated_crashes, that_begin_with_an_end_answer_it_with_a_reset) {
  const auto [client, server] = in_.connect_both();
  in_.run_for(1s);
  restart_b();
  EXPECT_EQ(a_.shutdown(client, io::shutdown_how::write), 0);
  EXPECT_EQ(in_.receive(a_, client).error, ECONNRESET);
}

TEST_F(simulated_crashes, let_arrive_what_has_left_before) {
  const auto [client, server] = in_.connect_both();
  in_.send(b_, server, "last words");
  in_.network.crash(in_.b);
  EXPECT_EQ(in_.receive(a_, client).data, "last words");
}

TEST_F(simulated_crashes, leave_sockets_that_can_do_nothing_but_close) {
  const io::handle listener = world::listen(b_, at(in_.b_address, 80));
  const auto [client, server] = in_.connect_to(listener);
  kept reading;
  kept accepting;
  io::result done;
  ASSERT_FALSE(b_.receive(server, reading, done));
  ASSERT_FALSE(b_.accept(listener, accepting, done));
  in_.send(a_, client, "unheard");
  in_.network.crash(in_.b);
  in_.run_for(1s);
  for (const bool restarted : {false, true}) {
    if (restarted) in_.network.restart(in_.b);
    EXPECT_EQ(b_.open({AF_INET, SOCK_STREAM}).error(), ENETDOWN);
    EXPECT_EQ(in_.send(b_, server, "x").error, ENETDOWN);
    EXPECT_EQ(b_.shutdown(server, io::shutdown_how::write), ENETDOWN);
    EXPECT_EQ(b_.listen(listener, 8), ENETDOWN);
    EXPECT_EQ(b_.peer_name(server).error(), ENETDOWN);
    b_.poll(0ns);
    EXPECT_FALSE(reading.got || accepting.got);
  }
  b_.close(server);
  b_.close(listener);
  EXPECT_EQ(reading.got->error, EBADF);
  EXPECT_EQ(accepting.got->error, EBADF);
  in_.at_b.reset();
  in_.run_for(1s);
  EXPECT_EQ(world::receive_now(a_, client).error, ECONNRESET) << "of what was sent again, not of the close";
}

TEST_F(simulated_crashes, end_with_a_host_that_has_its_ports_back) {
  world::listen(b_, at(in_.b_address, 80));
  kept connecting;
  io::result done;
  in_.network.crash(in_.b);
  ASSERT_FALSE(a_.connect(world::open(a_), at(in_.b_address, 80), connecting, done));
  in_.run_for(5s);
  in_.network.restart(in_.b);
  again_ = in_.network.make_driver(in_.b);
  world::listen(*again_, at(in_.b_address, 80));
  EXPECT_EQ(in_.finished(connecting).error, 0) << "the next try is answered";
}

TEST_F(simulated_crashes, of_both_ends_leave_nothing) {
  const auto [client, server] = in_.connect_both();
  in_.send(a_, client, "x");
  in_.network.crash(in_.a);
  in_.network.crash(in_.b);
  in_.run_for(1h);
  EXPECT_EQ(in_.network.connection_count(), 0);
  EXPECT_EQ(in_.network.next_event(), never);
}

TEST_F(simulated_crashes, are_found_by_keepalive) {
  const auto [client, server] = in_.connect_both();
  const auto [other, gone] = in_.connect_both();
  for (const io::handle each : {client, other}) {
    world::set(a_, each, IPPROTO_TCP, TCP_KEEPIDLE, 60);
    world::set(a_, each, IPPROTO_TCP, TCP_KEEPINTVL, 10);
    world::set(a_, each, IPPROTO_TCP, TCP_KEEPCNT, 3);
    world::set(a_, each, SOL_SOCKET, SO_KEEPALIVE, 1);
  }
  in_.run_for(1h);
  EXPECT_EQ(world::receive_now(a_, client).error, -1) << "an answer each minute";
  in_.network.crash(in_.b);
  EXPECT_EQ(time_of(in_, [&] { EXPECT_EQ(in_.receive(a_, client).error, ETIMEDOUT); }), 60s + 3 * 10s);
  EXPECT_EQ(world::receive_now(a_, other).error, ETIMEDOUT);
}

TEST_F(simulated_crashes, are_found_by_keepalive_after_the_restart) {
  const auto [client, server] = in_.connect_both();
  world::set(a_, client, SOL_SOCKET, SO_KEEPALIVE, 1);
  restart_b();
  in_.run_for(2h - 2ms);
  EXPECT_EQ(world::receive_now(a_, client).error, -1);
  in_.run_for(2ms);
  EXPECT_EQ(world::receive_now(a_, client).error, ECONNRESET);
}

}  // namespace
}  // namespace dialtone::testing::two_hosts
