// SPDX-License-Identifier: Apache-2.0
#include <dialtone/io/driver_close_test.hpp>
#include <dialtone/io/driver_datagram_life_test.hpp>
#include <dialtone/io/driver_life_test.hpp>
#include <dialtone/io/driver_transfer_test.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <array>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

#include <dialtone/io/receive_buffers.hpp>
#include <dialtone/io/socket_option.hpp>
#include <dialtone/io/uring_driver.hpp>
#include <dialtone/io/uring_permitted_test.hpp>

namespace dialtone::io::conformance {
namespace {

// Rings so small that everything overflows.
std::unique_ptr<driver> make_narrow_uring() {
  return std::make_unique<uring_driver>(uring_options{.submissions = 2, .completions = 4, .buffers = 2, .crowd = 0});
}

// As Linux 6.0 would have it.
int old_setup(std::uint32_t entries, io_uring_params& parameters) {
  if ((parameters.flags & IORING_SETUP_DEFER_TASKRUN) != 0) {
    errno = EINVAL;
    return -1;
  }
  return uring_ring::system_setup(entries, parameters);
}
std::unique_ptr<driver> make_old_uring() {
  return std::make_unique<uring_driver>(
      uring_options{.whole_buffers = 4, .setup = old_setup, .may_share_buffers = false, .crowd = 0});
}

std::vector<driver_under_test> kernel_drivers() {
  std::vector<driver_under_test> all{{"epoll", make_epoll_driver}};
  if (uring_is_permitted())
    all.insert(
        all.end(),
        {{"io_uring", make_uring_driver}, {"io_uring_narrow", make_narrow_uring}, {"io_uring_old", make_old_uring}});
  return all;
}

INSTANTIATE_TEST_SUITE_P(drivers, driver_conformance, testing::ValuesIn(kernel_drivers()), name_of);
INSTANTIATE_TEST_SUITE_P(drivers, driver_datagrams, testing::ValuesIn(kernel_drivers()), name_of);
INSTANTIATE_TEST_SUITE_P(drivers, driver_unix_datagrams, testing::ValuesIn(kernel_drivers()), name_of);

// What only drivers with descriptors have.
class kernel_driver_conformance : public driver_conformance {
 protected:
  static std::array<int, 2> descriptors(int type = SOCK_STREAM) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    return ends;
  }
  connection adopt_pair(int type = SOCK_STREAM) {
    const auto ends = descriptors(type);
    return {io_.adopt(ends[0]), io_.adopt(ends[1])};
  }
};

INSTANTIATE_TEST_SUITE_P(drivers, kernel_driver_conformance, testing::ValuesIn(kernel_drivers()), name_of);

/// A connection for each, over which so many bytes have come that their buffers were lent; `kept` has them.
std::vector<connection> connections_that_received(driver& io, std::size_t count, std::vector<bytes>& kept) {
  constexpr std::size_t size = 2 * receive_buffers::lent_size;
  std::vector<connection> made;
  for (std::size_t i = 0; i < count; ++i) {
    made.push_back(make_connection(io));
    const bytes data = pattern(size, i);
    EXPECT_EQ(send(io, made.back().client, data).sent, size);
    EXPECT_EQ(data.use_count(), 1) << "what has gone is still held";
    for (std::size_t got = 0; got < size; got += kept.back().size())
      kept.push_back(receive(io, made.back().server).data);
  }
  return made;
}

TEST_P(kernel_driver_conformance, a_connection_that_waits_holds_no_buffer) {
  constexpr std::size_t count = 40;
  std::vector<bytes> kept;
  const std::ptrdiff_t before = receive_buffers::borrowed();
  const auto idle = connections_that_received(io_, count, kept);
  EXPECT_GT(receive_buffers::borrowed(), before + 10) << "what was received lies in buffers that were lent";
  for (const bytes& each : kept) EXPECT_EQ(each.use_count(), 1) << "the driver still holds what it has given";
  kept.clear();
  std::vector<waiting> reads(count);
  for (std::size_t i = 0; i < count; ++i) {
    result done;
    EXPECT_FALSE(io_.receive(idle[i].server, reads[i], done));
  }
  io_.poll(0ms);
  EXPECT_LE(receive_buffers::borrowed(), before + 1) << "the one in hand is the driver's";
  for (waiting& each : reads) io_.cancel(each);
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all{"/proc/self/fd"};
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST_P(kernel_driver_conformance, an_adopted_descriptor_is_closed_with_its_handle_or_the_driver) {
  const auto ends = descriptors();
  const handle first = io_.adopt(ends[0]);
  const handle second = io_.adopt(ends[1]);
  send(io_, first, "hello");
  EXPECT_EQ(receive(io_, second).data, "hello");
  io_.close(first);
  EXPECT_EQ(::fcntl(ends[0], F_GETFD), -1);
  made_.reset();
  EXPECT_EQ(::fcntl(ends[1], F_GETFD), -1);
}

TEST_P(kernel_driver_conformance, a_descriptor_that_cannot_be_watched_stays_the_caller_s) {
  std::FILE* file = std::tmpfile();  // EPERM: it is always ready
  ASSERT_NE(file, nullptr);
  EXPECT_THROW(io_.adopt(::fileno(file)), std::system_error);
  EXPECT_THROW(io_.adopt(-1), std::system_error);
  EXPECT_FALSE(io_.has_sources());
  EXPECT_EQ(std::fclose(file), 0);
}

TEST_P(kernel_driver_conformance, a_released_socket_goes_on_in_another_driver) {
  for (const driver_under_test& each : kernel_drivers()) {
    const auto other = each.make();
    auto [client, server] = adopt_pair();
    for (int round = 0; round < 20; ++round) {
      waiting read;
      result done;
      ASSERT_FALSE(io_.receive(server, read, done));
      io_.poll(std::chrono::milliseconds{0});
      if (round % 2 == 0) io_.cancel(read);
      send(io_, client, "one ");
      if (round % 3 == 0) io_.poll(std::chrono::milliseconds{0});
      send(io_, client, "two");
      std::string all{read.got ? read.got->data.view() : ""};
      released moved = io_.release(server);
      ASSERT_GE(moved.descriptor, 0);
      const handle there = other->adopt(std::move(moved));
      send(io_, client, "\n");
      while (!all.ends_with('\n')) all += receive(*other, there).data.view();
      EXPECT_EQ(all, "one two\n");
      server = io_.adopt(other->release(there));
    }
    io_.close(client);
    io_.close(server);
  }
}

TEST_P(kernel_driver_conformance, what_a_released_socket_had_not_sent_goes_with_it) {
  for (const std::size_t size : {std::size_t{200'000}, std::size_t{4'000'000}}) {
    auto [client, server] = adopt_pair();
    ASSERT_EQ(set_option(io_, client, option::send_buffer, 16 * 1024), 0);
    bytes piece{std::string(size, 'x')};
    waiting written;
    result done;
    ASSERT_FALSE(io_.send(client, {&piece, 1}, written, done));
    io_.poll(std::chrono::milliseconds{0});
    io_.cancel(written);
    released moved = io_.release(client);
    std::size_t left = 0;
    for (const bytes& each : moved.unsent) left += each.size();
    EXPECT_GT(left, 0u);
    std::size_t arrived = 0;
    const std::size_t expected = size - left;
    while (arrived < expected) arrived += receive(io_, server).data.size();
    EXPECT_EQ(arrived, expected);
    moved = {};  // closed with it
    EXPECT_TRUE(receive(io_, server).data.empty());
    io_.close(server);
  }
}

TEST_P(kernel_driver_conformance, an_error_that_nobody_has_heard_goes_with_a_released_socket) {
  for (const driver_under_test& each : kernel_drivers()) {
    const auto other = each.make();
    auto [client, server] = adopt_pair();
    waiting read;
    result done;
    ASSERT_FALSE(io_.receive(server, read, done));
    io_.poll(std::chrono::milliseconds{0});
    io_.cancel(read);
    send(io_, server, "never read");
    io_.poll(std::chrono::milliseconds{0});
    io_.close(client);
    io_.poll(std::chrono::milliseconds{0});
    handle there = other->adopt(io_.release(server));
    there = io_.adopt(other->release(there));
    EXPECT_EQ(receive(io_, there).error, ECONNRESET);
    EXPECT_TRUE(receive(io_, there).data.empty());
    io_.close(there);
  }
}

TEST_P(kernel_driver_conformance, a_full_table_of_descriptors_is_an_error_and_the_driver_goes_on) {
  const handle listener = listen_on(io_, loopback());
  waiting accepting;
  result done;
  ASSERT_FALSE(io_.accept(listener, accepting, done));
  io_.poll(std::chrono::milliseconds{0});
  const handle client = open_stream(io_);
  const connection established = adopt_pair();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int next = ::dup(0);
  ::close(next);
  const rlimit full{.rlim_cur = static_cast<rlim_t>(next), .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &full), 0);
  EXPECT_EQ(connect(io_, client, io_.local_name(listener).value()), 0);
  EXPECT_EQ(finished(io_, accepting).error, EMFILE);
  EXPECT_EQ(io_.open({.family = AF_INET, .type = SOCK_STREAM}).error(), EMFILE);
  send(io_, established.client, "still here");
  EXPECT_EQ(receive(io_, established.server).data, "still here");
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  const handle server = accept(io_, listener);
  ASSERT_TRUE(server);
  send(io_, client, "not lost");
  EXPECT_EQ(receive(io_, server).data, "not lost");
}

TEST_P(kernel_driver_conformance, an_end_that_comes_with_the_last_data_is_heard) {
  const auto [client, server] = adopt_pair();
  waiting read;
  result done;
  ASSERT_FALSE(io_.receive(server, read, done));
  send(io_, client, "last");
  ASSERT_EQ(io_.shutdown(client, shutdown_how::write), 0);
  EXPECT_EQ(finished(io_, read).data, "last");
  const result end = receive(io_, server);
  EXPECT_EQ(end.error, 0);
  EXPECT_TRUE(end.data.empty());
}

TEST_P(kernel_driver_conformance, messages_keep_their_boundaries) {
  for (const int type : {SOCK_DGRAM, SOCK_SEQPACKET}) {
    const auto [client, server] = adopt_pair(type);
    for (int round = 0; round < 50; ++round) {
      waiting read;
      result done;
      ASSERT_FALSE(io_.receive(server, read, done));
      io_.poll(std::chrono::milliseconds{0});
      send(io_, client, bytes{pattern(20'000)});
      send(io_, client, "short");
      EXPECT_TRUE(finished(io_, read).data == pattern(20'000));
      ASSERT_EQ(receive(io_, server).data, "short");
    }
  }
}

TEST_P(kernel_driver_conformance, no_descriptor_is_left_open_and_none_outlives_an_exec) {
  made_.reset();
  const std::size_t before = open_descriptors();
  for (int round = 0; round < 50; ++round) {
    const auto made = GetParam().make();
    const connection between = make_connection(*made);
    send(*made, between.client, "hello");
    EXPECT_EQ(receive(*made, between.server).data, "hello");
    waiting gone;
    result done;
    EXPECT_FALSE(made->receive(between.server, gone, done));
    made->poll(std::chrono::milliseconds{0});
    for (const auto& each : std::filesystem::directory_iterator{"/proc/self/fd"}) {
      const int descriptor = std::stoi(each.path().filename());
      if (descriptor > 2 && std::filesystem::read_symlink(each).string().find("io_uring") != std::string::npos) {
        EXPECT_EQ(::fcntl(descriptor, F_GETFD), FD_CLOEXEC);
      }
    }
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace dialtone::io::conformance
