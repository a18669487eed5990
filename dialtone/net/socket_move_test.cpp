// SPDX-License-Identifier: Apache-2.0
// Sockets that live, or go, where their users do not run: three schedulers with threads of their own, over each driver.
#include <gtest/gtest.h>

#include <string>

#include <dialtone/net/info.hpp>
#include <dialtone/net/tcp.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/reply.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/print.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t schedulers = 3;

/// Runs a test's function in a process of scheduler 0, over each driver that there is.
void on_three_schedulers(process<> (*function)()) {
  for (const io::driver_choice choice : {io::driver_choice::epoll, io::driver_choice::best}) {
    runtime rt{{.schedulers = schedulers, .driver = choice, .level = log_level::off}};
    EXPECT_EQ(rt.run({.scheduler = placement::on(0)}, function), exit_reason::normal);
  }
}

struct connection {
  tcp::socket client;
  tcp::socket server;
};

/// Both ends are the caller's.
task<connection> connection_here(socket_options client = {}, socket_options server = {}) {
  auto listener = co_await tcp::listen({.address = "127.0.0.1", .connections = server});
  auto socket = co_await tcp::connect(listener->local_address(), client);
  auto accepted = co_await listener->accept();
  listener->close();
  co_return connection{*socket, *accepted};
}

/// Reads until the end; what has come, or the error that was not an end.
task<std::string> all_of(tcp::socket socket) {
  std::string all;
  for (;;) {
    auto data = co_await socket.recv(0, 10s);
    if (data)
      all += data->view();
    else
      co_return data.error() == net_error::closed ? all : to_string(data.error());
  }
}

process<> echo_there(tcp::socket socket) {
  while (auto data = co_await socket.recv()) co_await socket.send(std::move(*data));
}

TEST(socket_move, a_socket_goes_on_where_its_new_owner_runs) {
  on_three_schedulers([]() -> process<> {
    auto [client, server] = co_await connection_here();
    co_await client.send("came before");
    const pid owner = spawn({.scheduler = placement::on(1)}, echo_there, server);
    EXPECT_TRUE(server.controlling_process(owner));
    EXPECT_EQ((co_await client.recv(11, 10s))->view(), "came before");
    co_await client.send("and after");
    EXPECT_EQ((co_await client.recv(9, 10s))->view(), "and after");
  });
}

TEST(socket_move, who_is_not_there_may_send_but_not_read) {
  on_three_schedulers([]() -> process<> {
    auto [client, server] = co_await connection_here();
    EXPECT_TRUE(server.controlling_process(spawn({.scheduler = placement::on(2)}, echo_there, server)));
    EXPECT_EQ((co_await server.recv()).error(), net_error::elsewhere);
    EXPECT_EQ(server.unrecv("x").error(), net_error::elsewhere);
    EXPECT_EQ(server.setopts({}).error(), net_error::elsewhere);
    EXPECT_EQ(server.getstat().error(), net_error::elsewhere);
    EXPECT_EQ(server.peer_address().error(), net_error::elsewhere);
    EXPECT_EQ(server.controlling_process(self()).error(), net_error::elsewhere);
    EXPECT_TRUE(co_await server.send("from afar"));
    EXPECT_EQ((co_await client.recv(9, 10s))->view(), "from afar");
    EXPECT_TRUE(server.shutdown());
    EXPECT_EQ((co_await client.recv(0, 10s)).error(), net_error::closed);
  });
}

TEST(socket_move, who_is_not_there_may_close) {
  on_three_schedulers([]() -> process<> {
    auto [client, server] = co_await connection_here();
    EXPECT_TRUE(server.controlling_process(spawn({.scheduler = placement::on(2)}, echo_there, server)));
    EXPECT_TRUE(co_await server.send("last words"));
    server.close();
    EXPECT_EQ(co_await all_of(client), "last words");
    EXPECT_EQ((co_await server.send("nobody")).error(), net_error::closed);
  });
}

TEST(socket_move, a_name_that_never_was_is_closed) {
  on_three_schedulers([]() -> process<> {
    for (const std::uint32_t scheduler : {0u, 1u, 2u, 3u, 255u}) {
      const tcp::socket unknown{detail::make_reference(scheduler, detail::reference_kind::socket, 0xffff'0000'01)};
      EXPECT_EQ((co_await unknown.send("x")).error(), net_error::closed) << scheduler;
      unknown.close();
    }
    EXPECT_EQ((co_await tcp::socket{}.send("x")).error(), net_error::closed);
  });
}

struct told {
  std::string text;
};

process<> tell_what_comes(pid observer) {
  std::string all;
  for (;;) {
    auto next = co_await receive<tcp::data, tcp::closed, tcp::passive>();
    if (auto* data = std::get_if<tcp::data>(&next)) all += data->bytes.view();
    if (std::holds_alternative<tcp::passive>(next)) all += "|";
    if (std::holds_alternative<tcp::closed>(next)) break;
  }
  send(observer, told{std::move(all)});
}

TEST(socket_move, messages_that_nobody_has_received_go_first) {
  on_three_schedulers([]() -> process<> {
    for (const std::uint32_t place : {0u, 1u}) {
      auto [client, server] = co_await connection_here({}, {.active = active::count(3), .packet = packet::line});
      co_await client.send("one\ntwo\nthree\nfour\n");
      co_await client.send("five\n");
      auto full = co_await receive<tcp::passive>();  // behind three messages
      send(self(), full);
      EXPECT_TRUE(server.setopts({.active = active::count(10)}));
      const pid owner = spawn({.scheduler = placement::on(place)}, tell_what_comes, self());
      EXPECT_TRUE(server.controlling_process(owner));
      client.close();
      EXPECT_EQ((co_await receive<told>()).text, "one\ntwo\nthree\n|four\nfive\n");
      EXPECT_FALSE(co_await receive<tcp::data>(after(0s)));
    }
  });
}

process<> end_at_once() { co_return; }
process<> wait_for_ever() { co_await receive<told>(); }

TEST(socket_move, a_socket_that_is_given_to_the_dead_closes) {
  on_three_schedulers([]() -> process<> {
    auto [client, server] = co_await connection_here();
    const auto [dead, watch] = spawn_monitor({.scheduler = placement::on(1)}, end_at_once);
    co_await receive<down>();
    co_await server.send("flushed");
    EXPECT_TRUE(server.controlling_process(dead));
    EXPECT_EQ(co_await all_of(client), "flushed");
    EXPECT_EQ((co_await server.send("x")).error(), net_error::closed);
  });
}

TEST(socket_move, only_the_owner_gives_and_only_to_processes) {
  on_three_schedulers([]() -> process<> {
    auto [client, server] = co_await connection_here();
    EXPECT_EQ(server.controlling_process({}).error(), net_error::bad_option);
    EXPECT_EQ(server.controlling_process(pid{schedulers, 1, 1}).error(), net_error::bad_option);
    EXPECT_TRUE(server.controlling_process(self()));
    const pid owner = spawn(wait_for_ever);
    EXPECT_TRUE(server.controlling_process(owner));
    EXPECT_EQ(server.controlling_process(self()).error(), net_error::not_owner);
    exit(owner, exit_reason::kill);
    EXPECT_EQ(co_await all_of(client), "");
  });
}

/// A send waits in the queue, which has reached its high watermark.
task<> until_one_waits(tcp::socket socket) {
  for (bool waits = false; !waits; co_await yield())
    for (const net::socket_info& each : co_await net::info())
      waits |= each.name == socket.name() && each.waiting_senders != 0;
}

process<> send_much(tcp::socket socket, pid next, pid observer) {
  constexpr auto send_one = [](tcp::socket to, char letter) -> task<bool> {
    co_return (co_await to.send(std::string(100'000, letter))).has_value();
  };
  for (int i = 0; i < 64; ++i)
    if ((co_await race(send_one(socket, static_cast<char>('a' + i % 26)), until_one_waits(socket))).index() != 0) break;
  EXPECT_TRUE(socket.controlling_process(next));
  send(observer, told{});
}

process<> shut_down_when_told(tcp::socket socket) {
  co_await receive<told>();
  EXPECT_TRUE(socket.shutdown());
  co_await receive<told>();
}

TEST(socket_move, what_the_peer_has_not_read_yet_goes_with_it) {
  on_three_schedulers([]() -> process<> {
    auto [client, server] = co_await connection_here({}, {.high_watermark = 4'000'000});
    const pid next = spawn({.scheduler = placement::on(1)}, shut_down_when_told, server);
    // It runs into a peer that does not read, and gives the socket away in the middle of that.
    const pid first = spawn(send_much, server, next, self());
    EXPECT_TRUE(server.controlling_process(first));
    co_await receive<told>();
    send(next, told{});
    const std::string all = co_await all_of(client);
    EXPECT_GT(all.size(), 100'000u);
    EXPECT_EQ(all.size() % 100'000, 0u);
    for (std::size_t at = 0; at < all.size(); ++at)
      if (all[at] != static_cast<char>('a' + at / 100'000 % 26)) {
        ADD_FAILURE() << "wrong at " << at << " of " << all.size();
        break;
      }
    exit(next, exit_reason::kill);
  });
}

TEST(socket_move, a_send_from_elsewhere_waits_for_a_peer_that_does_not_read) {
  on_three_schedulers([]() -> process<> {
    auto [client, server] = co_await connection_here({}, {.high_watermark = 1000, .low_watermark = 500});
    EXPECT_TRUE(server.controlling_process(spawn({.scheduler = placement::on(1)}, wait_for_ever)));
    std::size_t sent = 0;
    const auto send_one = [](tcp::socket socket) -> task<bool> {
      co_return (co_await socket.send(std::string(1'000'000, 'x'))).has_value();
    };
    // Time has to pass here: each waits for the kernel, and only that knows when it takes no more.
    do sent += 1'000'000;
    while (co_await with_deadline(100ms, send_one(server)) && sent < 100'000'000);
    EXPECT_LT(sent, 100'000'000u);
    std::size_t read = 0;
    while (read < sent) read += (co_await client.recv(0, 10s))->size();
    EXPECT_EQ(read, sent);
    EXPECT_TRUE(co_await server.send("again"));
  });
}

// --- many moves ---

/// Owns the socket for a moment, then gives it to a new process of the next scheduler.
process<> hop(tcp::socket socket, std::uint32_t place, int left, pid observer) {
  if (left == 0) {
    send(observer, told{});
    co_await receive<told>();
    socket.close();
    co_return;
  }
  co_await yield();
  const std::uint32_t next = (place + 1 + random() % 2) % schedulers;
  const pid heir = spawn({.scheduler = placement::on(next)}, hop, socket, next, left - 1, observer);
  EXPECT_TRUE(socket.controlling_process(heir));
}

struct finished {
  pid hopper;
};

process<> count_up(tcp::socket socket, char letter, int count, pid observer) {
  for (int i = 0; i < count; ++i) {
    auto done = co_await socket.send(fmt::format("{}{}\n", letter, i));
    if (!done) ADD_FAILURE() << to_string(done.error());
  }
  send(observer, finished{});
}

TEST(socket_move, no_send_is_lost_or_overtaken_however_often_the_socket_moves) {
  on_three_schedulers([]() -> process<> {
    constexpr int count = 300;
    auto [client, server] = co_await connection_here();
    EXPECT_TRUE(client.setopts({.packet = packet::line}));
    for (std::uint32_t i = 0; i < schedulers; ++i)
      spawn({.scheduler = placement::on(i)}, count_up, server, static_cast<char>('a' + i), count, self());
    const pid first = spawn(hop, server, 0u, 300, self());
    EXPECT_TRUE(server.controlling_process(first));
    std::array<int, schedulers> next{};
    for (int i = 0; i < count * int{schedulers}; ++i) {
      auto line = co_await client.recv(0, 10s);
      if (!line) {
        ADD_FAILURE() << to_string(line.error()) << " after " << i;
        break;
      }
      const std::size_t who = static_cast<std::size_t>(line->view()[0] - 'a');
      EXPECT_EQ(line->view().substr(1), std::to_string(next.at(who)++) + "\n");
    }
    co_await receive<told>();
    for (std::uint32_t i = 0; i < schedulers; ++i) co_await receive<finished>();
  });
}

process<> flood(tcp::socket socket, int count) {
  for (int i = 0; i < count; ++i) co_await socket.send(fmt::format("{}\n", i));
  co_await receive<told>();
}

/// As hop, of an active socket: counts what comes while it is the owner.
process<> hop_and_count(tcp::socket socket, std::uint32_t place, int next, int count, pid observer) {
  for (int seen = 0; next < count && seen < 7; ++seen) {
    auto line = co_await receive<tcp::data>();
    EXPECT_EQ(line.bytes, std::to_string(next++) + "\n");
  }
  if (next == count) {
    send(observer, told{});
    co_return;
  }
  place = (place + 1) % schedulers;
  const pid heir = spawn({.scheduler = placement::on(place)}, hop_and_count, socket, place, next, count, observer);
  EXPECT_TRUE(socket.controlling_process(heir));
}

TEST(socket_move, an_active_socket_tells_everything_once_and_in_order) {
  on_three_schedulers([]() -> process<> {
    constexpr int count = 2000;
    auto [client, server] = co_await connection_here({}, {.active = active::always, .packet = packet::line});
    const pid counter = spawn(hop_and_count, server, 0u, 0, count, self());
    EXPECT_TRUE(server.controlling_process(counter));
    EXPECT_TRUE(client.controlling_process(spawn_link(flood, client, count)));
    co_await receive<told>();
  });
}

// --- listeners ---

process<> accept_there(tcp::listener listener, pid observer) {
  for (int i = 0; i < 2; ++i) {
    auto accepted = co_await listener.accept();
    EXPECT_TRUE(accepted);
    send(observer, told{std::string{(co_await accepted->recv())->view()}});
  }
  EXPECT_TRUE(listener.controlling_process(self()));
}

TEST(socket_move, a_listener_takes_the_connection_along_that_nobody_has_got) {
  on_three_schedulers([]() -> process<> {
    auto listener = co_await tcp::listen({.address = "127.0.0.1"});
    EXPECT_EQ((co_await listener->accept(0s)).error(), net_error::timeout);
    auto first = co_await tcp::connect(listener->local_address());
    co_await first->send("first");
    EXPECT_TRUE(listener->controlling_process(spawn({.scheduler = placement::on(1)}, accept_there, *listener, self())));
    EXPECT_EQ((co_await listener->accept()).error(), net_error::elsewhere);
    EXPECT_EQ((co_await receive<told>()).text, "first");
    auto second = co_await tcp::connect(listener->local_address());
    co_await second->send("second");
    EXPECT_EQ((co_await receive<told>()).text, "second");
  });
}

TEST(socket_move, a_listener_that_lives_elsewhere_can_be_closed) {
  on_three_schedulers([]() -> process<> {
    auto listener = co_await tcp::listen({.address = "127.0.0.1"});
    EXPECT_TRUE(listener->controlling_process(spawn({.scheduler = placement::on(1)}, wait_for_ever)));
    listener->close();
    EXPECT_TRUE(co_await tcp::listen({.address = "127.0.0.1", .port = listener->local_address().port()}));
  });
}

process<> accept_one(tcp::listener listener, pid observer) {
  auto accepted = co_await listener.accept();
  send(observer, told{});
  co_await receive<told>();
}

int handed_on = 0;  // over all drivers: each has an order of its own for what is ready at once

process<> kill_at_a_byte(tcp::socket socket, pid killed) {
  co_await socket.recv();
  exit(killed, exit_reason::kill);
}

TEST(socket_move, a_connection_whose_acceptor_is_killed_before_it_runs_is_for_the_next) {
  on_three_schedulers([]() -> process<> {
    auto listener = co_await tcp::listen({.address = "127.0.0.1"});
    for (int round = 0; round < 20; ++round) {
      auto [client, server] = co_await connection_here();
      const auto [acceptor, watch] = spawn_monitor(accept_one, *listener, self());
      const pid killer = spawn(kill_at_a_byte, server, acceptor);
      EXPECT_TRUE(server.controlling_process(killer));
      co_await yield();
      co_await client.send("!");
      co_await yield();  // the killer's byte is there before the connection, so the killer runs before the acceptor
      auto dialled = co_await tcp::connect(listener->local_address());
      co_await dialled->send("not lost");
      co_await receive<down>();
      if (co_await receive<told>(after(0s))) continue;
      ++handed_on;
      auto accepted = co_await listener->accept(10s);
      EXPECT_TRUE(accepted && co_await accepted->recv(8, 10s) == bytes{"not lost"});
    }
  });
  EXPECT_GT(handed_on, 0);
}

}  // namespace
}  // namespace dialtone
