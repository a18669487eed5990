// SPDX-License-Identifier: Apache-2.0
#include <dialtone/protocols/chat/client.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include <dialtone/net/carriers_test.hpp>
#include <dialtone/protocols/chat/seats_test.hpp>
#include <dialtone/runtime/process_info.hpp>
#include <dialtone/runtime/timers.hpp>

namespace dialtone::chat {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

process<> accept_all(stream::listener listener, transport over, room where) {
  while (auto accepted = co_await listener.accept()) {
    auto ready = co_await over.handshake(*accepted);
    ready->controlling_process(spawn(serve, *ready, where));
  }
}

/// Where a server of `where` listens.
task<socket_address> server(transport over, room where) {
  auto listener = co_await over.listen();
  EXPECT_TRUE(listener->controlling_process(spawn_link(accept_all, *listener, over, where)));
  co_return listener->local_address();
}

class chat_clients : public carriers::over_carriers {};
INSTANTIATE_TEST_SUITE_P(carriers, chat_clients, ::testing::ValuesIn(carriers::all_of_them()), carriers::name_of);

TEST_P(chat_clients, hear_what_the_others_say) {
  run([](transport over) -> process<> {
    const room where;
    co_await seats::open(where);
    const socket_address there = co_await server(over, where);
    const client meg = *co_await join(over, there, "meg");
    const client joe = *co_await join(over, there, "joe");
    while (where.size() != 2) co_await yield();
    const std::string most(field_limit, 'm');
    EXPECT_TRUE(co_await meg.say("hi"));
    EXPECT_TRUE(co_await meg.say(most));
    EXPECT_TRUE(co_await joe.say("hello"));
    const auto of_joe = co_await receive<text>([joe](const text& each) { return each.client == joe.process(); });
    EXPECT_EQ(of_joe.from, "meg");
    EXPECT_EQ(of_joe.contents, "hi");
    EXPECT_EQ((co_await receive<text>([joe](const text& each) { return each.client == joe.process(); })).contents,
              most);
    EXPECT_EQ((co_await receive<text>()).from, "joe");
    const reference watch = monitor(meg.process());
    meg.leave();
    EXPECT_EQ((co_await receive<down>()).reference, watch);
    while (where.size() != 1) co_await yield();
    EXPECT_FALSE(co_await receive<ended>(after(0s))) << "who leaves knows it";
    exit(exit_reason::normal);
  });
}

TEST_P(chat_clients, are_told_of_the_end) {
  run([](transport over) -> process<> {
    const room where;
    co_await seats::open(where);
    const socket_address there = co_await server(over, where);
    const client meg = *co_await join(over, there, "meg");
    while (where.size() != 1) co_await yield();
    const client second = *co_await join(over, there, "meg");
    EXPECT_EQ((co_await receive<ended>(after(20s)))->client, second.process());
    exit(*where.whereis("meg"), exit_reason::shutdown);
    EXPECT_EQ((co_await receive<ended>(after(20s)))->client, meg.process());
    EXPECT_FALSE(co_await meg.say("anybody?"));
    exit(exit_reason::normal);
  });
}

TEST(chat_client, says_what_has_a_size_and_nothing_longer) {
  testing::stepped_runtime rt;
  rt.run(+[]() -> process<> {
    const transport over = transport::memory({});
    auto listener = co_await over.listen();
    const std::string too_long(field_limit + 1, 'm');
    EXPECT_EQ((co_await join(over, listener->local_address(), too_long)).error(), net_error::message_too_long);
    const client meg = *co_await join(over, listener->local_address(), "meg");
    EXPECT_EQ((co_await meg.say(too_long)).error(), net_error::message_too_long);
    EXPECT_TRUE(co_await meg.say(too_long.substr(1)));
    const socket_address gone = listener->local_address();
    listener->close();
    EXPECT_EQ((co_await join(over, gone, "meg")).error(), std::errc::connection_refused);
    exit(exit_reason::normal);
  });
}

/// Why a client ends whose server sends that.
task<net_error> end_after(bytes sent) {
  const transport over = transport::memory({});
  auto listener = co_await over.listen();
  const client meg = *co_await join(over, listener->local_address(), "meg");
  auto server = co_await listener->accept();
  co_await server->send(std::move(sent));
  auto end = co_await receive<ended>();
  EXPECT_EQ(end.client, meg.process());
  co_return end.why;
}

TEST(chat_client, takes_nothing_but_broadcasts) {
  testing::stepped_runtime rt;
  rt.run(+[]() -> process<> {
    EXPECT_EQ(co_await end_after("\x03"sv), net_error::malformed);
    EXPECT_EQ(co_await end_after("\x01\0\3joe"sv), net_error::malformed);
    EXPECT_EQ(co_await end_after("\x02\0\3joe\0\2hi\x07"sv), net_error::malformed);
    EXPECT_EQ((co_await receive<text>()).contents, "hi");
  });
}

TEST(chat_client, reads_no_more_while_its_owner_takes_nothing) {
  testing::stepped_runtime rt;
  rt.run(+[]() -> process<> {
    const transport over = transport::memory({});
    auto listener = co_await over.listen();
    const client meg = *co_await join(over, listener->local_address(), "meg");
    auto server = co_await listener->accept();
    constexpr std::size_t count = 5000;
    spawn(
        +[](stream::socket socket) -> process<> {
          for (std::size_t i = 0; i < count; ++i)
            static_cast<void>(co_await socket.send(seats::says(std::string(1000, '.'))));
        },
        *server);
    co_await sleep_for(1min);
    EXPECT_LT((co_await info_of(self()))->mailbox_length, 128u + 70);
    for (std::size_t i = 0; i < count; ++i) co_await receive<text>();
    EXPECT_EQ((co_await info_of(self()))->mailbox_length, 0u);
    exit(exit_reason::normal);
  });
}

process<> join_and_end(transport over, socket_address there, pid whom) {
  auto joined = co_await join(over, there, "meg");
  send(whom, joined->process());
}

TEST(chat_client, ends_with_who_has_joined) {
  testing::stepped_runtime rt;
  rt.run(+[]() -> process<> {
    const transport over = transport::memory({});
    auto listener = co_await over.listen();
    spawn(join_and_end, over, listener->local_address(), self());
    auto server = co_await listener->accept();
    EXPECT_TRUE(co_await server->recv(6, 5s));
    EXPECT_EQ((co_await server->recv(0, 5s)).error(), net_error::closed);
    EXPECT_FALSE(is_alive(co_await receive<pid>()));
  });
}

}  // namespace
}  // namespace dialtone::chat
