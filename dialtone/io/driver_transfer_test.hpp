// SPDX-License-Identifier: Apache-2.0
// The part of the conformance tests of drivers (see driver_conformance_test.hpp) about what moves: receives, sends,
// ends, and that nothing is lost, whoever is cancelled.
#pragma once

#include <dialtone/io/driver_conformance_test.hpp>

#include <algorithm>
#include <cstdint>
#include <random>

namespace dialtone::io::conformance {

using std::chrono_literals::operator""ms;

TEST_P(driver_conformance, what_was_sent_is_received) {
  const auto [client, server] = make_connection(io_);
  EXPECT_EQ(send(io_, client, "hello").sent, 5);
  EXPECT_EQ(receive(io_, server).data, "hello");
}

TEST_P(driver_conformance, a_receive_is_completed_by_poll_when_data_comes) {
  const auto [client, server] = make_connection(io_);
  waiting read;
  result done;
  ASSERT_FALSE(io_.receive(server, read, done));
  io_.poll(0ms);
  EXPECT_FALSE(read.got);
  EXPECT_EQ(send(io_, client, "later").error, 0);
  EXPECT_EQ(finished(io_, read).data, "later");
}

TEST_P(driver_conformance, data_between_a_receive_and_the_next_is_not_missed) {
  const auto [client, server] = make_connection(io_);
  for (int round = 0; round < 200; ++round) {
    waiting read;
    result done;
    ASSERT_FALSE(io_.receive(server, read, done)) << round;
    send(io_, client, "x");
    ASSERT_EQ(finished(io_, read).data, "x") << round;
    send(io_, client, "y");
    if (round % 3 == 0) io_.poll(0ms);
    ASSERT_EQ(receive(io_, server).data, "y") << round;
  }
}

TEST_P(driver_conformance, the_end_of_the_peer_comes_after_what_it_sent_and_stays) {
  const auto [client, server] = make_connection(io_);
  waiting read;
  result done;
  ASSERT_FALSE(io_.receive(server, read, done));
  send(io_, client, "last ");
  send(io_, client, "words");
  io_.close(client);
  EXPECT_EQ(std::string{finished(io_, read).data.view()} + receive_bytes(io_, server, 100), "last words");
  for (int again = 0; again < 3; ++again) {
    const result end = receive(io_, server);
    EXPECT_EQ(end.error, 0);
    EXPECT_TRUE(end.data.empty());
  }
}

TEST_P(driver_conformance, an_end_may_be_half) {
  const auto [client, server] = make_connection(io_);
  send(io_, client, "question");
  ASSERT_EQ(io_.shutdown(client, shutdown_how::write), 0);
  EXPECT_EQ(receive_bytes(io_, server, 100), "question");
  EXPECT_EQ(send(io_, client, "no more").error, EPIPE);
  send(io_, server, "answer");
  EXPECT_EQ(receive(io_, client).data, "answer");
}

TEST_P(driver_conformance, what_was_sent_before_a_shutdown_or_a_close_arrives) {
  for (const bool closes : {false, true}) {
    const auto [client, server] = make_connection(io_);
    waiting gone;
    result done;
    std::vector<bytes> pieces{"sent, ", "and not waited for"};
    if (!io_.send(client, pieces, gone, done)) io_.cancel(gone);
    if (closes)
      io_.close(client);
    else
      EXPECT_EQ(io_.shutdown(client, shutdown_how::write), 0);
    EXPECT_EQ(receive_bytes(io_, server, 100), "sent, and not waited for");
    io_.close(server);
  }
}

TEST_P(driver_conformance, a_reset_is_an_error_of_who_waits) {
  const auto [client, server] = make_connection(io_);
  waiting read;
  result done;
  ASSERT_FALSE(io_.receive(server, read, done));
  io_.poll(0ms);
  const linger reset{.l_onoff = 1, .l_linger = 0};
  ASSERT_EQ(io_.set_option(client, {SOL_SOCKET, SO_LINGER}, std::as_bytes(std::span{&reset, 1})), 0);
  io_.close(client);
  EXPECT_EQ(finished(io_, read).error, ECONNRESET);
}

TEST_P(driver_conformance, a_reset_that_nobody_waits_for_is_kept) {
  const auto [client, server] = make_connection(io_);
  waiting read;
  result done;
  ASSERT_FALSE(io_.receive(server, read, done));
  io_.poll(0ms);
  io_.cancel(read);
  const linger reset{.l_onoff = 1, .l_linger = 0};
  ASSERT_EQ(io_.set_option(client, {SOL_SOCKET, SO_LINGER}, std::as_bytes(std::span{&reset, 1})), 0);
  io_.close(client);
  io_.poll(0ms);
  EXPECT_EQ(receive(io_, server).error, ECONNRESET);
}

TEST_P(driver_conformance, a_connection_that_is_closed_with_unread_data_is_reset) {
  for (const bool polled : {false, true}) {
    const auto [client, server] = make_connection(io_);
    waiting read;
    result done;
    ASSERT_FALSE(io_.receive(server, read, done));
    io_.poll(0ms);
    io_.cancel(read);
    send(io_, client, "never read");
    if (polled) io_.poll(10ms);
    io_.close(server);
    EXPECT_EQ(receive(io_, client).error, ECONNRESET) << polled;
    io_.close(client);
  }
}

TEST_P(driver_conformance, a_handle_has_one_reader_and_one_writer) {
  const auto [client, server] = make_connection(io_);
  waiting first;
  waiting second;
  result done;
  ASSERT_FALSE(io_.receive(server, first, done));
  ASSERT_TRUE(io_.receive(server, second, done));
  EXPECT_EQ(done.error, EALREADY);
  EXPECT_EQ(send(io_, server, "a writer does not disturb a reader").error, 0);
  std::vector<bytes> large{bytes{std::string(16 * 1024 * 1024, 'z')}};
  waiting write;
  ASSERT_FALSE(io_.send(client, large, write, done));
  EXPECT_EQ(send(io_, client, "x").error, EALREADY);
  io_.close(client);
  EXPECT_EQ(write.got->error, EBADF);
  EXPECT_GT(write.got->sent, 0);
}

TEST_P(driver_conformance, what_is_not_taken_at_once_is_sent_when_there_is_room) {
  const auto [client, server] = make_connection(io_);
  const std::string large = pattern(16 * 1024 * 1024);
  std::vector<bytes> pieces{bytes{large}};
  waiting write;
  result done;
  ASSERT_FALSE(io_.send(client, pieces, write, done));
  EXPECT_TRUE(receive_bytes(io_, server, large.size()) == large);
  const result sent = finished(io_, write);
  EXPECT_EQ(sent.error, 0);
  EXPECT_EQ(sent.sent, large.size());
}

TEST_P(driver_conformance, a_send_that_is_in_flight_says_how_much_of_it_has_gone) {
  const auto [client, server] = make_connection(io_);
  const std::string large = pattern(16 * 1024 * 1024);
  std::vector<bytes> pieces{bytes{large}};
  waiting write;
  result done;
  ASSERT_FALSE(io_.send(client, pieces, write, done));
  const std::size_t first = io_.sent_so_far(client);
  EXPECT_GT(first, 0);
  const std::string arrived = receive_bytes(io_, server, first);  // and what was sent meanwhile
  EXPECT_GE(arrived.size(), first);
  EXPECT_TRUE(large.starts_with(arrived));
  io_.poll(10ms);
  const std::size_t then = io_.sent_so_far(client);
  EXPECT_GT(then, first);
  std::size_t left = 0;
  for (const bytes& piece : io_.release(client).unsent) left += piece.size();
  EXPECT_EQ(then + left, large.size());
  EXPECT_EQ(io_.sent_so_far(client), 0) << "it is another driver's";
}

TEST_P(driver_conformance, a_cancelled_send_still_goes_out_whole_before_the_next) {
  const auto [client, server] = make_connection(io_);
  const std::string large = pattern(16 * 1024 * 1024);
  result done;
  {
    waiting gone;
    std::vector<bytes> pieces{bytes{large}};
    ASSERT_FALSE(io_.send(client, pieces, gone, done));
    io_.cancel(gone);
  }
  EXPECT_EQ(send(io_, client, "too early").error, EALREADY);
  EXPECT_TRUE(receive_bytes(io_, server, large.size()) == large);
  EXPECT_EQ(send(io_, client, "in turn").error, 0);
  EXPECT_EQ(receive(io_, server).data, "in turn");
}

TEST_P(driver_conformance, a_send_to_a_closed_peer_becomes_an_error_and_no_signal) {
  const auto [client, server] = make_connection(io_);
  io_.close(server);
  result sent;
  for (int round = 0; round < 100 && sent.error == 0; ++round) {
    sent = send(io_, client, "into the void");
    io_.poll(1ms);
  }
  EXPECT_TRUE(sent.error == EPIPE || sent.error == ECONNRESET) << sent.error;
}

TEST_P(driver_conformance, many_pieces_and_empty_ones_leave_in_their_order) {
  const auto [client, server] = make_connection(io_);
  std::vector<bytes> pieces;
  std::string all;
  for (std::size_t index = 0; index < 300; ++index) {
    pieces.emplace_back(pattern(index % 7 == 0 ? 0 : index * 3, index));
    all += pieces.back().view();
  }
  const result sent = send(io_, client, pieces);
  EXPECT_EQ(sent.error, 0);
  EXPECT_EQ(sent.sent, all.size());
  EXPECT_TRUE(receive_bytes(io_, server, all.size()) == all);
  EXPECT_EQ(send(io_, client, std::vector<bytes>(3)).sent, 0);
  EXPECT_EQ(send(io_, client, std::vector<bytes>{}).error, 0);
  send(io_, client, std::vector<bytes>{"", "after nothing", ""});
  EXPECT_EQ(receive(io_, server).data, "after nothing");
}

TEST_P(driver_conformance, a_cancelled_operation_is_never_completed_and_leaves_room_for_another) {
  const auto [client, server] = make_connection(io_);
  waiting gone;
  result done;
  ASSERT_FALSE(io_.receive(server, gone, done));
  io_.cancel(gone);
  io_.cancel(gone);
  send(io_, client, "for the next");
  io_.poll(10ms);
  EXPECT_FALSE(gone.got);
  EXPECT_EQ(receive(io_, server).data, "for the next");
}

TEST_P(driver_conformance, a_cancelled_receive_loses_nothing) {
  const auto [client, server] = make_connection(io_);
  std::mt19937 random{7};
  std::string sent;
  std::string received;
  for (int round = 0; round < 2000; ++round) {
    if (random() % 2 == 0) {
      const std::string more = pattern(random() % 3000 + 1, sent.size());
      send(io_, client, bytes{more});
      sent += more;
    }
    waiting read;
    result done;
    if (!io_.receive(server, read, done)) {
      if (random() % 2 == 0) io_.poll(0ms);
      io_.cancel(read);
      done = read.got ? std::move(*read.got) : result{};
    }
    ASSERT_EQ(done.error, 0);
    received += done.data.view();
  }
  received += receive_bytes(io_, server, sent.size() - received.size());
  EXPECT_TRUE(received == sent);
}

TEST_P(driver_conformance, one_that_is_not_read_does_not_hold_up_others) {
  const handle listener = listen_on(io_, loopback());
  const connection idle = connect_to(io_, listener);
  const connection busy = connect_to(io_, listener);
  waiting gone;
  result done;
  ASSERT_FALSE(io_.receive(idle.server, gone, done));
  io_.poll(0ms);
  io_.cancel(gone);
  const std::string flood = pattern(24 * 1024 * 1024);
  std::vector<bytes> pieces{bytes{flood}};
  waiting flooding;
  ASSERT_FALSE(io_.send(idle.client, pieces, flooding, done));
  for (int round = 0; round < 300; ++round) {
    const std::string text = pattern(static_cast<std::size_t>(round) * 100 + 1);
    send(io_, busy.client, bytes{text});
    ASSERT_TRUE(receive_bytes(io_, busy.server, text.size()) == text) << round;
  }
  EXPECT_FALSE(flooding.got) << "a flood that nobody reads must come to a halt";
  EXPECT_TRUE(receive_bytes(io_, idle.server, flood.size()) == flood);
  EXPECT_EQ(finished(io_, flooding).sent, flood.size());
}

// Every byte of every connection arrives in order, whatever the sizes, and however it is cut.
TEST_P(driver_conformance, many_connections_at_once_do_not_mix) {
  constexpr std::size_t count = 32;
  constexpr std::size_t total = 200'000;
  const handle listener = listen_on(io_, loopback());
  std::vector<connection> connections;
  for (std::size_t index = 0; index < count; ++index) connections.push_back(connect_to(io_, listener));
  std::mt19937 random{11};
  std::vector<std::size_t> sent(count);
  std::vector<std::string> received(count);
  std::vector<waiting> reads(count);
  std::vector<bytes> kept;  // lent pieces stay what they were
  const auto begin_reading = [&](std::size_t index) {
    result done;
    reads[index].got.reset();
    while (received[index].size() < total && io_.receive(connections[index].server, reads[index], done)) {
      ASSERT_EQ(done.error, 0);
      received[index] += done.data.view();
      if (random() % 8 == 0) kept.push_back(done.data);
    }
  };
  for (std::size_t index = 0; index < count; ++index) begin_reading(index);
  const auto is_done = [&] {
    return std::ranges::all_of(received, [](const std::string& text) { return text.size() >= total; });
  };
  while (!is_done()) {
    for (std::size_t index = 0; index < count; ++index) {
      const std::size_t size =
          std::min<std::size_t>(random() % 2 == 0 ? random() % 100 : random() % 40'000, total - sent[index]);
      send(io_, connections[index].client, bytes{pattern(size, index * 1000 + sent[index])});
      sent[index] += size;
    }
    io_.poll(1ms);
    for (std::size_t index = 0; index < count; ++index) {
      if (!reads[index].got) continue;
      ASSERT_EQ(reads[index].got->error, 0);
      received[index] += reads[index].got->data.view();
      begin_reading(index);
    }
  }
  for (std::size_t index = 0; index < count; ++index)
    EXPECT_TRUE(received[index] == pattern(total, index * 1000)) << index;
}

TEST_P(driver_conformance, what_was_received_is_kept_as_long_as_wanted) {
  const auto [client, server] = make_connection(io_);
  std::vector<bytes> kept;
  std::string all;
  const std::string sent = pattern(4 * 1024 * 1024);
  std::vector<bytes> pieces{bytes{sent}};
  waiting write;
  result done;
  const bool at_once = io_.send(client, pieces, write, done);
  for (std::size_t size = 0; size < sent.size(); size += kept.back().size()) kept.push_back(receive(io_, server).data);
  if (!at_once) finished(io_, write);
  io_.close(server);
  io_.close(client);
  made_.reset();
  for (const bytes& each : kept) all += each.view();
  EXPECT_TRUE(all == sent);
}

}  // namespace dialtone::io::conformance
