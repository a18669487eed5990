// SPDX-License-Identifier: Apache-2.0
#include <dialtone/net/close_in_order.hpp>

#include <gtest/gtest.h>

#include <string>

#include <dialtone/net/carriers_test.hpp>
#include <dialtone/net/tcp_ends_test.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/spawn.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;
using carriers::connected;
using carriers::text_of;

class closing_in_order : public carriers::over_carriers {};
INSTANTIATE_TEST_SUITE_P(carriers, closing_in_order, ::testing::ValuesIn(carriers::all_of_them()), carriers::name_of);

process<> answer_and_close(stream::socket socket) {
  co_await socket.send("answer");
  co_await close_in_order(socket);
}

TEST_P(closing_in_order, keeps_the_answer_when_the_peer_has_sent_more_than_was_read) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await connected(over);
    co_await client.send("never read");
    EXPECT_TRUE(server.controlling_process(spawn(answer_and_close, server)));
    EXPECT_EQ(text_of(co_await client.recv(6, 5s)), "answer");
    EXPECT_EQ((co_await client.recv(0, 5s)).error(), net_error::closed);
  });
}

struct took {
  duration time;
};

process<> close_and_tell(stream::socket socket, pid whom) {
  const time_point before = now();
  co_await close_in_order(socket, {.limit = 2s, .bytes = 100});
  send(whom, took{now() - before});
}

task<duration> time_of_close(std::size_t sent) {
  auto [client, server] = *memory::pair();
  co_await client.send(std::string(sent, 'x'));
  EXPECT_TRUE(server.controlling_process(spawn(close_and_tell, server, self())));
  co_return (co_await receive<took>()).time;
}

TEST(close_in_order, waits_for_a_peer_that_does_not_close_until_the_time_is_up) {
  tcp_ends::in_memory([]() -> process<> {
    EXPECT_EQ(co_await time_of_close(0), 2s);
    EXPECT_EQ(co_await time_of_close(99), 2s);
  });
}

TEST(close_in_order, throws_away_so_many_bytes_and_no_more) {
  tcp_ends::in_memory([]() -> process<> { EXPECT_EQ(co_await time_of_close(100), 0s); });
}

}  // namespace
}  // namespace dialtone
