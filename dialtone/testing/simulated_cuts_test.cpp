// SPDX-License-Identifier: Apache-2.0
// What TCP's users see of links that are cut, in one direction or both.
#include <dialtone/testing/simulated_hosts_test.hpp>

namespace dialtone::testing::two_hosts {
namespace {

class simulated_cuts : public simulated_faults {};

// Sent again after 200 ms, 600 ms, 1.4 s, 3 s, 6.2 s, 12.6 s.
TEST_F(simulated_cuts, hold_back_what_is_sent_until_it_is_sent_again_after_the_mend) {
  for (const auto& [length, arrives] : {std::pair<duration, duration>{100ms, 201ms},
                                        {199ms, 201ms},
                                        {201ms, 601ms},
                                        {3100ms, 6201ms},
                                        {10s, 12601ms}}) {
    const auto [client, server] = in_.connect_both();
    in_.run_for(1s);
    in_.cut();
    const time_point start = in_.clock.now();
    in_.send(a_, client, "held ");
    in_.run_for(length / 2);
    in_.send(a_, client, "back");
    in_.run_until(start + length);
    in_.mend();
    EXPECT_EQ(in_.receive_bytes(b_, server, 9), "held back");
    EXPECT_EQ(in_.clock.now() - start, arrives);
    expect_alive({client, server});
    EXPECT_EQ(time_of(in_, [&] { in_.send(a_, client, "x"), in_.receive(b_, server); }), 1ms) << "as before";
  }
}

TEST_F(simulated_cuts, stop_what_is_on_its_way) {
  const auto [client, server] = in_.connect_both();
  in_.send(a_, client, "too late");
  in_.run_for(500us);
  in_.network.cut(in_.a, in_.b);
  in_.run_for(1ms);
  in_.network.mend(in_.a, in_.b);
  in_.run_for(100ms);
  EXPECT_EQ(world::receive_now(b_, server).error, -1);
  in_.run_for(102ms);
  EXPECT_EQ(world::receive_now(b_, server).data, "too late");
}

TEST_F(simulated_cuts, are_given_up_by_who_sends_and_never_noticed_by_who_waits) {
  const auto [client, server] = in_.connect_both();
  in_.run_for(1s);
  in_.cut();
  kept reading;
  kept waiting;
  io::result done;
  ASSERT_FALSE(a_.receive(client, reading, done));
  ASSERT_FALSE(b_.receive(server, waiting, done));
  in_.send(a_, client, "lost");
  in_.run_for(924'599ms);
  EXPECT_FALSE(reading.got);
  in_.run_for(1ms);
  ASSERT_TRUE(reading.got);
  EXPECT_EQ(reading.got->error, ETIMEDOUT);
  EXPECT_EQ(in_.send(a_, client, "more").error, EPIPE);
  in_.mend();
  in_.run_for(24h);
  EXPECT_FALSE(waiting.got) << "half of the connection is left";
  EXPECT_EQ(in_.send(b_, server, "anybody there?").error, 0);
  EXPECT_EQ(in_.finished(waiting).error, ECONNRESET);
}

TEST_F(simulated_cuts, that_end_just_before_the_limit_are_survived) {
  const auto [client, server] = in_.connect_both();
  world::set(a_, client, IPPROTO_TCP, TCP_USER_TIMEOUT, 1500);
  in_.run_for(1s);
  in_.cut();
  in_.send(a_, client, "just in time");
  in_.run_for(1399ms);
  in_.mend();
  EXPECT_EQ(in_.receive(b_, server).data, "just in time");
  expect_alive({client, server});
  in_.cut();
  in_.send(a_, client, "too late");
  in_.run_for(1500ms);
  in_.mend();
  EXPECT_EQ(in_.receive(a_, client).error, ETIMEDOUT);
}

TEST_F(simulated_cuts, of_one_direction_let_data_through_that_is_never_acknowledged) {
  const auto [client, server] = in_.connect_both();
  in_.run_for(1s);
  in_.network.cut(in_.b, in_.a);
  in_.send(a_, client, "heard");
  EXPECT_EQ(time_of(in_, [&] { EXPECT_EQ(in_.receive(b_, server).data, "heard"); }), 1ms);
  in_.send(b_, server, "unheard");
  EXPECT_EQ(time_of(in_, [&] { EXPECT_EQ(in_.receive(a_, client).error, ETIMEDOUT); }), 924'599ms);
  EXPECT_EQ(in_.receive(b_, server).error, ETIMEDOUT);
}

TEST_F(simulated_cuts, of_one_direction_that_are_mended_leave_nothing_behind) {
  const auto [client, server] = in_.connect_both();
  in_.run_for(1s);
  in_.network.cut(in_.b, in_.a);
  in_.send(a_, client, "heard once");
  in_.run_for(5s);
  in_.network.mend(in_.b, in_.a);
  in_.run_for(1h);
  EXPECT_EQ(world::receive_now(b_, server).data, "heard once");
  EXPECT_EQ(in_.network.next_event(), never);
  expect_alive({client, server});
}

TEST_F(simulated_cuts, hold_back_the_end_too) {
  const auto [client, server] = in_.connect_both();
  in_.run_for(1s);
  in_.cut();
  in_.send(a_, client, "last words");
  a_.close(client);
  in_.run_for(10s);
  in_.mend();
  EXPECT_EQ(in_.receive_bytes(b_, server, 100), "last words");
  b_.close(server);
  in_.run_for(1h);
  EXPECT_EQ(in_.network.connection_count(), 0);
}

TEST_F(simulated_cuts, swallow_a_reset_until_the_other_end_says_something) {
  const auto [client, server] = in_.connect_both();
  in_.run_for(1s);
  in_.send(b_, server, "unread");
  in_.run_for(1s);
  in_.cut();
  a_.close(client);
  in_.run_for(1s);
  in_.mend();
  in_.run_for(1h);
  EXPECT_EQ(world::receive_now(b_, server).error, -1);
  EXPECT_EQ(in_.send(b_, server, "hello?").error, 0);
  EXPECT_EQ(time_of(in_, [&] { EXPECT_EQ(in_.receive(b_, server).error, ECONNRESET); }), 2ms);
}

TEST_F(simulated_cuts, make_a_connect_wait_for_its_next_try) {
  const io::handle listener = world::listen(b_, at(in_.b_address, 80));
  for (const host_id from : {in_.a, in_.b}) {
    const host_id to = from == in_.a ? in_.b : in_.a;
    kept connecting;
    io::result done;
    in_.network.cut(from, to);
    ASSERT_FALSE(a_.connect(world::open(a_), at(in_.b_address, 80), connecting, done));
    in_.run_for(2s);
    in_.network.mend(from, to);
    EXPECT_EQ(time_of(in_, [&] { EXPECT_EQ(in_.finished(connecting).error, 0); }), 1s + 2ms);
    EXPECT_TRUE(in_.accept(b_, listener));
  }
}

TEST_F(simulated_cuts, hold_back_the_room_of_a_reader_and_then_let_the_writer_go_on) {
  const auto [client, server] = in_.connect_both();
  constexpr std::size_t window = std::size_t{256} * 1024;
  std::vector<bytes> pieces{bytes{std::string(4 * window, 'x')}};
  kept writing;
  io::result done;
  ASSERT_FALSE(a_.send(client, pieces, writing, done));
  in_.run_for(1s);
  in_.network.cut(in_.b, in_.a);
  EXPECT_EQ(in_.receive_bytes(b_, server, window).size(), window);
  in_.run_for(100s);
  EXPECT_EQ(world::receive_now(b_, server).error, -1);
  in_.network.mend(in_.b, in_.a);
  EXPECT_EQ(in_.receive_bytes(b_, server, 3 * window).size(), 3 * window);
  EXPECT_EQ(in_.finished(writing).error, 0);
}

// A runtime does not poll a driver without sources: it would take it for ready for ever.
TEST_F(simulated_faults, what_was_noticed_of_a_socket_that_was_closed_since_makes_no_driver_ready) {
  const connection made = in_.connect_both();
  kept later;
  io::result done;
  ASSERT_FALSE(a_.receive(made.client, later, done));
  in_.send(b_, made.server, "ping");
  while (!a_.is_ready()) {
    in_.clock.advance_to(in_.network.next_event());
    in_.network.run_events();
  }
  a_.cancel(later);
  a_.close(made.client);
  EXPECT_FALSE(a_.has_sources());
  EXPECT_FALSE(a_.is_ready());
}

}  // namespace
}  // namespace dialtone::testing::two_hosts
