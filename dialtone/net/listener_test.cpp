// SPDX-License-Identifier: Apache-2.0
// What every listener does, over all that a stream may go over.
#include <dialtone/net/listener.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <dialtone/net/carriers_test.hpp>
#include <dialtone/runtime/combine.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/spawn.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using carriers::text_of;

class listeners : public carriers::over_carriers {};
/// What is about time.
class listeners_with_a_clock : public carriers::over_carriers {};

INSTANTIATE_TEST_SUITE_P(carriers, listeners, ::testing::ValuesIn(carriers::all_of_them()), carriers::name_of);
INSTANTIATE_TEST_SUITE_P(carriers, listeners_with_a_clock, ::testing::ValuesIn(carriers::with_a_clock()),
                         carriers::name_of);

process<> echo(stream::socket socket) {
  while (auto data = co_await socket.recv()) co_await socket.send(*data);
}

process<> stubborn(stream::socket socket) {
  trap_exit();
  while (auto data = co_await socket.recv()) co_await socket.send(*data);
}

listener_spec serving(const transport& over, connection_spec serve = connection(echo)) {
  return {.listen_on = {endpoint::over(over)}, .serve = std::move(serve)};
}

task<stream::socket> connect_to(transport over, listener_ref listener) {
  const auto addresses = co_await listener.addresses();
  auto socket = co_await over.connect(addresses.front(), {}, 5s);
  EXPECT_TRUE(socket) << to_string(socket.error());
  co_return socket.value_or(stream::socket{});
}

task<std::string> ask(stream::socket socket, std::string question) {
  const std::size_t size = question.size();
  co_await socket.send(std::move(question));
  co_return text_of(co_await socket.recv(size, 5s));
}

task<> until_there_are(listener_ref listener, std::size_t connections) {
  while ((co_await listener.info()).connections != connections) co_await yield();
}

TEST_P(listeners, serve_each_connection_in_a_process_of_its_own) {
  run([](transport over) -> process<> {
    const auto listener = co_await start_link(serving(over));
    std::vector<stream::socket> clients;
    for (int i = 0; i < 20; ++i) clients.push_back(co_await connect_to(over, listener));
    for (std::size_t i = 0; i < clients.size(); ++i)
      EXPECT_EQ(co_await ask(clients[i], std::to_string(1000 + i)), std::to_string(1000 + i));
    EXPECT_EQ((co_await listener.connections()).size(), 20u);
    const auto info = co_await listener.info();
    EXPECT_EQ(info.connections, 20u);
    EXPECT_EQ(info.accepted, 20u);
    for (const auto& each : clients) each.close();
    co_await until_there_are(listener, 0);
    co_await listener.stop();
  });
}

TEST_P(listeners, leave_who_is_one_too_many_in_the_backlog) {
  run([](transport over) -> process<> {
    auto spec = serving(over);
    spec.max_connections = 2;
    const auto listener = co_await start_link(std::move(spec));
    const auto first = co_await connect_to(over, listener);
    const auto second = co_await connect_to(over, listener);
    EXPECT_EQ(co_await ask(first, "first"), "first");
    EXPECT_EQ(co_await ask(second, "second"), "second");
    const auto third = co_await connect_to(over, listener);
    co_await third.send("third");
    EXPECT_EQ(co_await ask(first, "still"), "still");
    EXPECT_EQ((co_await listener.info()).accepted, 2u);
    first.close();
    EXPECT_EQ(text_of(co_await third.recv(5, 5s)), "third");
    EXPECT_EQ((co_await listener.info()).connections, 2u);
    co_await listener.stop();
  });
}

TEST_P(listeners, listen_no_more_while_suspended_and_then_at_the_same_address) {
  run([](transport over) -> process<> {
    const auto listener = co_await start_link(serving(over));
    const auto before = (co_await listener.addresses()).front();
    const auto kept = co_await connect_to(over, listener);
    EXPECT_EQ(co_await ask(kept, "one"), "one");
    co_await listener.suspend();
    co_await listener.suspend();
    EXPECT_EQ((co_await listener.info()).state, listener_state::suspended);
    EXPECT_FALSE(co_await over.connect(before, {}, 5s));
    EXPECT_EQ(co_await ask(kept, "two"), "two");
    EXPECT_TRUE(co_await listener.resume());
    EXPECT_TRUE(co_await listener.resume());
    EXPECT_EQ((co_await listener.addresses()).front(), before);
    const auto fresh = co_await connect_to(over, listener);
    EXPECT_EQ(co_await ask(fresh, "three"), "three");
    co_await listener.stop();
  });
}

TEST_P(listeners, drain_by_telling_all_connections_to_end) {
  run([](transport over) -> process<> {
    const auto listener = co_await start_link(serving(over));
    const auto client = co_await connect_to(over, listener);
    EXPECT_EQ(co_await ask(client, "one"), "one");
    EXPECT_EQ(co_await listener.drain(5s), 0u);
    EXPECT_EQ((co_await client.recv(0, 5s)).error(), net_error::closed);
    EXPECT_EQ((co_await listener.info()).connections, 0u);
    EXPECT_TRUE(co_await listener.resume());
    EXPECT_EQ(co_await ask(co_await connect_to(over, listener), "two"), "two");
    co_await listener.stop();
    EXPECT_FALSE(is_alive(listener.pid()));
  });
}

TEST_P(listeners_with_a_clock, kill_who_has_not_ended_at_the_end_of_a_drain) {
  run([](transport over) -> process<> {
    const auto listener = co_await start_link(serving(over, connection(stubborn)));
    const auto client = co_await connect_to(over, listener);
    EXPECT_EQ(co_await ask(client, "one"), "one");
    const time_point begun = now();
    EXPECT_EQ(co_await listener.drain(2s), 1u);
    EXPECT_EQ(now() - begun, 2s);
    EXPECT_EQ((co_await client.recv(0, 5s)).error(), net_error::closed);
    co_await listener.stop();
  });
}

TEST_P(listeners_with_a_clock, end_in_time_when_stopped) {
  run([](transport over) -> process<> {
    const auto listener = co_await start_link(serving(over, connection(stubborn)));
    const auto client = co_await connect_to(over, listener);
    EXPECT_EQ(co_await ask(client, "one"), "one");
    const time_point begun = now();
    co_await listener.stop(3s);
    EXPECT_EQ(now() - begun, 3s);
    EXPECT_FALSE(is_alive(listener.pid()));
  });
}

}  // namespace
}  // namespace dialtone
