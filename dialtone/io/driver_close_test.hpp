// SPDX-License-Identifier: Apache-2.0
// The part of the conformance tests of drivers (see driver_conformance_test.hpp) about the end of sockets: closed at
// any moment, with nothing left of them.
#pragma once

#include <dialtone/io/driver_conformance_test.hpp>

#include <algorithm>
#include <thread>

namespace dialtone::io::conformance {

using std::chrono_literals::operator""ms;

TEST_P(driver_conformance, a_close_ends_what_is_in_flight) {
  const handle listener = listen_on(io_, loopback());
  const connection between = connect_to(io_, listener);
  waiting accepting;
  waiting reading;
  waiting writing;
  waiting connecting;
  result done;
  std::vector<bytes> large{bytes{std::string(32 * 1024 * 1024, 'z')}};
  ASSERT_FALSE(io_.accept(listener, accepting, done));
  ASSERT_FALSE(io_.receive(between.server, reading, done));
  ASSERT_FALSE(io_.send(between.server, large, writing, done));
  const handle unanswered = open_stream(io_);
  // Addresses for documentation (RFC 5737): a machine without a route to them refuses at once.
  socket_name nowhere = loopback(9);
  static_cast<sockaddr_in*>(nowhere.data())->sin_addr.s_addr = htonl(0xc0000201);
  const bool refused_at_once = io_.connect(unanswered, nowhere, connecting, done);
  io_.poll(0ms);
  for (const handle each : {listener, between.server, unanswered}) io_.close(each);
  EXPECT_EQ(accepting.got->error, EBADF);
  EXPECT_EQ(reading.got->error, EBADF);
  EXPECT_EQ(writing.got->error, EBADF);
  EXPECT_TRUE(refused_at_once || connecting.got);
  io_.close(between.client);
  EXPECT_FALSE(io_.has_sources());
}

TEST_P(driver_conformance, an_address_is_free_at_once_after_the_close_of_its_listener) {
  socket_name name = loopback();
  for (int round = 0; round < 100; ++round) {
    const handle listener = open_stream(io_);
    ASSERT_EQ(io_.bind(listener, name), 0) << round;
    ASSERT_EQ(io_.listen(listener, 8), 0) << round;
    name = io_.local_name(listener).value();
    waiting accepting;
    result done;
    ASSERT_FALSE(io_.accept(listener, accepting, done));
    if (round % 2 == 0) io_.poll(0ms);
    io_.close(listener);
    EXPECT_EQ(accepting.got->error, EBADF);
  }
}

TEST_P(driver_conformance, the_peer_of_a_closed_socket_sees_the_end_at_once) {
  for (const bool polled : {false, true}) {
    const auto [client, server] = make_connection(io_);
    waiting read;
    result done;
    ASSERT_FALSE(io_.receive(server, read, done));
    if (polled) io_.poll(0ms);
    io_.close(server);
    EXPECT_EQ(read.got->error, EBADF);
    const result end = receive(io_, client);
    EXPECT_EQ(end.error, 0);
    EXPECT_TRUE(end.data.empty());
    io_.close(client);
  }
}

TEST_P(driver_conformance, a_closed_handle_is_an_error_everywhere) {
  const handle closed = open_stream(io_);
  io_.close(closed);
  io_.close(closed);
  EXPECT_EQ(receive(io_, closed).error, EBADF);
  EXPECT_EQ(send(io_, closed, "x").error, EBADF);
  EXPECT_EQ(connect(io_, closed, loopback(9)), EBADF);
  waiting late;
  result done;
  EXPECT_TRUE(io_.accept(closed, late, done));
  EXPECT_EQ(done.error, EBADF);
  EXPECT_EQ(io_.bind(closed, loopback()), EBADF);
  EXPECT_EQ(io_.listen(closed, 1), EBADF);
  EXPECT_EQ(io_.shutdown(closed, shutdown_how::write), EBADF);
  EXPECT_EQ(set(io_, closed, SOL_SOCKET, SO_KEEPALIVE, 1), EBADF);
  EXPECT_EQ(io_.local_name(closed).error(), EBADF);
  EXPECT_EQ(io_.peer_name(closed).error(), EBADF);
  EXPECT_LT(io_.release(closed).descriptor, 0);
  EXPECT_EQ(receive(io_, handle{}).error, EBADF);
}

TEST_P(driver_conformance, what_comes_for_a_closed_handle_never_reaches_its_successor) {
  const handle listener = listen_on(io_, loopback());
  for (int round = 0; round < 200; ++round) {
    const connection first = connect_to(io_, listener);
    waiting read;
    result done;
    ASSERT_FALSE(io_.receive(first.server, read, done));
    if (round % 2 == 0) io_.poll(0ms);
    send(io_, first.client, "for the first");
    if (round % 3 == 0) io_.cancel(read);
    io_.close(first.server);
    const connection second = connect_to(io_, listener);
    EXPECT_NE(second.client, first.server);
    EXPECT_NE(second.server, first.server);
    send(io_, second.client, "for the second");
    ASSERT_EQ(receive(io_, second.server).data, "for the second") << round;
    for (const handle each : {first.client, second.client, second.server}) io_.close(each);
  }
}

TEST_P(driver_conformance, thousands_of_sockets_leave_nothing) {
  const handle listener = listen_on(io_, loopback());
  std::uint32_t highest = 0;
  for (int round = 0; round < 3000; ++round) {
    const connection made = connect_to(io_, listener);
    highest = std::max({highest, made.client.slot, made.server.slot});
    waiting read;
    result done;
    if (round % 2 == 0) {
      ASSERT_FALSE(io_.receive(made.server, read, done));
    }
    // The server first, so that the client's port waits and not the listener's.
    io_.close(made.client);
    io_.close(made.server);
  }
  EXPECT_LT(highest, 8);
  io_.close(listener);
  EXPECT_FALSE(io_.has_sources());
}

TEST_P(driver_conformance, a_reader_that_is_told_of_the_end_may_cancel_the_writer) {
  struct canceller : operation {
    canceller() : operation{[](operation& self, result&& got) { static_cast<canceller&>(self).act(got.error); }} {}
    void act(int error) {
      told = error;
      closed_again = io->release(own).descriptor;
      io->cancel(writer);
    }
    driver* io = nullptr;
    handle own;
    waiting writer;
    int told = 0;
    int closed_again = 0;
  };
  for (const bool moves : {false, true}) {
    const connection between = make_connection(io_);
    canceller reading;
    reading.io = &io_;
    reading.own = between.server;
    result done;
    std::vector<bytes> large{bytes{std::string(32 * 1024 * 1024, 'z')}};
    ASSERT_FALSE(io_.receive(between.server, reading, done));
    ASSERT_FALSE(io_.send(between.server, large, reading.writer, done));
    if (moves)
      const released moving = io_.release(between.server);
    else
      io_.close(between.server);
    EXPECT_EQ(reading.told, EBADF);
    EXPECT_EQ(reading.closed_again, -1);
    EXPECT_FALSE(reading.writer.got);
    io_.close(between.client);
    EXPECT_FALSE(io_.has_sources());
  }
}

TEST_P(driver_conformance, after_a_hand_over_a_close_lets_go_of_the_address_on_any_thread) {
  handle listener;
  std::thread first{[&] {
    listener = listen_on(io_, loopback());
    waiting accepting;
    result done;
    ASSERT_FALSE(io_.accept(listener, accepting, done));
    io_.poll(0ms);
    io_.cancel(accepting);
    io_.hand_over();
  }};
  first.join();
  const socket_name name = io_.local_name(listener).value();
  io_.close(listener);
  EXPECT_EQ(io_.bind(open_stream(io_), name), 0);
}

}  // namespace dialtone::io::conformance
