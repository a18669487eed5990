// SPDX-License-Identifier: Apache-2.0
// The part of the conformance tests of drivers (see driver_conformance_test.hpp) about waiting for datagrams and for
// room to send them: any moment is good for a cancel or a close.
#pragma once

#include <dialtone/io/driver_datagram_test.hpp>

#include <array>
#include <random>
#include <thread>

namespace dialtone::io::conformance {

TEST_P(driver_datagrams, a_cancelled_wait_takes_no_datagram) {
  const handle sender = open_datagram(io_);
  const handle receiver = open_datagram(io_);
  for (int round = 0; round < 100; ++round) {
    waiting_datagram gone;
    result done;
    ASSERT_FALSE(io_.receive_datagram(receiver, gone, done));
    if (round % 2 == 0) io_.poll(0ms);
    if (round % 3 == 0) io_.cancel(gone);
    send_datagram(io_, sender, {own_name(io_, receiver), bytes{std::to_string(round)}});
    io_.cancel(gone);
    if (round % 5 == 0) io_.poll(0ms);
    EXPECT_FALSE(gone.later.got);
    ASSERT_EQ(receive_datagram(io_, receiver).data, std::to_string(round));
  }
}

TEST_P(driver_datagrams, datagrams_have_one_reader_and_streams_have_none) {
  const handle socket = open_datagram(io_);
  waiting_datagram first;
  waiting_datagram second;
  result done;
  ASSERT_FALSE(io_.receive_datagram(socket, first, done));
  ASSERT_TRUE(io_.receive_datagram(socket, second, done));
  EXPECT_EQ(done.error, EALREADY);
  EXPECT_EQ(send_datagram(io_, socket, {own_name(io_, socket), "to itself"}).error, 0);
  EXPECT_EQ(finished(io_, first).data, "to itself");
  const auto [client, server] = make_connection(io_);
  EXPECT_EQ(receive_datagram(io_, client).error, EOPNOTSUPP);
  EXPECT_EQ(send_datagram(io_, client, {.data = "x"}).error, EOPNOTSUPP);
  EXPECT_EQ(send(io_, client, "a stream still").error, 0);
  EXPECT_EQ(receive(io_, server).data, "a stream still");
}

TEST_P(driver_datagrams, a_close_ends_a_wait_for_a_datagram_and_frees_the_address) {
  socket_name name = loopback();
  for (int round = 0; round < 100; ++round) {
    const handle socket = open_datagram(io_, name);
    name = own_name(io_, socket);
    waiting_datagram read;
    result done;
    ASSERT_FALSE(io_.receive_datagram(socket, read, done));
    if (round % 2 == 0) io_.poll(0ms);
    io_.close(socket);
    EXPECT_EQ(read.later.got->error, EBADF);
    EXPECT_EQ(receive_datagram(io_, socket).error, EBADF);
    EXPECT_EQ(send_datagram(io_, socket, {name, "x"}).error, EBADF);
  }
  EXPECT_FALSE(io_.has_sources());
}

TEST_P(driver_unix_datagrams, unix_datagrams_have_names_or_none) {
  const handle receiver = open_unix_datagram(io_);
  const handle named = open_unix_datagram(io_);
  const handle unnamed = io_.open({.family = AF_UNIX, .type = SOCK_DGRAM}).value();
  EXPECT_EQ(send_datagram(io_, named, {own_name(io_, receiver), "from a name"}).error, 0);
  EXPECT_EQ(send_datagram(io_, unnamed, {own_name(io_, receiver), ""}).error, 0);
  const received_datagram first = receive_datagram(io_, receiver);
  EXPECT_EQ(first.data, "from a name");
  EXPECT_EQ(first.origin.source, own_name(io_, named));
  const received_datagram second = receive_datagram(io_, receiver);
  EXPECT_EQ(second.data, "");
  EXPECT_EQ(second.error, 0);
  EXPECT_EQ(second.origin.source.size, 0);
  const socket_name gone = own_name(io_, named);
  io_.close(named);
  EXPECT_EQ(send_datagram(io_, unnamed, {gone, "x"}).error, ECONNREFUSED);
}

/// Sends to its peer until it has to wait; how many went out.
inline int fill(driver& io, handle from, waiting& last) {
  result done;
  int sent = 0;
  while (io.send_datagram(from, {.data = bytes{std::to_string(sent)}}, last, done)) {
    EXPECT_EQ(done.error, 0);
    ++sent;
  }
  return sent;
}

TEST_P(driver_unix_datagrams, a_datagram_waits_for_room_at_the_peer) {
  const handle receiver = open_unix_datagram(io_);
  const handle sender = open_unix_datagram(io_);
  ASSERT_EQ(connect(io_, sender, own_name(io_, receiver)), 0);
  waiting held;
  const int sent = fill(io_, sender, held);
  EXPECT_EQ(send_datagram(io_, sender, {.data = "too early"}).error, EALREADY);
  io_.poll(0ms);
  EXPECT_FALSE(held.got);
  const handle other = open_unix_datagram(io_);
  EXPECT_EQ(send_datagram(io_, other, {own_name(io_, receiver), "x"}).error, EAGAIN) << "nobody would tell it";
  for (int index = 0; index < sent; ++index) ASSERT_EQ(receive_datagram(io_, receiver).data, std::to_string(index));
  EXPECT_EQ(finished(io_, held).error, 0);
  EXPECT_EQ(receive_datagram(io_, receiver).data, std::to_string(sent));
}

TEST_P(driver_unix_datagrams, a_cancelled_datagram_still_goes_out_and_a_closed_one_does_not) {
  for (const bool closes : {false, true}) {
    const handle receiver = open_unix_datagram(io_);
    const handle sender = open_unix_datagram(io_);
    ASSERT_EQ(connect(io_, sender, own_name(io_, receiver)), 0);
    auto held = std::make_unique<waiting>();
    const int sent = fill(io_, sender, *held);
    if (closes)
      io_.close(sender);
    else
      io_.cancel(*held);
    EXPECT_EQ(held->got.has_value(), closes);
    EXPECT_EQ(held->got.value_or(result{.error = EBADF}).error, EBADF);
    held.reset();
    for (int index = 0; index < sent; ++index) ASSERT_EQ(receive_datagram(io_, receiver).data, std::to_string(index));
    if (!closes) {
      EXPECT_EQ(receive_datagram(io_, receiver).data, std::to_string(sent));
    }
    waiting_datagram nothing;
    result done;
    EXPECT_FALSE(io_.receive_datagram(receiver, nothing, done));
    io_.cancel(nothing);
  }
}

TEST_P(driver_unix_datagrams, another_thread_takes_over_datagrams_in_flight) {
  const handle receiver = open_unix_datagram(io_);
  const handle sender = open_unix_datagram(io_);
  waiting_datagram reading;
  waiting writing;
  int sent = 0;
  std::thread first{[&] {
    result done;
    ASSERT_EQ(connect(io_, sender, own_name(io_, receiver)), 0);
    ASSERT_FALSE(io_.receive_datagram(sender, reading, done));
    sent = fill(io_, sender, writing);
    io_.poll(0ms);
    io_.hand_over();
  }};
  first.join();
  for (int index = 0; index <= sent; ++index) ASSERT_EQ(receive_datagram(io_, receiver).data, std::to_string(index));
  EXPECT_EQ(finished(io_, writing).error, 0);
  send_datagram(io_, receiver, {own_name(io_, sender), "answer"});
  EXPECT_EQ(finished(io_, reading).data, "answer");
}

TEST_P(driver_datagrams, datagrams_are_kept_as_long_as_wanted) {
  const handle sender = open_datagram(io_);
  const handle receiver = open_datagram(io_);
  std::vector<bytes> kept;
  for (std::size_t index = 0; index < 40; ++index) {
    send_datagram(io_, sender, {own_name(io_, receiver), bytes{pattern(index * 1500, index)}});
    waiting_datagram read;
    result done;
    if (!io_.receive_datagram(receiver, read, done)) {
      finished(io_, read);
      done = std::move(*read.later.got);
    }
    kept.push_back(std::move(done.data));
  }
  made_.reset();
  for (std::size_t index = 0; index < 40; ++index) EXPECT_TRUE(kept[index] == pattern(index * 1500, index)) << index;
}

// Receives, sends, cancels and closes at any moment. Each datagram arrives at most once, whole, and after those that
// its sender has sent before it; with Unix sockets none is lost but with its socket.
TEST_P(driver_unix_datagrams, datagrams_bear_whatever_happens_at_whatever_moment) {
  struct end {
    handle socket;
    waiting_datagram read;
    waiting write;
    int last = -1;
  };
  std::mt19937 random{17};
  int number = 0;
  const auto check = [](end& reader, const bytes& data) {
    const int got = std::stoi(std::string{data.view()});
    EXPECT_GT(got, reader.last);
    EXPECT_EQ(data.size(), std::to_string(got).size() + static_cast<std::size_t>(got % 3000));
    reader.last = got;
  };
  std::vector<std::unique_ptr<std::array<end, 2>>> pairs(8);
  const auto act = [&](end& one) {
    result done;
    if (one.read.later.got) {
      EXPECT_EQ(one.read.later.got->error, 0);
      check(one, std::exchange(one.read.later.got, std::nullopt)->data);
    }
    one.write.got.reset();
    const unsigned int what = random() % 8;
    if (what < 3 && !one.read.in_flight && io_.receive_datagram(one.socket, one.read, done)) check(one, done.data);
    if (what == 3) io_.cancel(one.read);
    if (what == 4) io_.cancel(one.write);
    if (what < 5 || one.write.in_flight) return;
    const std::string text = std::to_string(number) + std::string(static_cast<std::size_t>(number % 3000), ' ');
    ++number;
    if (io_.send_datagram(one.socket, {.data = bytes{text}}, one.write, done)) {
      EXPECT_TRUE(done.error == 0 || done.error == EALREADY) << done.error;
    }
  };
  for (int round = 0; round < 6000; ++round) {
    auto& chosen = pairs[random() % pairs.size()];
    if (chosen == nullptr) {
      chosen = std::make_unique<std::array<end, 2>>();
      for (end& each : *chosen) each.socket = open_unix_datagram(io_);
      for (const int side : {0, 1})
        ASSERT_EQ(connect(io_, (*chosen)[side].socket, own_name(io_, (*chosen)[1 - side].socket)), 0);
    }
    act((*chosen)[random() % 2]);
    if (random() % 4 == 0) io_.poll(0ms);
    if (random() % 100 != 0) continue;
    for (end& each : *chosen) {
      io_.close(each.socket);
      EXPECT_FALSE(each.read.in_flight || each.write.in_flight);
    }
    chosen.reset();
  }
  for (auto& each : pairs)
    for (const int side : {0, 1})
      if (each != nullptr) io_.close((*each)[side].socket);
  EXPECT_FALSE(io_.has_sources());
}

}  // namespace dialtone::io::conformance
