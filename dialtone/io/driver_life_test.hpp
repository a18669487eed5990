// SPDX-License-Identifier: Apache-2.0
// The part of the conformance tests of drivers (see driver_conformance_test.hpp) about the life of sockets: opened,
// named, listening, connecting, whatever happens to them, and the driver that outlives them all.
#pragma once

#include <dialtone/io/driver_conformance_test.hpp>

#include <array>
#include <random>
#include <thread>
#include <utility>

namespace dialtone::io::conformance {

using std::chrono_literals::operator""ms;

TEST_P(driver_conformance, connections_are_accepted_when_they_come_or_were_there_already) {
  const handle listener = listen_on(io_, loopback());
  for (int round = 0; round < 5; ++round) {
    const connection early = connect_to(io_, listener);
    waiting accepting;
    result done;
    ASSERT_FALSE(io_.accept(listener, accepting, done));
    io_.poll(0ms);
    EXPECT_FALSE(accepting.got);
    const handle client = open_stream(io_);
    ASSERT_EQ(connect(io_, client, io_.local_name(listener).value()), 0);
    const handle late = finished(io_, accepting).accepted;
    ASSERT_TRUE(late);
    send(io_, client, "late");
    send(io_, early.client, "early");
    EXPECT_EQ(receive(io_, late).data, "late");
    EXPECT_EQ(receive(io_, early.server).data, "early");
  }
}

TEST_P(driver_conformance, a_cancelled_accept_loses_no_connection) {
  const handle listener = listen_on(io_, loopback());
  constexpr int count = 20;
  for (int round = 0; round < count; ++round) {
    waiting gone;
    result done;
    ASSERT_FALSE(io_.accept(listener, gone, done));
    io_.poll(0ms);
    const handle client = open_stream(io_);
    if (round % 2 == 0) io_.cancel(gone);
    ASSERT_EQ(connect(io_, client, io_.local_name(listener).value()), 0);
    io_.cancel(gone);
    io_.poll(0ms);
    const handle server = gone.got ? gone.got->accepted : accept(io_, listener);
    ASSERT_TRUE(server) << round;
    send(io_, client, bytes{std::to_string(round)});
    EXPECT_EQ(receive(io_, server).data, std::to_string(round));
    io_.close(client);
    io_.close(server);
  }
}

TEST_P(driver_conformance, a_connect_to_nobody_is_refused) {
  const handle listener = listen_on(io_, loopback());
  const socket_name gone = io_.local_name(listener).value();
  io_.close(listener);
  EXPECT_EQ(connect(io_, open_stream(io_), gone), ECONNREFUSED);
}

TEST_P(driver_conformance, a_connect_that_is_cancelled_goes_on_unseen) {
  const handle listener = listen_on(io_, loopback());
  const handle client = open_stream(io_);
  waiting gone;
  result done;
  if (!io_.connect(client, io_.local_name(listener).value(), gone, done)) {
    io_.cancel(gone);
    waiting second;
    ASSERT_TRUE(io_.connect(client, io_.local_name(listener).value(), second, done));
    EXPECT_EQ(done.error, EALREADY);
  }
  const handle server = accept(io_, listener);
  ASSERT_TRUE(server);
  io_.poll(1ms);
  EXPECT_FALSE(gone.got);
  EXPECT_EQ(send(io_, client, "connected").error, 0);
  EXPECT_EQ(receive(io_, server).data, "connected");
}

TEST_P(driver_conformance, a_shutdown_of_its_own_side_ends_who_reads) {
  const auto [client, server] = make_connection(io_);
  waiting read;
  result done;
  ASSERT_FALSE(io_.receive(server, read, done));
  io_.poll(0ms);
  EXPECT_EQ(io_.shutdown(server, shutdown_how::both), 0);
  const result end = finished(io_, read);
  EXPECT_EQ(end.error, 0);
  EXPECT_TRUE(end.data.empty());
  EXPECT_TRUE(receive(io_, client).data.empty());
}

TEST_P(driver_conformance, options_are_set_and_asked_for) {
  const handle socket = open_stream(io_);
  const auto keeps_alive = [&] {
    int value = -1;
    EXPECT_EQ(io_.option(socket, {SOL_SOCKET, SO_KEEPALIVE}, std::as_writable_bytes(std::span{&value, 1})),
              sizeof value);
    return value;
  };
  EXPECT_EQ(keeps_alive(), 0);
  EXPECT_EQ(set(io_, socket, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
  EXPECT_EQ(keeps_alive(), 1);
  EXPECT_EQ(set(io_, socket, SOL_SOCKET, 12345, 1), ENOPROTOOPT);
  EXPECT_EQ(io_.open({.family = AF_INET, .type = 77}).error(), EINVAL);
}

TEST_P(driver_conformance, both_ends_of_a_connection_know_their_names) {
  const handle listener = listen_on(io_, loopback());
  const auto [client, server] = connect_to(io_, listener);
  EXPECT_EQ(io_.peer_name(client), io_.local_name(listener));
  EXPECT_EQ(io_.local_name(server), io_.local_name(listener));
  EXPECT_EQ(io_.peer_name(server), io_.local_name(client));
  EXPECT_EQ(io_.peer_name(listener).error(), ENOTCONN);
  const handle second = open_stream(io_);
  EXPECT_EQ(io_.bind(second, io_.local_name(listener).value()), EADDRINUSE);
}

TEST_P(driver_conformance, one_that_is_told_may_use_the_driver) {
  struct closer : operation {
    closer() : operation{[](operation& self, result&& got) { static_cast<closer&>(self).act(std::move(got)); }} {}
    void act(result got) {
      told = std::move(got);
      for (const handle each : victims) io->close(each);
      again_failed = io->receive(own, again, done);
    }
    driver* io = nullptr;
    handle own;
    std::vector<handle> victims;
    waiting again;
    result told;
    result done;
    bool again_failed = true;
  };
  const handle listener = listen_on(io_, loopback());
  const connection first = connect_to(io_, listener);
  const connection second = connect_to(io_, listener);
  const connection third = connect_to(io_, listener);
  closer acting;
  acting.io = &io_;
  acting.own = first.server;
  acting.victims = {second.server, third.server};
  waiting closed_second;
  waiting closed_third;
  ASSERT_FALSE(io_.receive(first.server, acting, acting.done));
  ASSERT_FALSE(io_.receive(second.server, closed_second, acting.done));
  ASSERT_FALSE(io_.receive(third.server, closed_third, acting.done));
  for (const connection& each : {first, second, third}) send(io_, each.client, "x");
  while (acting.again_failed) io_.poll(10ms);
  EXPECT_EQ(acting.told.data, "x");
  EXPECT_TRUE(closed_second.got && closed_third.got);
  send(io_, first.client, "more");
  EXPECT_EQ(finished(io_, acting.again).data, "more");
}

// Receives, sends, cancels and closes at any moment: nothing is completed twice or after it was cancelled, and what
// arrives is what was sent.
TEST_P(driver_conformance, it_bears_whatever_happens_at_whatever_moment) {
  struct end {
    handle socket;
    waiting read;
    waiting write;
    std::size_t sent = 0;
    std::size_t received = 0;
  };
  std::mt19937 random{13};
  const handle listener = listen_on(io_, loopback());
  std::vector<std::unique_ptr<std::array<end, 2>>> connections(12);
  const auto check = [](end& reader, const result& got) {
    if (got.error == 0) {
      EXPECT_TRUE(got.data == pattern(got.data.size(), reader.received));
    }
    reader.received += got.data.size();
  };
  const auto act = [&](end& one) {
    result done;
    if (one.read.got) check(one, *std::exchange(one.read.got, std::nullopt));
    one.write.got.reset();
    const unsigned int what = random() % 8;
    if (what < 3 && !one.read.in_flight && io_.receive(one.socket, one.read, done)) check(one, done);
    if (what == 3) io_.cancel(one.read);
    if (what == 4) io_.cancel(one.write);
    if (what < 5 || one.write.in_flight) return;
    const std::size_t size = random() % 3 == 0 ? random() % 300'000 : random() % 2000;
    std::vector<bytes> pieces{bytes{pattern(size, one.sent)}, bytes{pattern(size / 2, one.sent + size)}};
    if (!io_.send(one.socket, pieces, one.write, done) || done.error == 0) one.sent += size + size / 2;
  };
  for (int round = 0; round < 4000; ++round) {
    auto& chosen = connections[random() % connections.size()];
    if (chosen == nullptr) {
      chosen = std::make_unique<std::array<end, 2>>();
      const connection made = connect_to(io_, listener);
      (*chosen)[0].socket = made.client;
      (*chosen)[1].socket = made.server;
    }
    act((*chosen)[random() % 2]);
    if (random() % 4 == 0) io_.poll(0ms);
    if (random() % 50 != 0) continue;
    for (end& each : *chosen) {
      io_.close(each.socket);
      EXPECT_FALSE(each.read.in_flight || each.write.in_flight);
    }
    chosen.reset();
  }
  for (auto& each : connections)
    for (int side = 0; each != nullptr && side < 2; ++side) io_.close((*each)[static_cast<std::size_t>(side)].socket);
  io_.close(listener);
  EXPECT_FALSE(io_.has_sources());
}

TEST_P(driver_conformance, it_has_sources_while_a_handle_is_open) {
  EXPECT_FALSE(io_.has_sources());
  const handle opened = open_stream(io_);
  EXPECT_TRUE(io_.has_sources());
  io_.close(opened);
  EXPECT_FALSE(io_.has_sources());
}

TEST_P(driver_conformance, wake_ends_a_wait_from_another_thread_or_the_next_one) {
  for (int round = 0; round < 100; ++round) {
    std::thread waker{[&] { io_.wake(); }};
    io_.poll(duration::max());
    waker.join();
    io_.wake();
    io_.poll(duration::max());
  }
  EXPECT_FALSE(io_.has_sources());
}

TEST_P(driver_conformance, another_thread_takes_over_what_is_in_flight) {
  const handle listener = listen_on(io_, loopback());
  connection made;
  waiting reading;
  waiting writing;
  waiting accepting;
  result done;
  std::vector<bytes> large{bytes{pattern(16 * 1024 * 1024)}};
  std::thread first{[&] {
    made = connect_to(io_, listener);
    ASSERT_FALSE(io_.receive(made.client, reading, done));
    ASSERT_FALSE(io_.send(made.client, large, writing, done));
    ASSERT_FALSE(io_.accept(listener, accepting, done));
    io_.poll(0ms);
    io_.hand_over();
  }};
  first.join();
  EXPECT_TRUE(receive_bytes(io_, made.server, 16 * 1024 * 1024) == pattern(16 * 1024 * 1024));
  EXPECT_EQ(finished(io_, writing).error, 0);
  send(io_, made.server, "answer");
  EXPECT_EQ(finished(io_, reading).data, "answer");
  const handle client = open_stream(io_);
  EXPECT_EQ(connect(io_, client, io_.local_name(listener).value()), 0);
  EXPECT_TRUE(finished(io_, accepting).accepted);
}

}  // namespace dialtone::io::conformance
