// SPDX-License-Identifier: Apache-2.0
// Datagram sockets that are used, and go, where their users do not run: three schedulers with threads of their own,
// over each driver.
#include <dialtone/net/info.hpp>
#include <dialtone/net/udp.hpp>
#include <dialtone/runtime/reply.hpp>
#include <dialtone/runtime/timers.hpp>
#include <dialtone/testing/print.hpp>

#include <dialtone/net/udp_on_each_driver_test.hpp>

namespace dialtone {
namespace {

using namespace udp_tests;

constexpr std::uint32_t schedulers = 3;
spawn_options at(std::uint32_t scheduler) { return {.scheduler = placement::on(scheduler)}; }
/// Not the caller's.
spawn_options away(std::uint32_t steps = 1) { return at((self().scheduler() + steps) % schedulers); }

task<udp::socket> open_unix() { co_return (co_await udp::open({.address = "unix:"})).value(); }

struct finished {};

process<> send_from_afar(udp::socket through, socket_address there, pid observer) {
  EXPECT_TRUE(co_await through.send(there, "one", {.ttl = 9}));
  EXPECT_TRUE(co_await through.send(there, "two-and-three", {.segment_size = 4}));
  EXPECT_EQ((co_await through.send(there, std::string(65'508, 'x'))).error(), net_error::message_too_long);
  EXPECT_EQ((co_await through.send("to whom")).error(), std::errc::destination_address_required);
  send(observer, finished{});
}

TEST(udp_elsewhere, a_send_goes_out_where_the_socket_lives) {
  in_process(
      []() -> process<> {
        const auto socket = co_await open_here();
        const auto receiver = co_await open_here({.recv_ttl = true});
        spawn(away(), send_from_afar, socket, address_of(receiver), self());
        auto first = co_await receiver.recv(5s);
        EXPECT_EQ(first->bytes, "one");
        EXPECT_EQ(first->source, address_of(socket));
        EXPECT_EQ(first->ancillary.ttl, 9);
        for (const char* part : {"two-", "and-", "thre", "e"}) EXPECT_EQ(co_await next_of(receiver), part);
        co_await receive<finished>();
        EXPECT_EQ(socket.getstat()->sent_packets, 5);
      },
      schedulers);
}

process<> send_to_the_closed(udp::socket closed, pid observer) {
  EXPECT_EQ((co_await closed.send("nobody")).error(), net_error::closed);
  EXPECT_EQ((co_await udp::socket{}.send("nobody")).error(), net_error::closed);
  send(observer, finished{});
}

TEST(udp_elsewhere, a_socket_that_is_gone_is_closed_from_there_too) {
  in_process(
      []() -> process<> {
        const auto socket = co_await open_here();
        socket.close();
        spawn(away(), send_to_the_closed, socket, self());
        co_await receive<finished>();
      },
      schedulers);
}

task<> until_it_is_of(pid owner, std::uint64_t senders, udp::socket socket) {
  for (bool is = false; !is; co_await yield())
    for (const net::socket_info& each : co_await net::info())
      is |= each.name == socket.name() && each.owner == owner && each.waiting_senders == senders;
}

process<> send_one(udp::socket through, std::string text, pid observer) {
  EXPECT_TRUE(co_await through.send(text)) << text;
  send(observer, finished{});
}

TEST(udp_elsewhere, a_send_waits_for_room_in_turn_unless_its_sender_is_killed) {
  in_process(
      []() -> process<> {
        const auto receiver = co_await open_unix();
        const auto sender = co_await open_unix();
        EXPECT_TRUE(sender.connect(address_of(receiver)));
        const int sent = co_await fill(sender);
        const pid killed = spawn(away(), send_one, sender, std::string{"of a killed one"}, self());
        co_await until_there_wait(1, sender);
        spawn(away(), send_one, sender, std::string{"second"}, self());
        co_await until_there_wait(2, sender);
        spawn(send_one, sender, std::string{"third"}, self());
        co_await until_there_wait(3, sender);
        const auto watch = monitor(killed);
        exit(killed, exit_reason::kill);
        co_await receive<down>([watch](const down& it) { return it.reference == watch; });
        for (int i = 0; i <= sent; ++i) EXPECT_EQ(co_await next_of(receiver), std::to_string(i));
        for (const char* text : {"second", "third"}) EXPECT_EQ(co_await next_of(receiver), text);
        for (int i = 0; i < 2; ++i) co_await receive<finished>();
      },
      schedulers);
}

process<> own_until(pid parent) {
  send(parent, finished{});
  co_await receive<finished>();
}

TEST(udp_elsewhere, sends_that_wait_go_after_a_socket_that_moves) {
  in_process(
      []() -> process<> {
        const auto receiver = co_await open_unix();
        const auto sender = co_await open_unix();
        EXPECT_TRUE(sender.connect(address_of(receiver)));
        const pid owner = spawn(away(2), own_until, self());
        co_await receive<finished>();
        const int sent = co_await fill(sender);
        spawn(send_one, sender, std::string{"here"}, self());
        co_await until_there_wait(1, sender);
        spawn(away(), send_one, sender, std::string{"there"}, self());
        co_await until_there_wait(2, sender);
        EXPECT_TRUE(sender.controlling_process(owner));
        co_await until_there_wait(2, sender);
        for (int i = 0; i < sent; ++i) EXPECT_EQ(co_await next_of(receiver), std::to_string(i));
        EXPECT_EQ(co_await next_of(receiver), "here");
        EXPECT_EQ(co_await next_of(receiver), "there");
        for (int i = 0; i < 2; ++i) co_await receive<finished>();
        send(owner, finished{});
      },
      schedulers);
}

TEST(udp_elsewhere, a_send_is_given_up_though_its_socket_has_come_to_its_sender) {
  in_process(
      []() -> process<> {
        const auto receiver = co_await open_unix();
        const auto sender = co_await open_unix();
        EXPECT_TRUE(sender.connect(address_of(receiver)));
        const pid owner = spawn(away(), own_until, self());
        co_await receive<finished>();
        const int sent = co_await fill(sender);
        spawn(send_one, sender, std::string{"first"}, self());  // the driver's as soon as the socket has come
        co_await until_there_wait(1, sender);
        const pid killed = spawn(away(), send_one, sender, std::string{"of a killed one"}, self());
        co_await until_there_wait(2, sender);
        EXPECT_TRUE(sender.controlling_process(owner));
        co_await until_it_is_of(owner, 2, sender);
        const auto watch = monitor(killed);
        exit(killed, exit_reason::kill);
        co_await receive<down>([watch](const down& it) { return it.reference == watch; });
        spawn(send_one, sender, std::string{"after"}, self());
        for (int i = 0; i < sent; ++i) EXPECT_EQ(co_await next_of(receiver), std::to_string(i));
        for (const char* text : {"first", "after"}) EXPECT_EQ(co_await next_of(receiver), text);
        for (int i = 0; i < 2; ++i) co_await receive<finished>();
        send(owner, finished{});
      },
      schedulers);
}

process<> send_and_die_with_it(udp::socket through, pid observer) {
  EXPECT_EQ((co_await through.send("x")).error(), net_error::closed);
  send(observer, finished{});
}

TEST(udp_elsewhere, a_close_tells_who_waits_there) {
  in_process(
      []() -> process<> {
        const auto receiver = co_await open_unix();
        const auto sender = co_await open_unix();
        EXPECT_TRUE(sender.connect(address_of(receiver)));
        co_await fill(sender);
        spawn(away(), send_and_die_with_it, sender, self());
        co_await until_there_wait(1, sender);
        sender.close();
        co_await receive<finished>();
      },
      schedulers);
}

struct yours {
  udp::socket socket;
  int hops;
};

// The socket goes round in a ring of owners.
process<> pass_on(pid observer) {
  pid next;
  for (;;) {
    auto told = co_await receive<pid, yours>();
    if (auto* after_me = std::get_if<pid>(&told)) {
      next = *after_me;
      send(observer, finished{});
      continue;
    }
    const auto [socket, hops] = std::get<yours>(told);
    if (hops == 0) break;
    EXPECT_TRUE(socket.controlling_process(next));
    send(next, yours{socket, hops - 1});
  }
  send(observer, finished{});
  co_await receive<finished>();
}

process<> send_many(udp::socket through, int count, int first, pid observer) {
  for (int i = first; i < first + count; ++i) EXPECT_TRUE(co_await through.send(std::to_string(i)));
  send(observer, finished{});
}

TEST(udp_elsewhere, all_that_is_sent_after_a_socket_on_its_way_goes_out_once) {
  in_process(
      []() -> process<> {
        constexpr int each = 200;
        constexpr int hops = 300;
        const auto receiver = co_await open_unix();
        const auto sender = co_await open_unix();
        EXPECT_TRUE(sender.connect(address_of(receiver)));
        std::vector<pid> ring;
        for (std::uint32_t i = 0; i < schedulers; ++i) ring.push_back(spawn(at(i), pass_on, self()));
        for (std::size_t i = 0; i < ring.size(); ++i) {
          send(ring[i], ring[(i + 1) % ring.size()]);
          co_await receive<finished>();
        }
        EXPECT_TRUE(sender.controlling_process(ring[0]));
        send(ring[0], yours{sender, hops});
        for (int i = 0; i < 3; ++i) spawn(at(static_cast<std::uint32_t>(i)), send_many, sender, each, i * each, self());
        std::vector<int> seen(3 * each);
        for (std::size_t i = 0; i < seen.size(); ++i)
          if (auto got = co_await receiver.recv(10s)) ++seen.at(std::stoul(std::string{got->bytes.view()}));
        EXPECT_EQ(std::ranges::count(seen, 1), 3 * each);
        for (int i = 0; i < 4; ++i) co_await receive<finished>();
        for (const pid owner : ring) exit(owner, exit_reason::kill);
      },
      schedulers);
}

// --- monitors ---

process<> watch_from_afar(udp::socket socket, pid observer) {
  const reference watch = socket.monitor();
  send(observer, finished{});
  const auto told = co_await receive<net::socket_down>();
  EXPECT_EQ(told.reference, watch);
  EXPECT_EQ(told.socket, socket.name());
  EXPECT_EQ(told.reason, exit_reason::normal);
  send(observer, finished{});
}

TEST(udp_elsewhere, a_monitor_is_told_here_and_there_that_a_socket_has_closed) {
  in_process(
      []() -> process<> {
        const auto socket = co_await open_here();
        const reference ended = socket.monitor();
        const reference watch = socket.monitor();
        EXPECT_TRUE(net::demonitor(ended));
        spawn(away(), watch_from_afar, socket, self());
        co_await receive<finished>();
        const pid owner = spawn(away(2), own_until, self());
        co_await receive<finished>();
        EXPECT_TRUE(socket.controlling_process(owner));
        EXPECT_FALSE(co_await receive<net::socket_down>(after(0s)));
        socket.close();
        EXPECT_EQ((co_await receive<net::socket_down>()).reference, watch);
        co_await receive<finished>();
        static_cast<void>(socket.monitor());
        EXPECT_EQ((co_await receive<net::socket_down>()).reason, exit_reason::noproc);
        EXPECT_FALSE(co_await receive<net::socket_down>(after(0s)));
        send(owner, finished{});
      },
      schedulers);
}

process<> end_when_told() {
  const auto why = co_await receive<exit_reason>();
  exit(why);
  co_return;
}

TEST(udp_elsewhere, a_monitor_is_told_why_the_owner_has_died) {
  in_process(
      []() -> process<> {
        const auto socket = co_await open_here();
        const pid owner = spawn(end_when_told);
        EXPECT_TRUE(socket.controlling_process(owner));
        static_cast<void>(socket.monitor());
        send(owner, exit_reason::custom_text("as planned"));
        EXPECT_EQ((co_await receive<net::socket_down>()).reason, exit_reason::custom_text("as planned"));
      },
      schedulers);
}

}  // namespace
}  // namespace dialtone
