// SPDX-License-Identifier: Apache-2.0
#include <dialtone/runtime/io_wait.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <vector>

#include <dialtone/io/uring_permitted_test.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/scheduler.hpp>

namespace dialtone {
namespace {

using namespace detail;
using namespace std::chrono_literals;

std::array<int, 2> socket_pair() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
  return ends;
}

bool is_open(int descriptor) { return ::fcntl(descriptor, F_GETFD) != -1; }

process<> echo(int descriptor) {
  io::handle connection = adopt_descriptor(descriptor);
  own_handle(connection);
  for (;;) {
    io::result received = co_await receive_from(connection);
    if (received.error != 0 || received.data.empty()) co_return;
    co_await send_to(connection, std::move(received.data));
  }
}

TEST(io_wait, a_process_echoes_and_ends_with_its_peer) {
  runtime rt{{.schedulers = 1}};
  auto ends = socket_pair();
  EXPECT_EQ(rt.run(
                [](int theirs, int ours) -> process<> {
                  auto served = spawn_monitor(echo, theirs);
                  io::handle client = adopt_descriptor(ours);
                  for (int round = 0; round < 1000; ++round) {
                    co_await send_to(client, bytes{std::to_string(round)});
                    io::result answer = co_await receive_from(client);
                    EXPECT_EQ(answer.data.view(), std::to_string(round));
                  }
                  this_scheduler().driver->close(client);
                  auto ended = co_await receive<down>();
                  EXPECT_EQ(ended.reference, served.reference);
                  EXPECT_EQ(ended.reason, exit_reason::normal);
                },
                ends[0], ends[1]),
            exit_reason::normal);
}

TEST(io_wait, a_killed_process_has_closed_its_handles_before_its_death_is_seen) {
  runtime rt{{.schedulers = 1}};
  auto ends = socket_pair();
  EXPECT_EQ(rt.run(
                [](int theirs) -> process<> {
                  auto served = spawn_monitor(echo, theirs);
                  co_await yield();
                  exit(served.pid, exit_reason::kill);
                  EXPECT_EQ((co_await receive<down>()).reason, exit_reason::killed);
                  EXPECT_FALSE(is_open(theirs));
                },
                ends[0]),
            exit_reason::normal);
  char byte = 0;
  EXPECT_EQ(::recv(ends[1], &byte, 1, 0), 0);
  ::close(ends[1]);
}

TEST(io_wait, a_receive_that_is_too_late_is_taken_back) {
  runtime rt{{.schedulers = 1}};
  auto ends = socket_pair();
  EXPECT_EQ(rt.run(
                [](int ours, int theirs) -> process<> {
                  io::handle connection = adopt_descriptor(ours);
                  own_handle(connection);
                  auto late = co_await with_deadline(0s, [](io::handle from) -> task<io::result> {
                    co_return co_await receive_from(from);
                  }(connection));
                  EXPECT_FALSE(late);
                  EXPECT_EQ(::send(theirs, "x", 1, 0), 1);
                  EXPECT_EQ((co_await receive_from(connection)).data.view(), "x");
                  ::close(theirs);
                },
                ends[0], ends[1]),
            exit_reason::normal);
}

TEST(io_wait, a_closed_handle_is_an_error_value) {
  runtime rt{{.schedulers = 1}};
  auto ends = socket_pair();
  EXPECT_EQ(rt.run(
                [](int ours, int theirs) -> process<> {
                  io::handle connection = adopt_descriptor(ours);
                  this_scheduler().driver->close(connection);
                  EXPECT_EQ((co_await receive_from(connection)).error, EBADF);
                  EXPECT_EQ((co_await send_to(connection, "x")).error, EBADF);
                  EXPECT_EQ((co_await accept_from(connection)).error, EBADF);
                  ::close(theirs);
                },
                ends[0], ends[1]),
            exit_reason::normal);
}

process<> accept_for_ever(int descriptor) {
  const io::handle listener = adopt_descriptor(descriptor);
  own_handle(listener);
  for (;;) co_await accept_from(listener);
}

int listen_on(sockaddr_in& address) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(descriptor, generic, size), 0);
  EXPECT_EQ(::listen(descriptor, 16), 0);
  EXPECT_EQ(::getsockname(descriptor, generic, &size), 0);
  return descriptor;
}

// What is left is closed by the thread that tears down, after the scheduler's own has ended.
TEST(io_wait, a_runtime_that_ends_lets_go_of_the_addresses_of_its_listeners) {
  std::vector makers{io::make_epoll_driver};
  if (io::uring_is_permitted()) makers.push_back(io::make_uring_driver);
  for (const auto& make : makers) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int round = 0; round < 20; ++round) {
      runtime rt{{.schedulers = 1, .stop_timeout = 0s, .make_driver = make}};
      rt.spawn({.trap_exit = true}, accept_for_ever, listen_on(address));
      rt.call([]() -> task<> {
        for (int turn = 0; turn < 3; ++turn) co_await yield();
      });
    }
  }
}

}  // namespace
}  // namespace dialtone
