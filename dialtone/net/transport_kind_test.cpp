// SPDX-License-Identifier: Apache-2.0
// A transport of one's own, as its user writes it, around another one: who connects says first who it is, in a line, as
// a proxy does of the client that it speaks for, and hears whether it may come in.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include <dialtone/net/transport.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/testing/stepped_runtime.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

template <class Value>
using or_error = std::expected<Value, net_error>;

class named_transport final : public transport_kind {
 public:
  named_transport(transport inner, std::string name, std::vector<std::string> let_in)
      : inner_{std::move(inner)}, name_{std::move(name)}, let_in_{std::move(let_in)} {}

  std::string_view name() const override { return "named"; }

  // The line has to come to handshake: connections begin passive, and who wants them active says so behind it.
  task<or_error<stream::listener>> listen(transport_listen_options options) const override {
    if (options.connections.active) co_return refusal(net_operation::listen, EINVAL);
    co_return co_await inner_.listen(std::move(options));
  }

  task<or_error<stream::socket>> connect(socket_address to, socket_options options, duration limit) const override {
    const time_point end = after_delay(now(), limit);
    const active wanted = std::exchange(options.active, std::nullopt).value_or(active::passive);
    const packet type = std::exchange(options.packet, packet::line).value_or(packet::raw);
    auto socket = co_await inner_.connect(std::move(to), std::move(options), limit);
    if (!socket) co_return socket;
    if (auto said = co_await socket->send(name_ + "\n"); !said) co_return given_up(*socket, said.error());
    auto answer = co_await socket->recv(0, end - now());
    if (!answer) co_return given_up(*socket, answer.error());
    if (*answer != "welcome\n") co_return given_up(*socket, refusal(net_operation::connect, EACCES).error());
    if (auto set = socket->setopts({.active = wanted, .packet = type}); !set) co_return given_up(*socket, set.error());
    co_return socket;
  }

  task<or_error<stream::socket>> handshake(stream::socket accepted, duration limit) const override {
    const time_point end = after_delay(now(), limit);
    auto socket = co_await inner_.handshake(accepted, limit);
    if (!socket) co_return given_up(accepted, socket.error());
    const packet type = socket->getopts().value_or(socket_options{}).packet.value_or(packet::raw);
    socket->setopts({.packet = packet::line});
    auto line = co_await socket->recv(0, end - now());
    if (!line) co_return given_up(*socket, line.error());
    const std::string_view who = line->view().substr(0, line->size() - 1);
    const bool welcome = std::ranges::find(let_in_, who) != let_in_.end();
    if (auto said = co_await socket->send(welcome ? "welcome\n" : "go away\n"); !said)
      co_return given_up(*socket, said.error());
    if (!welcome) co_return given_up(*socket, refusal(net_operation::accept, EACCES).error());
    socket->setopts({.packet = type});
    co_return socket;
  }

 private:
  static std::unexpected<net_error> refusal(net_operation operation, int error) {
    return std::unexpected{net_error::of_system(operation, error)};
  }
  static std::unexpected<net_error> given_up(stream::socket socket, net_error why) {
    socket.close();
    return std::unexpected{std::move(why)};
  }

  const transport inner_;
  const std::string name_;
  const std::vector<std::string> let_in_;
};

transport named(transport inner, std::string name, std::vector<std::string> let_in = {"ann", "bob"}) {
  return transport{std::make_shared<const named_transport>(std::move(inner), std::move(name), std::move(let_in))};
}

/// A protocol that knows nothing of it: numbers in front of what it is told.
process<> count(transport over, stream::socket accepted) {
  auto socket = co_await over.handshake(accepted, 5s);
  for (int number = 1; socket; ++number) {
    auto said = co_await socket->recv();
    if (!said) break;
    co_await socket->send(std::to_string(number) + " " + std::string{said->view()});
  }
}

process<> serve(transport over, pid told, packet type) {
  auto listener = co_await over.listen({.connections = {.packet = type}});
  send(told, listener->local_address());
  while (auto accepted = co_await listener->accept()) accepted->controlling_process(spawn(count, over, *accepted));
}

task<socket_address> served(transport over, packet type = packet::raw) {
  spawn_link(serve, over, self(), type);
  co_return co_await receive<socket_address>();
}

using scenario = process<> (*)(transport inner);

/// Over sockets in memory on a clock of their own, and over the kernel's.
void over_each(scenario run) {
  testing::stepped_runtime stepped;
  EXPECT_EQ(to_string(stepped.run(run, transport::memory({}))), "normal");
  for (const transport& inner : {transport::tcp({.address = "127.0.0.1"}), transport::local()}) {
    runtime rt{{.schedulers = 2, .level = log_level::off}};
    EXPECT_EQ(to_string(rt.run(run, inner)), "normal");
  }
}

TEST(transport_kinds, stand_between_a_protocol_and_what_carries_it) {
  over_each([](transport inner) -> process<> {
    const transport over = named(inner, "ann");
    EXPECT_EQ(over.name(), "named");
    const socket_address where = co_await served(over);
    auto socket = co_await over.connect(where, {}, 5s);
    co_await socket->send("hello");
    EXPECT_EQ(*co_await socket->recv(), "1 hello");
    exit(exit_reason::normal);
  });
}

TEST(transport_kinds, leave_options_to_their_users) {
  over_each([](transport inner) -> process<> {
    const transport over = named(inner, "ann");
    const socket_address where = co_await served(over, packet::length_2);
    auto socket = co_await over.connect(where, {.active = active::once, .packet = packet::length_2}, 5s);
    co_await socket->send("hello");
    EXPECT_EQ((co_await receive<stream::data>()).bytes, "1 hello");
    EXPECT_EQ(socket->getopts()->packet, packet::length_2);
    EXPECT_TRUE(socket->getopts()->active->is_passive());
    exit(exit_reason::normal);
  });
}

TEST(transport_kinds, may_refuse_a_peer) {
  over_each([](transport inner) -> process<> {
    const socket_address where = co_await served(named(inner, "ann"));
    EXPECT_EQ((co_await named(inner, "mallory").connect(where, {}, 5s)).error(), std::errc::permission_denied);
    EXPECT_TRUE(co_await named(inner, "bob").connect(where, {}, 5s));
    exit(exit_reason::normal);
  });
}

TEST(transport_kinds, keep_the_errors_of_what_carries_them) {
  over_each([](transport inner) -> process<> {
    const transport over = named(inner, "ann");
    auto listener = co_await over.listen();
    const socket_address there = listener->local_address();
    listener->close();
    EXPECT_EQ((co_await over.connect(there, {}, 5s)).error(), std::errc::connection_refused);
    EXPECT_EQ((co_await over.listen({.connections = {.active = active::once}})).error(), std::errc::invalid_argument);
  });
}

TEST(transport_kinds, can_be_put_into_one_another) {
  over_each([](transport inner) -> process<> {
    const transport over = named(named(inner, "ann"), "bob");
    const socket_address where = co_await served(over);
    auto socket = co_await over.connect(where, {}, 5s);
    co_await socket->send("hello");
    EXPECT_EQ(*co_await socket->recv(), "1 hello");
    exit(exit_reason::normal);
  });
}

// Time is the test's own here.
TEST(transport_kinds, hold_nobody_up_for_a_peer_that_says_nothing) {
  testing::stepped_runtime rt;
  EXPECT_EQ(to_string(rt.run(
                [](transport inner) -> process<> {
                  const transport over = named(inner, "ann");
                  const socket_address where = co_await served(over);
                  auto silent = co_await inner.connect(where);
                  EXPECT_TRUE(co_await over.connect(where, {}, 1s));
                  EXPECT_EQ((co_await silent->recv(0, 4s)).error(), net_error::timeout);
                  EXPECT_EQ((co_await silent->recv(0, 4s)).error(), net_error::closed);  // after 5 s
                  exit(exit_reason::normal);
                },
                transport::memory({}))),
            "normal");
}

TEST(transport_kinds, have_one_time_limit_for_all_that_a_connect_does) {
  testing::stepped_runtime rt;
  EXPECT_EQ(to_string(rt.run(
                [](transport inner) -> process<> {
                  auto deaf = co_await inner.listen();
                  const time_point before = now();
                  const transport over = named(inner, "ann");
                  EXPECT_EQ((co_await over.connect(deaf->local_address(), {}, 3s)).error(), net_error::timeout);
                  EXPECT_EQ(now() - before, 3s);
                  auto accepted = co_await deaf->accept();
                  EXPECT_EQ(*co_await accepted->recv(), "ann\n");
                  EXPECT_EQ((co_await accepted->recv()).error(), net_error::closed);  // nothing is left open
                },
                transport::memory({}))),
            "normal");
}

}  // namespace
}  // namespace dialtone
