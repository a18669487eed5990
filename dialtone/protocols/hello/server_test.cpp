// SPDX-License-Identifier: Apache-2.0
#include <dialtone/protocols/hello/server.hpp>

#include <gtest/gtest.h>

#include <string>

#include <dialtone/net/carriers_test.hpp>
#include <dialtone/net/close_in_order.hpp>
#include <dialtone/net/tcp_ends_test.hpp>
#include <dialtone/protocols/hello/client.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/spawn.hpp>

namespace dialtone::hello {
namespace {

using namespace std::chrono_literals;
using carriers::text_of;

class hello_over : public carriers::over_carriers {};
INSTANTIATE_TEST_SUITE_P(carriers, hello_over, ::testing::ValuesIn(carriers::all_of_them()), carriers::name_of);

TEST_P(hello_over, any_transport_greets) {
  run([](transport over) -> process<> {
    for (const std::string_view name : {"Joe", "a name that is longer than fits into a value of bytes"}) {
      auto [client, server] = co_await carriers::connected(over);
      EXPECT_TRUE(server.controlling_process(spawn(serve, server, options{})));
      EXPECT_EQ(text_of(co_await greet(client, name, 5s)), name);
    }
  });
}

TEST_P(hello_over, any_transport_takes_the_first_piece_for_the_name) {
  run([](transport over) -> process<> {
    auto [client, server] = co_await carriers::connected(over);
    EXPECT_TRUE(server.controlling_process(spawn(serve, server, options{})));
    EXPECT_EQ(text_of(co_await client.recv(6, 5s)), "HELLO?");
    co_await client.send("Joe\r\n");
    EXPECT_EQ(text_of(co_await client.recv(13, 5s)), "Hello, Joe!\r\n");
    static_cast<void>(co_await client.send("Armstrong"));
    EXPECT_EQ((co_await client.recv(0, 5s)).error(), net_error::closed);
  });
}

struct seen {
  std::string answer;
  duration time{};
  exit_reason end;
};

task<seen> talk_to(options with, bytes name, bool stays) {
  auto [client, server] = *memory::pair();
  auto [pid, watch] = spawn_monitor(serve, server, with);
  static_cast<void>(server.controlling_process(pid));
  static_cast<void>(co_await client.recv(6));
  const time_point before = now();
  if (!name.empty()) co_await client.send(name);
  if (!stays) client.close();
  seen all;
  if (stays) {
    if (auto got = co_await client.recv()) all.answer = got->view();
    client.close();
  }
  all.end = (co_await receive<down>()).reason;
  all.time = now() - before;
  co_return all;
}

TEST(hello_server, waits_so_long_for_a_name_and_no_longer) {
  testing::stepped_runtime rt;
  const seen all = rt.call(&talk_to, options{}, bytes{}, true);
  EXPECT_EQ(all.answer, "");
  EXPECT_EQ(all.time, 5s);
  EXPECT_EQ(all.end, exit_reason::normal);
  rt.settle();
  EXPECT_TRUE(rt.log().back().ends_with("Peer unix:: no name within 5000 ms, closing connection")) << rt.log().back();
}

TEST(hello_server, takes_a_name_of_the_limit_and_none_longer) {
  testing::stepped_runtime rt;
  EXPECT_EQ(rt.call(&talk_to, options{.name_limit = 3}, bytes{"Joe\r\n"}, true).answer, "Hello, Joe!\r\n");
  EXPECT_EQ(rt.call(&talk_to, options{.name_limit = 3}, bytes{"Mike\r\n"}, true).answer, "");
  rt.settle();
  EXPECT_TRUE(rt.log().back().ends_with("Peer unix:: name too long, closing connection")) << rt.log().back();
}

TEST(hello_server, ends_with_a_peer_that_goes_without_a_name) {
  testing::stepped_runtime rt;
  const seen all = rt.call(&talk_to, options{}, bytes{}, false);
  EXPECT_EQ(all.end, exit_reason::normal);
  EXPECT_EQ(all.time, 0s);
}

TEST(hello_server, ends_at_once_when_told) {
  tcp_ends::in_memory([]() -> process<> {
    auto [client, server] = *memory::pair();
    auto [pid, watch] = spawn_monitor(serve, server, options{});
    EXPECT_TRUE(server.controlling_process(pid));
    EXPECT_EQ(text_of(co_await client.recv(6)), "HELLO?");
    exit(pid, exit_reason::shutdown);
    EXPECT_EQ((co_await receive<down>()).reason, exit_reason::shutdown);
    EXPECT_FALSE(co_await client.recv(0, 5s));
  });
}

process<> say(stream::socket socket, std::vector<std::string> pieces, bool then_close) {
  for (std::string& piece : pieces) {
    co_await socket.send(std::move(piece));
    co_await sleep_for(1ms);
  }
  if (then_close) co_await close_in_order(socket);
  static_cast<void>(co_await receive<int>());
}

task<std::string> greeted_by(std::vector<std::string> pieces, bool then_close) {
  auto [client, server] = *memory::pair();
  const pid speaker = spawn(say, server, std::move(pieces), then_close);
  static_cast<void>(server.controlling_process(speaker));
  auto greeted = co_await greet(client, "Joe", 5s);
  exit(speaker, exit_reason::kill);
  co_return text_of(greeted);
}

TEST(hello_client, reads_question_and_greeting_in_any_pieces) {
  tcp_ends::in_memory([]() -> process<> {
    EXPECT_EQ(co_await greeted_by({"HE", "LLO", "?", "Hello, J", "oe!\r", "\n"}, true), "Joe");
    EXPECT_EQ(co_await greeted_by({"HELLO?Hello, Joe!\r\n"}, true), "Joe");
  });
}

std::string text_of_code(net_error::code_type code) { return to_string(net_error{net_operation::recv, code}); }

TEST(hello_client, tells_who_is_no_server_of_hello) {
  tcp_ends::in_memory([]() -> process<> {
    const std::string malformed = text_of_code(net_error::malformed);
    EXPECT_EQ(co_await greeted_by({"220 mail\r\n"}, true), malformed);
    EXPECT_EQ(co_await greeted_by({"HELLO?", "Bye\r\n"}, true), malformed);
    EXPECT_EQ(co_await greeted_by({"HELLO?"}, true), text_of_code(net_error::closed));
    EXPECT_EQ(co_await greeted_by({"HELLO?", "Hello, Joe!\r\n"}, false), text_of_code(net_error::timeout));
  });
}

TEST(hello_client, takes_a_greeting_of_the_limit_and_none_longer) {
  tcp_ends::in_memory([]() -> process<> {
    const std::string most = "Hello, " + std::string(16'384 - 10, 'J') + "!\r\n";
    EXPECT_EQ((co_await greeted_by({"HELLO?", most}, true)).size(), 16'384u - 10);
    EXPECT_EQ(co_await greeted_by({"HELLO?", "x" + most}, true), text_of_code(net_error::message_too_long));
  });
}

}  // namespace
}  // namespace dialtone::hello
