// SPDX-License-Identifier: Apache-2.0
// What is io_uring's own; what every driver does is in kernel_driver_test.cpp.
#include <dialtone/io/uring_driver.hpp>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include <dialtone/io/receive_buffers.hpp>
#include <dialtone/io/received_queue.hpp>
#include <dialtone/io/uring_permitted_test.hpp>

namespace dialtone::io {
namespace {

using namespace std::chrono_literals;

struct kept : operation {
  kept() : operation{[](operation& self, result&& done) { static_cast<kept&>(self).got = std::move(done); }} {}
  std::optional<result> got;
};

struct uring_pair {
  explicit uring_pair(driver& io) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    ours = io.adopt(ends[0]);
    peer = ends[1];
  }
  ~uring_pair() { ::close(peer); }
  uring_pair(const uring_pair&) = delete;
  uring_pair& operator=(const uring_pair&) = delete;
  ssize_t write(std::string_view text) const { return ::send(peer, text.data(), text.size(), MSG_NOSIGNAL); }

  handle ours;
  int peer;
};

bool has_received(driver& io, handle from, result& done) {
  kept gone;
  if (io.receive(from, gone, done)) return true;
  io.cancel(gone);
  return false;
}

std::vector<std::uint32_t> flags_tried;
int refuse_flags(std::uint32_t, io_uring_params& parameters) {
  flags_tried.push_back(parameters.flags);
  errno = EINVAL;
  return -1;
}

TEST(uring_ring, asks_for_less_until_there_is_nothing_left_to_give_up) {
  flags_tried.clear();
  EXPECT_THROW(uring_ring{{.setup = refuse_flags}}, std::system_error);
  ASSERT_EQ(flags_tried.size(), 2);
  EXPECT_NE(flags_tried[0] & IORING_SETUP_DEFER_TASKRUN, 0);
  EXPECT_EQ(flags_tried[1] & IORING_SETUP_DEFER_TASKRUN, 0);
  EXPECT_NE(flags_tried[1] & IORING_SETUP_SINGLE_ISSUER, 0);
}

// With what kernels have since Linux 6.12, and before.
class uring_driver_facts : public testing::TestWithParam<bool> {
 protected:
  uring_driver io_{{.may_share_buffers = GetParam(), .ahead_of_unix = true}};
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(uring_driver_facts);
INSTANTIATE_TEST_SUITE_P(buffers, uring_driver_facts,
                         testing::ValuesIn(uring_is_permitted() ? std::vector{true, false} : std::vector<bool>{}));

TEST_P(uring_driver_facts, a_stream_that_was_waited_for_stays_armed) {
  const uring_pair sockets{io_};
  result done;
  EXPECT_FALSE(io_.receives_ahead(sockets.ours));
  EXPECT_FALSE(has_received(io_, sockets.ours, done));
  for (int round = 0; round < 10; ++round) {
    EXPECT_TRUE(io_.receives_ahead(sockets.ours));
    sockets.write("x");
    io_.poll(1s);
    EXPECT_TRUE(has_received(io_, sockets.ours, done));
  }
}

TEST_P(uring_driver_facts, one_that_nobody_reads_is_left_alone_and_goes_on_when_it_is_read) {
  const uring_pair sockets{io_};
  result done;
  EXPECT_FALSE(has_received(io_, sockets.ours, done));
  const std::string text(32 * 1024, 'f');
  std::size_t sent = 0;
  for (int idle = 0; idle < 10;) {
    const ssize_t count = sockets.write(text);
    idle = count < 0 ? idle + 1 : 0;
    sent += count < 0 ? 0 : static_cast<std::size_t>(count);
    io_.poll(0ms);
  }
  int room = 0;
  socklen_t size = sizeof room;
  ::getsockopt(sockets.peer, SOL_SOCKET, SO_SNDBUF, &room, &size);
  const std::size_t ring =
      (GetParam() ? uring_options{}.buffers : uring_options{}.whole_buffers) * receive_buffers::size;
  EXPECT_FALSE(io_.receives_ahead(sockets.ours));
  EXPECT_LE(sent, uring_driver::unread_limit + ring + static_cast<std::size_t>(room));
  std::size_t received = 0;
  while (has_received(io_, sockets.ours, done)) received += done.data.size();
  EXPECT_EQ(received, sent);
  EXPECT_FALSE(has_received(io_, sockets.ours, done));
  EXPECT_TRUE(io_.receives_ahead(sockets.ours));
}

TEST_P(uring_driver_facts, a_child_of_a_fork_does_not_disturb_the_parent) {
  const uring_pair sockets{io_};
  kept read;
  result done;
  ASSERT_FALSE(io_.receive(sockets.ours, read, done));
  io_.poll(0ms);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  for (int round = 0; round < 100; ++round) {
    sockets.write("after the fork");
    io_.poll(1s);
    ASSERT_TRUE(read.got);
    ASSERT_EQ(read.got->data, "after the fork");
    ASSERT_FALSE(io_.receive(sockets.ours, read, done));
  }
  io_.cancel(read);
}

TEST_P(uring_driver_facts, what_was_lent_outlives_the_socket_and_the_driver) {
  constexpr std::size_t size = receive_buffers::lent_size;
  constexpr std::size_t count = 100;  // more than the ring has room for: its buffers have to be replaced
  std::vector<bytes> lent;
  {
    uring_driver io{{.may_share_buffers = GetParam(), .ahead_of_unix = true}};
    const uring_pair sockets{io};
    result done;
    ASSERT_FALSE(has_received(io, sockets.ours, done));
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(sockets.write(std::string(size, static_cast<char>(i))), static_cast<ssize_t>(size));
      io.poll(1s);
      ASSERT_TRUE(has_received(io, sockets.ours, done));
      lent.push_back(std::move(done.data));
    }
    io.close(sockets.ours);
    // Slices of one buffer, and no copies.
    if (io.features().find("shared buffers") != std::string::npos) EXPECT_EQ(lent[1].data(), lent[0].data() + size);
  }
  for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(lent[i], std::string(size, static_cast<char>(i))) << i;
}

TEST_P(uring_driver_facts, another_thread_that_polls_without_a_hand_over_is_an_error) {
  const uring_pair sockets{io_};
  result done;
  EXPECT_FALSE(has_received(io_, sockets.ours, done));
  io_.poll(0ms);
  int error = 0;
  std::thread{[&] {
    try {
      io_.poll(1ms);
    } catch (const std::system_error& refused) {
      error = refused.code().value();
    }
  }}.join();
  EXPECT_EQ(error, EEXIST);
}

TEST(received_queue, gives_small_pieces_joined_and_large_ones_as_they_are) {
  received_queue queue;
  result done;
  EXPECT_FALSE(queue.take(done));
  for (const char* piece : {"a", "b", "c"}) queue.add(piece);
  EXPECT_TRUE(queue.take(done));
  EXPECT_EQ(done.data, "abc");
  EXPECT_EQ(queue.cost(), 0);
  const bytes large{std::string(received_queue::joined_size, 'l')};
  queue.add("small");
  queue.add(large);
  queue.add("last");
  EXPECT_TRUE(queue.take(done));
  EXPECT_EQ(done.data, "small");
  EXPECT_TRUE(queue.take(done));
  EXPECT_EQ(done.data.data(), large.data());
  EXPECT_TRUE(queue.take(done));
  EXPECT_EQ(done.data, "last");
  EXPECT_TRUE(queue.empty());
}

TEST(received_queue, ends_once_after_all_pieces) {
  received_queue queue;
  queue.add("one");
  queue.add("two");
  queue.end(ECONNRESET);
  result done;
  EXPECT_TRUE(queue.take(done));
  EXPECT_EQ(done.data, "onetwo");
  EXPECT_TRUE(queue.take(done));
  EXPECT_EQ(done.error, ECONNRESET);
  EXPECT_FALSE(queue.take(done));
  queue.add("x");
  queue.add(std::string(20'000, 'y'));
  EXPECT_EQ(queue.take_all().size(), 20'001);
  EXPECT_TRUE(queue.take_all().empty());
}

}  // namespace
}  // namespace dialtone::io
