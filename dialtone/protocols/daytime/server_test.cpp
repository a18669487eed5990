// SPDX-License-Identifier: Apache-2.0
#include <dialtone/protocols/daytime/server.hpp>

#include <gtest/gtest.h>

#include <string>

#include <dialtone/net/carriers_test.hpp>
#include <dialtone/net/tcp_ends_test.hpp>
#include <dialtone/protocols/daytime/client.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/spawn.hpp>
#include <dialtone/runtime/time_of_day.hpp>

namespace dialtone::daytime {
namespace {

using namespace std::chrono_literals;
using carriers::text_of;

class daytime_over : public carriers::over_carriers {};
INSTANTIATE_TEST_SUITE_P(carriers, daytime_over, ::testing::ValuesIn(carriers::all_of_them()), carriers::name_of);

TEST_P(daytime_over, any_transport_tells_the_time_and_throws_away_what_it_hears) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await carriers::connected(over);
    co_await client.send(std::string(1000, '?'));
    const auto before = std::chrono::floor<std::chrono::seconds>(time_of_day());
    EXPECT_TRUE(server.controlling_process(spawn(serve, server)));
    auto answer = co_await ask(client, 5s);
    EXPECT_TRUE(answer) << text_of(answer);
    const auto told = decode(answer->view());
    EXPECT_TRUE(told && *told >= before && *told <= time_of_day()) << text_of(answer);
  });
}

TEST(daytime_server, tells_the_time_of_the_runtimes_clock) {
  testing::stepped_runtime rt;
  rt.advance(25h);
  EXPECT_EQ(rt.call(+[]() -> task<std::string> {
    auto [client, server] = *memory::pair();
    static_cast<void>(server.controlling_process(spawn(serve, server)));
    co_return text_of(co_await ask(client, 5s));
  }),
            "1970-01-02T02:00:00Z\r\n");
}

TEST(daytime_server, does_not_wait_for_ever_for_a_peer_that_does_not_close) {
  tcp_ends::in_memory([]() -> process<> {
    auto [client, server] = *memory::pair();
    auto [pid, watch] = spawn_monitor(serve, server);
    EXPECT_TRUE(server.controlling_process(pid));
    const time_point before = now();
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::normal);
    EXPECT_EQ(now() - before, 2s);
    client.close();
  });
}

TEST(daytime_over_udp, answers_each_datagram_with_one) {
  tcp_ends::on_each_driver([]() -> process<> {
    auto server = co_await udp::open({.address = "127.0.0.1"});
    auto client = co_await udp::open({.address = "127.0.0.1"});
    const pid serving = spawn(serve_udp, *server);
    EXPECT_TRUE(server->controlling_process(serving));
    for (int i = 0; i < 3; ++i) {
      auto answer = co_await ask_udp(*client, *server->local_address(), 20s);
      EXPECT_TRUE(answer && decode(answer->view())) << text_of(answer);
    }
    co_await client->send(*server->local_address(), std::string(2000, '?'));
    auto answer = co_await client->recv(20s);
    EXPECT_TRUE(answer && decode(answer->bytes.view()));
    exit(serving, exit_reason::kill);
  });
}

TEST(daytime_over_udp, does_not_answer_an_answer) {
  tcp_ends::on_each_driver([]() -> process<> {
    auto server = co_await udp::open({.address = "127.0.0.1"});
    auto other = co_await udp::open({.address = "127.0.0.1"});
    auto client = co_await udp::open({.address = "127.0.0.1"});
    const pid serving = spawn(serve_udp, *server);
    EXPECT_TRUE(server->controlling_process(serving));
    const bytes answer = encode(std::chrono::sys_seconds{std::chrono::seconds{1'700'000'000}});
    EXPECT_TRUE(co_await other->send(*server->local_address(), answer));
    // Asked later, and answered: so the server has read what came before.
    EXPECT_TRUE(co_await ask_udp(*client, *server->local_address(), 20s));
    EXPECT_FALSE(co_await other->recv(0s));
    exit(serving, exit_reason::kill);
  });
}

TEST(daytime_over_udp, ends_with_its_socket) {
  tcp_ends::on_each_driver([]() -> process<> {
    auto server = co_await udp::open({.address = "127.0.0.1"});
    auto [pid, watch] = spawn_monitor(serve_udp, *server);
    EXPECT_TRUE(server->controlling_process(pid));
    co_await yield();
    server->close();
    EXPECT_EQ((co_await receive<down>(after(20s)))->reason, exit_reason::normal);
  });
}

process<> say(stream::socket socket, std::vector<std::string> pieces) {
  for (std::string& piece : pieces) {
    co_await socket.send(std::move(piece));
    co_await sleep_for(1ms);
  }
}

task<std::string> answer_of(std::vector<std::string> pieces) {
  auto [client, server] = *memory::pair();
  static_cast<void>(server.controlling_process(spawn(say, server, std::move(pieces))));
  co_return text_of(co_await ask(client, 5s));
}

TEST(daytime_client, takes_any_servers_text_until_it_closes) {
  tcp_ends::in_memory([]() -> process<> {
    EXPECT_EQ(co_await answer_of({"22 NOV ", "26\r", "\n"}), "22 NOV 26\r\n");
    EXPECT_EQ(co_await answer_of({}), to_string(net_error{net_operation::recv, net_error::closed}));
    EXPECT_EQ(co_await answer_of({std::string(answer_limit, 'x')}), std::string(answer_limit, 'x'));
    EXPECT_EQ(co_await answer_of({std::string(answer_limit, 'x'), "x"}),
              to_string(net_error{net_operation::recv, net_error::message_too_long}));
  });
}

TEST(daytime_client, gives_up_when_the_time_is_up) {
  tcp_ends::in_memory([]() -> process<> {
    auto [client, server] = *memory::pair();
    const time_point before = now();
    EXPECT_EQ((co_await ask(client, 3s)).error(), net_error::timeout);
    EXPECT_EQ(now() - before, 3s);
  });
}

}  // namespace
}  // namespace dialtone::daytime
