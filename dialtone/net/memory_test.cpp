// SPDX-License-Identifier: Apache-2.0
// What only sockets in memory have: pairs, networks, ends on different schedulers. What all streams do is in
// transport_test.cpp.
#include <dialtone/net/memory.hpp>

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include <dialtone/net/tcp.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/send.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

template <class... Arguments>
void run_stepped(process<> (*function)(Arguments...), Arguments... arguments) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.run(function, arguments...), exit_reason::normal);
}

TEST(memory_pairs, are_connected_and_nameless) {
  run_stepped(+[]() -> process<> {
    auto [one, other] = *memory::pair({.packet = packet::line}, {.packet = packet::line});
    co_await one.send("question\n");
    EXPECT_EQ(*co_await other.recv(), "question\n");
    co_await other.send("answer\n");
    EXPECT_EQ(*co_await one.recv(), "answer\n");
    EXPECT_TRUE(one.peer_address()->is_unnamed());
    other.close();
    EXPECT_EQ((co_await one.recv()).error(), net_error::closed);
  });
}

TEST(memory_pairs, say_which_option_is_wrong) {
  run_stepped(+[]() -> process<> {
    EXPECT_EQ(memory::pair({}, {.high_watermark = 0}).error(), net_error::bad_option);
    EXPECT_EQ(memory::pair({.packet_size = std::size_t(-1)}).error(), net_error::bad_option);
    co_return;
  });
}

// --- an option makes an error of what has come, while a read is under way ---

task<std::string> end_of_next(memory::socket socket) {
  auto got = co_await socket.recv();
  co_return got ? "data" : std::string{got.error().code_name()};
}
task<bool> lower_packet_size(memory::socket socket) {
  while (socket.getstat()->received_bytes == 0) co_await yield();
  co_return socket.setopts({.packet_size = 20}).has_value();
}

TEST(memory_pairs, tell_a_reader_of_a_packet_that_has_become_too_large) {
  run_stepped(+[]() -> process<> {
    auto [near, far] = *memory::pair({.packet = packet::length_4, .packet_size = 100});
    co_await far.send(bytes{std::string_view{"\0\0\0\x32part", 8}});
    auto [end, set] = co_await all(end_of_next(near), lower_packet_size(near));
    EXPECT_EQ(end, "message_too_long");
    EXPECT_TRUE(set);
    EXPECT_EQ((co_await far.recv()).error(), net_error::closed);
  });
}

TEST(memory_pairs, tell_an_owner_of_a_packet_that_has_become_too_large) {
  run_stepped(+[]() -> process<> {
    auto [near, far] = *memory::pair({.active = active::always, .packet = packet::length_4, .packet_size = 100});
    co_await far.send(bytes{std::string_view{"\0\0\0\x32part", 8}});
    EXPECT_TRUE(co_await lower_packet_size(near));
    EXPECT_EQ((co_await receive<memory::error>()).why, net_error::message_too_long);
    co_await receive<memory::closed>();
    EXPECT_EQ((co_await far.recv()).error(), net_error::closed);
  });
}

TEST(memory_networks, do_not_know_each_other) {
  run_stepped(+[]() -> process<> {
    memory::network here;
    memory::network there;
    const socket_address address{ip_address::v4(10, 0, 0, 1), 80};
    auto listener = co_await memory::listen(here, {.address = address});
    EXPECT_EQ(listener->local_address(), address);
    EXPECT_TRUE(co_await memory::connect(here, address));
    EXPECT_EQ((co_await memory::connect(there, address)).error(), std::errc::connection_refused);
  });
}

TEST(memory_networks, hold_a_connection_that_outlives_their_name) {
  run_stepped(+[]() -> process<> {
    auto listener = co_await memory::listen(memory::network{}, {});
    EXPECT_EQ((co_await listener->accept(1s)).error(), net_error::timeout);
    // Another network is made; the one that nobody can name any more is still there for its listener.
    auto [one, other] = *memory::pair();
    co_await one.send("x");
    EXPECT_EQ(*co_await other.recv(), "x");
    EXPECT_EQ((co_await listener->accept(1s)).error(), net_error::timeout);
  });
}

TEST(memory_networks, are_there_for_a_socket_that_was_told_its_end) {
  run_stepped(+[]() -> process<> {
    std::optional<stream::socket> left;
    {
      memory::network network;
      const socket_address address{ip_address::v4(10, 0, 0, 1), 80};
      auto listener = co_await memory::listen(network, {.address = address});
      left = *co_await memory::connect(network, address);
      auto accepted = co_await listener->accept();
      accepted->close();
      EXPECT_EQ((co_await left->recv()).error(), net_error::closed);
      listener->close();
    }
    EXPECT_TRUE(memory::pair());  // makes another network, and forgets those that are over
    EXPECT_EQ((co_await left->recv()).error(), net_error::closed);
    EXPECT_FALSE(left->peer_address());
    left->close();
  });
}

TEST(memory_networks, let_a_connect_wait_for_room_in_the_backlog) {
  run_stepped(+[]() -> process<> {
    memory::network network;
    auto listener = co_await memory::listen(network, {.backlog = 1});
    const socket_address address = listener->local_address();
    EXPECT_TRUE(co_await memory::connect(network, address));
    EXPECT_EQ((co_await memory::connect(network, address, {}, 1s)).error(), net_error::timeout);
    EXPECT_TRUE(co_await listener->accept());
    EXPECT_TRUE(co_await memory::connect(network, address, {}, 1s));
  });
}

process<> echo(stream::socket socket) {
  while (auto data = co_await socket.recv()) co_await socket.send(*data);
}

process<> serve(memory::network network, pid told) {
  auto listener = co_await memory::listen(network);
  send(told, listener->local_address());
  while (auto socket = co_await listener->accept()) socket->controlling_process(spawn(echo, *socket));
}

task<void> talk(stream::socket socket, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    const std::string said = std::to_string(round);
    co_await socket.send(said);
    EXPECT_EQ(*co_await socket.recv(said.size()), said);
  }
}

process<> talk_across(memory::network network) {
  spawn_link({.scheduler = placement::on(1)}, serve, network, self());
  const auto address = co_await receive<socket_address>();
  std::vector<stream::socket> all;
  for (int i = 0; i < 20; ++i) all.push_back(*co_await memory::connect(network, address));
  for (const stream::socket each : all) co_await talk(each, 100);
  const std::string large(1 << 20, 'z');
  all[0].setopts({.high_watermark = 8 << 20});
  co_await all[0].send(large);
  EXPECT_EQ(*co_await all[0].recv(large.size()), large);
  all[1].close();
  exit(exit_reason::normal);
  co_return;
}

TEST(memory_networks, reach_from_scheduler_to_scheduler) {
  for (int round = 0; round < 5; ++round) {
    runtime rt{{.schedulers = 2, .level = log_level::off}};
    EXPECT_EQ(rt.run(talk_across, memory::network{}), exit_reason::normal);
  }
}

TEST(memory_networks, reach_from_scheduler_to_scheduler_in_any_order) {
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    testing::stepped_runtime rt{{.schedulers = 2, .seed = seed, .shuffle = true}};
    EXPECT_EQ(rt.run(talk_across, memory::network{}), exit_reason::normal) << "seed " << seed;
  }
}

process<> talk_by_tcp(socket_address address) {
  auto socket = co_await tcp::connect(address, {}, 5s);
  if (!socket) throw std::runtime_error{to_string(socket.error())};
  co_await talk(*socket, 200);
}

process<> serve_forever(pid told) {
  auto listener = co_await tcp::listen({.address = "127.0.0.1"});
  send(told, listener->local_address());
  while (auto socket = co_await listener->accept()) socket->controlling_process(spawn(echo, *socket));
}

task<socket_address> begin_serving() {
  spawn(serve_forever, self());
  co_return co_await receive<socket_address>();
}

TEST(memory_networks, connect_runtimes_that_have_no_other) {
  const memory::network network;
  runtime server{{.schedulers = 1, .level = log_level::off, .make_driver = network.drivers()}};
  runtime client{{.schedulers = 2, .level = log_level::off, .make_driver = network.drivers()}};
  const socket_address address = server.call(begin_serving);
  EXPECT_EQ(client.run(talk_by_tcp, address), exit_reason::normal);
}

task<socket_address> begin_serving_in(memory::network network) {
  spawn(serve, network, self());
  co_return co_await receive<socket_address>();
}

// Each is told by threads of the other, under the lock of the network that it is in for a guest, and must not need its
// own for that.
TEST(memory_networks, of_two_runtimes_have_guests_from_each_other) {
  const memory::network mine;
  const memory::network yours;
  runtime me{{.schedulers = 1, .level = log_level::off, .make_driver = mine.drivers()}};
  runtime you{{.schedulers = 1, .level = log_level::off, .make_driver = yours.drivers()}};
  const socket_address at_yours = me.call(begin_serving_in, yours);
  const socket_address at_mine = you.call(begin_serving_in, mine);
  std::thread other{[&] { EXPECT_EQ(you.run(talk_by_tcp, at_yours), exit_reason::normal); }};
  EXPECT_EQ(me.run(talk_by_tcp, at_mine), exit_reason::normal);
  other.join();
}

process<> hop_and_echo(stream::socket socket, int left) {
  auto got = co_await socket.recv(1);
  if (!got) co_return;
  co_await socket.send(std::move(*got));
  if (left == 0) co_return socket.close();
  const std::uint32_t next = (self().scheduler() + 1) % 3;
  EXPECT_TRUE(socket.controlling_process(spawn({.scheduler = placement::on(next)}, hop_and_echo, socket, left - 1)));
}

task<void> talk_to_one_that_moves(stream::socket near, stream::socket far) {
  constexpr int rounds = 20;
  const pid first = spawn({.scheduler = placement::on(1)}, hop_and_echo, far, rounds);
  EXPECT_TRUE(far.controlling_process(first));
  const std::string all = "each letter comes back from another place";
  co_await near.send(bytes{all});
  EXPECT_EQ(*co_await near.recv(rounds + 1), all.substr(0, rounds + 1));
  EXPECT_EQ((co_await near.recv()).error(), net_error::closed);
}

process<> talk_over_a_pair() {
  auto [near, far] = *memory::pair();
  co_await talk_to_one_that_moves(near, far);
}

process<> talk_over_a_network() {
  auto listener = co_await tcp::listen({.address = "127.0.0.1"});
  auto near = co_await tcp::connect(listener->local_address());
  auto far = co_await listener->accept();
  co_await talk_to_one_that_moves(*near, *far);
}

TEST(memory_networks, let_a_socket_move_between_schedulers) {
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    testing::stepped_runtime rt{{.schedulers = 3, .seed = seed, .shuffle = true}};
    EXPECT_EQ(rt.run(talk_over_a_pair), exit_reason::normal);
    memory::network network;
    testing::stepped_runtime in_memory{
        {.schedulers = 3, .seed = seed, .shuffle = true, .runtime = {.make_driver = network.drivers()}}};
    EXPECT_EQ(in_memory.run(talk_over_a_network), exit_reason::normal);
  }
}

}  // namespace
}  // namespace dialtone
