// SPDX-License-Identifier: Apache-2.0
// Sockets as other programs see them: ports that are free, ends that are told, peers that do
// not read. Over each driver, and nothing is left.
#include "sockets_test.hpp"

#include <algorithm>
#include <future>

#include <dialtone/dialtone.hpp>
#include <dialtone/io/driver_choice.hpp>
#include <dialtone/testing/virtual_clock.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

constexpr int rounds = 100;

class sockets : public ::testing::TestWithParam<io::driver_choice> {
 protected:
  /// Runs a test's function in a process; what it has opened is closed afterwards.
  void in_process(process<> (*function)()) {
    const int before = open_descriptors();
    {
      runtime rt{{.schedulers = 2, .driver = GetParam(), .level = log_level::off}};
      EXPECT_EQ(to_string(rt.run({.scheduler = placement::on(0)}, function)), "normal");
    }
    EXPECT_EQ(open_descriptors(), before);
  }
};
INSTANTIATE_TEST_SUITE_P(over, sockets, ::testing::ValuesIn(permitted_drivers()),
                         [](const auto& driver) { return driver_name(driver.param); });

struct listening {
  std::uint16_t port;
};
struct never_sent {};

/// Says hello to each, keeps them all, and waits for more.
process<> greet_all(tcp::listener listener) {
  while (auto socket = co_await listener.accept()) co_await socket->send("hello");
  co_await receive<never_sent>();
}
process<> own_a_listener(std::uint16_t port, pid asker) {
  auto listener = co_await tcp::listen({.address = "127.0.0.1", .port = port});
  if (!listener) throw std::runtime_error{to_string(listener.error())};
  send(asker, listening{listener->local_address().port()});
  while (auto socket = co_await listener->accept()) co_await socket->send("hello");
}

// When the greeting is here, its sender waits for the next connection, and the kernel knows.
task<tcp::socket> greeted_by(std::uint16_t port) {
  auto socket = co_await tcp::connect("127.0.0.1", port, {}, 10s);
  auto greeting = co_await socket->recv(5, 10s);
  EXPECT_EQ(greeting->view(), "hello");
  co_return *socket;
}

int bind_as_another_program(std::uint16_t port) {
  plain_socket other;
  other.reuse_address();
  return other.listen_on(port);
}

TEST_P(sockets, the_port_of_a_closed_listener_is_free_at_once) {
  in_process([]() -> process<> {
    std::uint16_t port = 0;
    for (int round = 0; round < rounds; ++round) {
      auto listener = co_await tcp::listen({.address = "127.0.0.1", .port = port});
      if (!listener) throw std::runtime_error{to_string(listener.error())};
      port = listener->local_address().port();
      const pid greeter = spawn(greet_all, *listener);
      auto client = co_await greeted_by(port);
      listener->close();
      EXPECT_EQ(bind_as_another_program(port), 0) << "round " << round;
      exit(greeter, exit_reason::kill);
      client.close();
    }
  });
}

TEST_P(sockets, the_port_of_a_killed_owner_is_free_at_once) {
  in_process([]() -> process<> {
    std::uint16_t port = 0;
    for (int round = 0; round < rounds; ++round) {
      const auto place = placement::on(static_cast<std::uint32_t>(round) % 2);
      auto [owner, name] = spawn_monitor({.scheduler = place}, own_a_listener, port, self());
      port = (co_await receive<listening>()).port;
      auto client = co_await greeted_by(port);
      exit(owner, exit_reason::kill);
      EXPECT_EQ((co_await receive<down>()).reason, exit_reason::killed);
      EXPECT_EQ(bind_as_another_program(port), 0) << "round " << round;
      client.close();
    }
  });
}

// Who does not ask for reuse gets a port only when nothing at all is left of its last user.
TEST_P(sockets, a_listener_leaves_nothing_on_its_port) {
  in_process([]() -> process<> {
    for (int round = 0; round < rounds; ++round) {
      auto listener = co_await tcp::listen({.address = "127.0.0.1"});
      EXPECT_FALSE(co_await listener->accept(1ms));
      listener->close();
      plain_socket other;
      EXPECT_EQ(other.listen_on(listener->local_address().port()), 0) << "round " << round;
    }
  });
}

process<> wait_for_data(tcp::socket socket) {
  static_cast<void>(co_await socket.recv());
  co_await receive<never_sent>();
}
process<> wait_for_messages(tcp::socket socket) {
  socket.setopts({.active = active::always});
  co_await receive<never_sent>();
}

TEST_P(sockets, the_peer_of_a_closed_socket_sees_the_end_at_once) {
  in_process([]() -> process<> {
    auto listener = co_await tcp::listen({.address = "127.0.0.1"});
    const std::uint16_t port = listener->local_address().port();
    for (int round = 0; round < rounds; ++round) {
      plain_socket peer;
      EXPECT_EQ(peer.connect_to(port), 0);
      auto socket = co_await listener->accept();
      const auto place = placement::on(static_cast<std::uint32_t>(round) % 2);
      auto [owner, name] =
          spawn_monitor({.scheduler = place}, round % 3 == 0 ? wait_for_messages : wait_for_data, *socket);
      if (round % 4 != 0) EXPECT_TRUE(socket->controlling_process(owner));
      co_await yield();
      if (round % 4 == 0) socket->close();
      exit(owner, exit_reason::kill);
      co_await receive<down>();
      EXPECT_TRUE(peer.has_ended()) << "round " << round;
    }
  });
}

// --- a peer that never reads ---

std::promise<std::uint16_t> bound;
std::size_t most_unsent;
std::optional<net_error> flood_end;

process<> flood() {
  auto listener = co_await tcp::listen({.address = "127.0.0.1", .connections = {.send_timeout = 10s}});
  bound.set_value(listener->local_address().port());
  auto socket = co_await listener->accept();
  const std::string piece(10'000, 'x');
  for (;;) {
    auto sent = co_await socket->send(piece);
    most_unsent = std::max(most_unsent, socket->getstat()->send_pending);
    if (!sent) {
      flood_end = sent.error();
      co_return;
    }
  }
}

TEST_P(sockets, a_peer_that_never_reads_holds_its_sender_for_a_time) {
  testing::virtual_clock clock;
  const int before = open_descriptors();
  {
    runtime rt{
        {.schedulers = 1, .level = log_level::off, .threads = threading::stepped, .clock = &clock, .make_driver = [] {
           return io::make_driver(GetParam());
         }}};
    const auto settle = [&] {
      for (int turns = 0; turns < 1000; ++turns) rt.step();  // until the kernel takes no more
    };
    bound = {};
    most_unsent = 0;
    flood_end.reset();
    rt.spawn(flood);
    settle();
    plain_socket peer;
    ASSERT_EQ(peer.connect_to(bound.get_future().get()), 0);
    settle();
    EXPECT_GT(most_unsent, 0u);
    EXPECT_LT(most_unsent, 64u * 1024 + 10'000);
    EXPECT_FALSE(flood_end);
    const int meanwhile = open_descriptors();
    clock.advance_to(clock.now() + 11s);
    settle();
    EXPECT_EQ(flood_end.value(), net_error::timeout);
    EXPECT_EQ(open_descriptors(), meanwhile - 1) << "the listener is closed, the rest is still to be sent";
    clock.advance_to(clock.now() + detail::stream_socket::linger_limit + 1s);
    settle();
    EXPECT_EQ(open_descriptors(), meanwhile - 2);
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace dialtone
