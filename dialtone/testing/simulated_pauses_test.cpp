// SPDX-License-Identifier: Apache-2.0
// What TCP's users see of hosts that stand still, and of resets.
#include <dialtone/testing/simulated_hosts_test.hpp>

namespace dialtone::testing::two_hosts {
namespace {

class simulated_pauses : public simulated_faults {};

TEST_F(simulated_pauses, make_what_arrives_wait) {
  const auto [client, server] = in_.connect_both();
  in_.run_for(1s);
  in_.network.pause(in_.b);
  in_.send(a_, client, "waits, ");
  in_.run_for(1s);
  in_.send(a_, client, "and waits");
  in_.run_for(10s);
  EXPECT_EQ(world::receive_now(b_, server).error, -1);
  in_.network.resume(in_.b);
  EXPECT_EQ(time_of(in_, [&] { EXPECT_EQ(in_.receive(b_, server).data, "waits, and waits"); }), 0s);
  expect_alive({client, server});
}

TEST_F(simulated_pauses, that_are_too_long_are_given_up) {
  const auto [client, server] = in_.connect_both();
  in_.run_for(1s);
  in_.network.pause(in_.b);
  in_.send(a_, client, "waits");
  EXPECT_EQ(time_of(in_, [&] { EXPECT_EQ(in_.receive(a_, client).error, ETIMEDOUT); }), 924'600ms);
  in_.network.resume(in_.b);
  EXPECT_EQ(in_.send(b_, server, "what was it?").error, 0);
  EXPECT_EQ(in_.receive(b_, server).error, ECONNRESET);
}

TEST_F(simulated_pauses, stop_the_timers_of_the_host) {
  const auto [client, server] = in_.connect_both();
  in_.run_for(1s);
  in_.cut();
  in_.send(a_, client, "sent again when a goes on");
  in_.network.pause(in_.a);
  in_.run_for(100s);
  in_.mend();
  EXPECT_EQ(world::receive_now(b_, server).error, -1);
  in_.network.resume(in_.a);
  EXPECT_EQ(time_of(in_, [&] { in_.receive(b_, server); }), 1ms);
}

TEST_F(simulated_pauses, hold_back_connects) {
  const io::handle listener = world::listen(b_, at(in_.b_address, 80));
  in_.network.pause(in_.b);
  kept connecting;
  io::result done;
  ASSERT_FALSE(a_.connect(world::open(a_), at(in_.b_address, 80), connecting, done));
  in_.run_for(10s);
  EXPECT_FALSE(connecting.got);
  in_.network.resume(in_.b);
  EXPECT_EQ(time_of(in_, [&] { EXPECT_EQ(in_.finished(connecting).error, 0); }), 1ms);
  EXPECT_TRUE(in_.accept(b_, listener));
  EXPECT_EQ(world::receive_now(b_, listener).error, ENOTCONN);
}

TEST_F(simulated_pauses, may_end_in_a_crash) {
  const auto [client, server] = in_.connect_both();
  in_.run_for(1s);
  in_.network.pause(in_.b);
  in_.send(a_, client, "never heard");
  in_.run_for(1s);
  restart_b();
  EXPECT_EQ(in_.receive(a_, client).error, ECONNRESET);
}

class simulated_resets : public simulated_faults {};

TEST_F(simulated_resets, are_told_at_both_ends_of_all_connections_and_spare_other_hosts) {
  const auto [client, server] = in_.connect_both();
  const auto [second, other] = in_.connect_both();
  const host_id third = in_.network.add_host("third", ip_address::v4(10, 0, 0, 3));
  const std::unique_ptr<io::driver> c = in_.network.make_driver(third);
  const io::handle listener = world::listen(b_, at(in_.b_address, 80));
  const io::handle spared = world::open(*c);
  kept connecting;
  io::result done;
  ASSERT_FALSE(c->connect(spared, at(in_.b_address, 80), connecting, done));
  const io::handle spared_server = in_.accept(b_, listener);
  in_.send(a_, client, "read before");
  in_.run_for(1s);
  in_.send(a_, client, "on its way");
  in_.network.reset_connections(in_.b, in_.a);
  EXPECT_EQ(world::receive_now(b_, server).data, "read before");
  EXPECT_EQ(world::receive_now(b_, server).error, ECONNRESET);
  for (const io::handle each : {client, second}) EXPECT_EQ(world::receive_now(a_, each).error, ECONNRESET);
  EXPECT_EQ(world::receive_now(b_, other).error, ECONNRESET);
  EXPECT_EQ(world::receive_now(b_, spared_server).error, -1);
  EXPECT_TRUE(world::receive_now(b_, server).data.empty()) << "told once, then the end";
}

}  // namespace
}  // namespace dialtone::testing::two_hosts
