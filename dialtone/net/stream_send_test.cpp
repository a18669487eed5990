// SPDX-License-Identifier: Apache-2.0
// Sends that end before all of their bytes are with the kernel: what they say, what becomes of the rest, and that the
// queue has a limit though they are given up. Over TCP with each driver, and over memory in one turn after the other.
#include <gtest/gtest.h>

#include <string>

#include <dialtone/io/memory_pipe.hpp>
#include <dialtone/net/carriers_test.hpp>
#include <dialtone/net/info.hpp>
#include <dialtone/net/transport.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/process_info.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using carriers::connected;
using send_result = std::expected<void, net_error>;

constexpr std::size_t large = 8 << 20;  // more than the kernel holds
const socket_options impatient{.send_timeout = 20ms};

void everywhere(process<> (*scenario)(transport), std::uint32_t schedulers = 1) {
  for (const io::driver_choice choice : {io::driver_choice::epoll, io::driver_choice::best}) {
    runtime rt{{.schedulers = schedulers, .driver = choice, .level = log_level::off}};
    EXPECT_EQ(rt.run(scenario, transport::tcp({.address = "127.0.0.1"})), exit_reason::normal);
  }
  testing::stepped_runtime stepped{{.schedulers = schedulers}};
  EXPECT_EQ(stepped.run(scenario, transport::memory({})), exit_reason::normal);
}

bytes filled(std::size_t size) { return std::string(size, 'z'); }

task<send_result> sending(stream::socket socket, bytes data) { co_return co_await socket.send(std::move(data)); }

/// The kernel has taken a part of what is sent, and the rest is in the queue.
task<> until_it_waits(stream::socket socket) {
  while (socket.getstat()->sent_bytes == 0) co_await yield();
  EXPECT_GT(socket.getstat()->send_pending, 0u);
}

/// All that comes, up to the end.
task<std::string> all_of(stream::socket socket) {
  std::string all;
  while (auto next = co_await socket.recv()) all += next->view();
  co_return all;
}

// --- what is said ---

TEST(stream_sends, that_run_out_of_time_say_how_much_the_kernel_has_and_that_the_rest_still_goes_out) {
  everywhere([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, impatient);
    const net_error late = (co_await client.send(filled(large))).error();
    EXPECT_EQ(late, net_error::timeout);
    EXPECT_GT(late.unsent(), 0u);
    EXPECT_LT(late.unsent(), large);
    EXPECT_TRUE(late.still_sends());
    EXPECT_TRUE(to_string(late).ends_with(" bytes still to go out"));
    if (over.name() == "memory") EXPECT_EQ(late.unsent(), large - io::memory_pipe::capacity);
    client.close();
    EXPECT_EQ((co_await all_of(server)).size(), large);
  });
}

TEST(stream_sends, count_what_the_kernel_has_before_they_are_done) {
  everywhere([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, impatient);
    const net_error late = (co_await client.send(filled(large))).error();
    const auto counted = *client.getstat();
    EXPECT_EQ(counted.sent_bytes, large - late.unsent().value());
    EXPECT_EQ(counted.send_pending, late.unsent());
    for (const net::socket_info& each : co_await net::info())
      if (each.name == client.name()) EXPECT_EQ(each.sent_bytes + each.unsent_bytes, large);
    EXPECT_EQ((co_await server.recv(large, 20s))->size(), large);
    while (client.getstat()->send_pending != 0) co_await yield();
    EXPECT_EQ(client.getstat()->sent_bytes, large);
  });
}

TEST(stream_sends, that_find_the_queue_full_are_not_sent_at_all_when_their_time_is_up) {
  everywhere([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, impatient);
    co_await client.send(filled(large));
    const net_error late = (co_await client.send("never")).error();
    EXPECT_EQ(late, (net_error{net_operation::send, net_error::timeout}.leaving(5)));
    EXPECT_EQ(client.getstat()->sent_packets, 1u);
    EXPECT_EQ((co_await server.recv(large, 20s))->size(), large);
    EXPECT_TRUE(co_await client.send("last"));
    client.close();
    EXPECT_EQ(co_await all_of(server), "last");
  });
}

TEST(stream_sends, under_a_reset_say_what_was_lost) {
  everywhere([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, {}, {.linger = 0s});
    constexpr auto reset = [](stream::socket socket) -> task<int> {
      co_await socket.recv(1);
      socket.close();
      co_return 0;
    };
    auto [first, second, done] =
        co_await all(sending(client, filled(large)), sending(client, "outside"), reset(server));
    EXPECT_NE(first.error(), net_error::timeout);
    EXPECT_GT(first.error().unsent(), 0u);
    EXPECT_LT(first.error().unsent(), large);
    EXPECT_FALSE(first.error().still_sends());
    EXPECT_EQ(second.error().unsent(), 7u);
    EXPECT_EQ(second.error().code(), first.error().code());
  });
}

TEST(stream_sends, under_a_close_still_go_out_also_those_that_wait_for_room) {
  everywhere([](transport over) -> process<> {
    auto [client, server] = co_await connected(over);
    constexpr auto close = [](stream::socket socket) -> task<int> {
      co_await until_it_waits(socket);
      socket.close();
      co_return 0;
    };
    auto [first, second, done] =
        co_await all(sending(client, filled(large)), sending(client, "outside"), close(client));
    EXPECT_EQ(first.error(), net_error::closed);
    EXPECT_TRUE(first.error().still_sends());
    EXPECT_LT(first.error().unsent(), large);
    EXPECT_EQ(second.error(), (net_error{net_operation::send, net_error::closed}.leaving(7, net_error::rest::queued)));
    EXPECT_EQ((co_await all_of(server)).size(), large + 7);
  });
}

TEST(stream_sends, of_a_socket_that_does_not_linger_leave_nothing_behind_a_close) {
  everywhere([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, {.send_timeout = 20ms, .send_timeout_close = true, .linger = 0s});
    const net_error late = (co_await client.send(filled(large))).error();
    EXPECT_EQ(late, net_error::timeout);
    EXPECT_GT(late.unsent(), 0u);
    EXPECT_FALSE(late.still_sends());
    EXPECT_EQ((co_await client.send("closed")).error(), (net_error{net_operation::send, net_error::closed}.leaving(6)));
  });
}

TEST(stream_sends, that_close_the_socket_when_their_time_is_up_go_on_while_it_lingers) {
  everywhere([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, {.send_timeout = 20ms, .send_timeout_close = true});
    const net_error late = (co_await client.send(filled(large))).error();
    EXPECT_TRUE(late.still_sends());
    EXPECT_EQ(client.getstat().error(), net_error::closed);
    EXPECT_EQ((co_await all_of(server)).size(), large);
  });
}

TEST(stream_sends, that_are_refused_have_sent_nothing) {
  everywhere([](transport over) -> process<> {
    auto [client, server] = co_await connected(over, {.packet = packet::length_1, .exit_on_close = false});
    EXPECT_EQ((co_await client.send(filled(256))).error(),
              (net_error{net_operation::send, net_error::message_too_long}.leaving(256)));
    client.shutdown();
    const net_error closed = net_error{net_operation::send, net_error::closed}.leaving(4);
    EXPECT_EQ((co_await client.send("shut")).error(), closed);
    client.close();
    EXPECT_EQ((co_await client.send("gone")).error(), closed);
    server.setopts({.exit_on_close = true});
    co_await all_of(server);
    EXPECT_EQ((co_await server.send("late")).error(), closed) << "the peer's end was the end";
  });
}

TEST(stream_sends, that_wait_go_out_before_the_sending_half_ends) {
  everywhere([](transport over) -> process<> {
    auto [client, server] = co_await connected(over);
    constexpr auto shut_down = [](stream::socket socket) -> task<int> {
      co_await until_it_waits(socket);
      EXPECT_TRUE(socket.shutdown());
      co_return 0;
    };
    auto [first, second, done, got] =
        co_await all(sending(client, filled(large)), sending(client, "outside"), shut_down(client), all_of(server));
    EXPECT_TRUE(first);
    EXPECT_TRUE(second);
    EXPECT_EQ(got.size(), large + 7);
  });
}

// --- from another scheduler ---

struct told_sends {
  send_result queued;
  send_result outside;
  send_result closed;
};

process<> send_from_elsewhere(stream::socket socket, pid told) {
  told_sends all;
  all.queued = co_await socket.send(filled(large));
  all.outside = co_await socket.send("never");
  send(told, self());
  co_await receive<int>();
  all.closed = co_await socket.send("gone");
  send(told, all);
}

TEST(stream_sends, from_another_scheduler_say_the_same) {
  everywhere(
      [](transport over) -> process<> {
        auto [client, server] = co_await connected(over, impatient);
        spawn({.scheduler = placement::on(1)}, send_from_elsewhere, client, self());
        const pid sender = co_await receive<pid>();
        client.close();
        EXPECT_EQ((co_await all_of(server)).size(), large);
        send(sender, 0);
        const auto [queued, outside, closed] = co_await receive<told_sends>();
        EXPECT_EQ(queued.error(), net_error::timeout);
        EXPECT_GT(queued.error().unsent(), 0u);
        EXPECT_LT(queued.error().unsent(), large);
        EXPECT_TRUE(queued.error().still_sends());
        EXPECT_EQ(outside.error(), (net_error{net_operation::send, net_error::timeout}.leaving(5)));
        EXPECT_EQ(closed.error(), (net_error{net_operation::send, net_error::closed}.leaving(4)));
      },
      2);
}

process<> receive_all(stream::socket socket, pid told) {
  co_await receive<int>();
  send(told, (co_await all_of(socket)).size());
}

TEST(stream_sends, that_wait_when_their_socket_moves_go_with_it) {
  everywhere(
      [](transport over) -> process<> {
        auto [client, server] = co_await connected(over);
        const pid there = spawn({.scheduler = placement::on(1)}, receive_all, client, self());
        constexpr auto move = [](stream::socket socket, pid to) -> task<int> {
          co_await until_it_waits(socket);
          EXPECT_TRUE(socket.controlling_process(to));
          co_return 0;
        };
        constexpr auto read = [](stream::socket socket) -> task<std::expected<bytes, net_error>> {
          co_return co_await socket.recv(large + 7, 20s);
        };
        auto [first, second, done, got] =
            co_await all(sending(client, filled(large)), sending(client, "outside"), move(client, there), read(server));
        EXPECT_TRUE(first);
        EXPECT_TRUE(second);
        EXPECT_EQ(got->size(), large + 7);
        server.close();
        send(there, 0);
        EXPECT_EQ(co_await receive<std::size_t>(), 0u);
      },
      2);
}

// --- that are given up ---

constexpr std::size_t message = 100'000;
constexpr std::size_t most_queued = 64 * 1024 + message;

TEST(stream_sends, that_are_given_up_do_not_fill_the_queue) {
  everywhere([](transport over) -> process<> {
    auto [client, server] = co_await connected(over);
    std::size_t refused = 0;
    for (int i = 0; i < 200; ++i)
      if (!co_await with_deadline(1ms, sending(client, filled(message)))) ++refused;
    EXPECT_GT(refused, 100u);
    const auto counted = *client.getstat();
    EXPECT_LE(counted.send_pending, most_queued);
    client.close();
    EXPECT_EQ((co_await all_of(server)).size(), counted.sent_packets * message) << "each goes out whole, or not at all";
  });
}

process<> send_one(stream::socket socket) { static_cast<void>(co_await socket.send(filled(message))); }

std::size_t waiting_senders(const std::vector<net::socket_info>& all) {
  std::size_t count = 0;
  for (const net::socket_info& each : all) count += each.waiting_senders;
  return count;
}

task<void> kill_all(std::vector<pid> senders) {
  for (const pid sender : senders) exit(sender, exit_reason::kill);
  for (const pid sender : senders)
    while (co_await info_of(sender)) co_await yield();
}

/// Senders on that scheduler, to the caller's socket.
template <std::uint32_t Scheduler>
process<> kill_senders(transport over) {
  auto [client, server] = co_await connected(over);
  while (co_await with_deadline(5ms, sending(client, filled(message)))) continue;
  const std::uint64_t queued = client.getstat()->sent_packets;
  std::vector<pid> senders;
  for (int i = 0; i < 100; ++i) senders.push_back(spawn({.scheduler = placement::on(Scheduler)}, send_one, client));
  while (waiting_senders(co_await net::info()) != senders.size()) co_await yield();
  co_await kill_all(std::move(senders));
  while (waiting_senders(co_await net::info()) != 0) co_await yield();
  EXPECT_EQ(client.getstat()->sent_packets, queued);
  EXPECT_LE(client.getstat()->send_pending, most_queued);
  client.close();
  EXPECT_EQ((co_await all_of(server)).size(), queued * message);
}

TEST(stream_sends, of_processes_that_are_killed_do_not_fill_the_queue_of_somebody_elses_socket) {
  everywhere(kill_senders<0>);
}

TEST(stream_sends, of_processes_that_are_killed_on_another_scheduler_are_taken_back_too) {
  everywhere(kill_senders<1>, 2);
}

}  // namespace
}  // namespace dialtone
