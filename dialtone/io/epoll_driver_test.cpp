// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/epoll_driver.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>
#include <optional>
#include <string>
#include <string_view>

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
  ~pair() { ::close(peer); }
  void write(std::string_view text) const {
    EXPECT_EQ(::send(peer, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }

  handle ours;
  int peer;
};

struct waiting : operation {
  waiting() : operation{[](operation& self, result&& done) { static_cast<waiting&>(self).got = std::move(done); }} {}
  std::optional<result> got;
};

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

// A set knows a descriptor by its number and its description: what is left in it cannot be adopted again.
TEST(epoll_driver, a_descriptor_that_others_share_leaves_the_set_when_it_is_closed) {
  epoll_driver io;
  epoll_driver other;
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
  const int duplicate = ::fcntl(ends[0], F_DUPFD_CLOEXEC, 0);
  for (const bool moved : {false, true, false}) {
    const handle adopted = io.adopt(ends[0]);
    if (moved)
      other.close(other.adopt(io.release(adopted)));
    else
      io.close(adopted);
    ASSERT_EQ(::dup3(duplicate, ends[0], O_CLOEXEC), ends[0]);
    const handle again = other.adopt(ends[0]);
    other.close(again);
    ASSERT_EQ(::dup3(duplicate, ends[0], O_CLOEXEC), ends[0]);
  }
  for (const int each : {ends[0], ends[1], duplicate}) ::close(each);
}

}  // namespace
}  // namespace dialtone::io
