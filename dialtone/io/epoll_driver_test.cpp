// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/epoll_driver.hpp>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <system_error>
#include <thread>

namespace dialtone::io {
namespace {

using namespace std::chrono_literals;

struct pair {
  explicit pair(driver& io) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    ours = io.adopt(ends[0]);
    peer = ends[1];
  }
  ~pair() {
    if (peer >= 0) ::close(peer);
  }
  void write(std::string_view text) const {
    EXPECT_EQ(::send(peer, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  std::string read(std::size_t most = 65536) const {
    std::string text(most, '\0');
    ssize_t count = ::recv(peer, text.data(), text.size(), 0);
    text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return text;
  }
  void end() {
    ::close(peer);
    peer = -1;
  }

  handle ours;
  int peer;
};

struct waiting : operation {
  waiting() : operation{[](operation& self, result done) { static_cast<waiting&>(self).got = std::move(done); }} {}
  std::optional<result> got;
};

bool send(driver& io, handle to, bytes data, operation& waiting, result& done) {
  return io.send(to, {&data, 1}, waiting, done);
}

std::string text_of(const result& got) { return std::string{got.data.view()}; }

TEST(epoll_driver, data_that_is_there_is_received_at_once) {
  epoll_driver io;
  pair sockets{io};
  sockets.write("hello");
  waiting read;
  result done;
  ASSERT_TRUE(io.receive(sockets.ours, read, done));
  EXPECT_EQ(done.error, 0);
  EXPECT_EQ(text_of(done), "hello");
}

TEST(epoll_driver, a_receive_completes_when_data_comes) {
  epoll_driver io;
  pair sockets{io};
  waiting read;
  result done;
  ASSERT_FALSE(io.receive(sockets.ours, read, done));
  io.poll(0ms);
  EXPECT_FALSE(read.got);
  sockets.write("later");
  io.poll(1s);
  ASSERT_TRUE(read.got);
  EXPECT_EQ(text_of(*read.got), "later");
}

TEST(epoll_driver, data_between_a_short_read_and_the_next_receive_is_not_missed) {
  epoll_driver io;
  pair sockets{io};
  for (int round = 0; round < 100; ++round) {
    waiting read;
    result done;
    if (!io.receive(sockets.ours, read, done)) {
      sockets.write("x");
      io.poll(1s);
      ASSERT_TRUE(read.got) << round;
    }
    sockets.write("y");
    waiting second;
    if (!io.receive(sockets.ours, second, done)) {
      io.poll(1s);
      ASSERT_TRUE(second.got) << round;
    }
  }
}

TEST(epoll_driver, the_end_of_the_peer_is_empty_data_after_what_it_sent) {
  epoll_driver io;
  pair sockets{io};
  sockets.write("last words");
  sockets.end();
  waiting read;
  result done;
  ASSERT_TRUE(io.receive(sockets.ours, read, done));
  EXPECT_EQ(text_of(done), "last words");
  for (int again = 0; again < 2; ++again) {
    waiting end;
    if (!io.receive(sockets.ours, end, done)) {
      io.poll(1s);
      ASSERT_TRUE(end.got);
      done = std::move(*end.got);
    }
    EXPECT_EQ(done.error, 0);
    EXPECT_TRUE(done.data.empty());
  }
}

TEST(epoll_driver, a_second_reader_is_refused) {
  epoll_driver io;
  pair sockets{io};
  waiting first;
  waiting second;
  result done;
  ASSERT_FALSE(io.receive(sockets.ours, first, done));
  ASSERT_TRUE(io.receive(sockets.ours, second, done));
  EXPECT_EQ(done.error, EALREADY);
  io.cancel(first);
}

TEST(epoll_driver, what_the_kernel_does_not_take_at_once_is_sent_when_it_does) {
  epoll_driver io;
  pair sockets{io};
  const std::string large(4 * 1024 * 1024, 'z');
  waiting write;
  result done;
  ASSERT_FALSE(send(io, sockets.ours, bytes{large}, write, done));
  std::string received;
  while (received.size() < large.size()) {
    received += sockets.read();
    io.poll(0ms);
  }
  ASSERT_TRUE(write.got);
  EXPECT_EQ(write.got->error, 0);
  EXPECT_EQ(received, large);
}

TEST(epoll_driver, a_cancelled_send_still_goes_out_whole_before_the_next) {
  epoll_driver io;
  pair sockets{io};
  const std::string large(4 * 1024 * 1024, 'z');
  result done;
  {
    waiting gone;
    ASSERT_FALSE(send(io, sockets.ours, bytes{large}, gone, done));
    io.cancel(gone);
  }
  waiting next;
  ASSERT_TRUE(send(io, sockets.ours, "too early", next, done));
  EXPECT_EQ(done.error, EALREADY);
  std::string received;
  while (received.size() < large.size()) {
    received += sockets.read();
    io.poll(0ms);
  }
  EXPECT_EQ(received, large);
  ASSERT_TRUE(send(io, sockets.ours, "in turn", next, done));
  EXPECT_EQ(sockets.read(), "in turn");
}

TEST(epoll_driver, a_send_to_a_closed_peer_is_an_error_and_no_signal) {
  epoll_driver io;
  pair sockets{io};
  sockets.end();
  waiting write;
  result done;
  ASSERT_TRUE(send(io, sockets.ours, "into the void", write, done));
  EXPECT_EQ(done.error, EPIPE);
}

TEST(epoll_driver, a_cancelled_operation_is_never_completed_and_leaves_room_for_another) {
  epoll_driver io;
  pair sockets{io};
  result done;
  {
    waiting gone;
    ASSERT_FALSE(io.receive(sockets.ours, gone, done));
    io.cancel(gone);
  }
  sockets.write("for the next");
  io.poll(1s);
  waiting next;
  ASSERT_TRUE(io.receive(sockets.ours, next, done));
  EXPECT_EQ(text_of(done), "for the next");
}

TEST(epoll_driver, a_closed_handle_is_never_its_successor) {
  epoll_driver io;
  pair first{io};
  waiting read;
  result done;
  ASSERT_FALSE(io.receive(first.ours, read, done));
  io.close(first.ours);
  ASSERT_TRUE(read.got);
  EXPECT_EQ(read.got->error, EBADF);
  pair second{io};
  EXPECT_EQ(second.ours.slot, first.ours.slot);
  EXPECT_NE(second.ours, first.ours);
  waiting late;
  ASSERT_TRUE(io.receive(first.ours, late, done));
  EXPECT_EQ(done.error, EBADF);
  io.close(first.ours);
  second.write("still open");
  ASSERT_TRUE(io.receive(second.ours, late, done));
  EXPECT_EQ(text_of(done), "still open");
}

TEST(epoll_driver, connections_are_accepted_at_once_or_when_they_come) {
  epoll_driver io;
  int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener, generic, size), 0);
  ASSERT_EQ(::listen(listener, 16), 0);
  ASSERT_EQ(::getsockname(listener, generic, &size), 0);
  handle listening = io.adopt(listener);
  for (int round = 0; round < 3; ++round) {
    waiting accepted;
    result done;
    ASSERT_FALSE(io.accept(listening, accepted, done));
    int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(::connect(client, generic, size), 0);
    io.poll(1s);
    ASSERT_TRUE(accepted.got) << round;
    EXPECT_EQ(accepted.got->error, 0);
    EXPECT_TRUE(accepted.got->accepted);
    io.close(accepted.got->accepted);
    ::close(client);
  }
}

TEST(epoll_driver, a_descriptor_that_cannot_be_watched_stays_the_caller_s) {
  std::FILE* file = std::tmpfile();  // EPERM: it is always ready
  ASSERT_NE(file, nullptr);
  {
    epoll_driver io;
    EXPECT_THROW(io.adopt(::fileno(file)), std::system_error);
    EXPECT_FALSE(io.has_sources());
  }
  EXPECT_EQ(std::fclose(file), 0);
}

TEST(epoll_driver, large_pieces_are_lent_and_small_ones_copied) {
  epoll_driver io;
  pair sockets{io};
  waiting read;
  result done;
  sockets.write(std::string(receive_buffers::lent_size - 1, 's'));
  ASSERT_TRUE(io.receive(sockets.ours, read, done));
  bytes small = done.data;
  sockets.write(std::string(receive_buffers::lent_size, 'l'));
  if (!io.receive(sockets.ours, read, done)) {
    io.poll(1s);
    ASSERT_TRUE(read.got);
    done = std::move(*read.got);
  }
  const std::byte* lent = done.data.data();
  done = {};
  // The lent buffer came back and is in hand again.
  sockets.write(std::string(receive_buffers::lent_size, 'm'));
  waiting again;
  if (!io.receive(sockets.ours, again, done)) {
    io.poll(1s);
    ASSERT_TRUE(again.got);
    done = std::move(*again.got);
  }
  EXPECT_EQ(done.data.size(), receive_buffers::lent_size);
  EXPECT_EQ(done.data[0], std::byte{'m'});
  EXPECT_EQ(small.size(), receive_buffers::lent_size - 1);
  EXPECT_EQ(small[0], std::byte{'s'});
#ifndef DIALTONE_NO_POOLS
  EXPECT_EQ(done.data.data(), lent);
#else
  EXPECT_NE(lent, nullptr);
#endif
}

TEST(epoll_driver, wake_ends_a_wait_from_another_thread) {
  epoll_driver io;
  EXPECT_FALSE(io.has_sources());
  std::thread waker{[&] { io.wake(); }};
  io.poll(duration::max());
  waker.join();
  io.wake();
  io.poll(duration::max());
}

}  // namespace
}  // namespace dialtone::io
