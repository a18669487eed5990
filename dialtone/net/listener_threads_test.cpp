// SPDX-License-Identifier: Apache-2.0
// A listener on threads: connections that come, crash and go on four schedulers, while it is drained and resumed.
#include <dialtone/net/listener.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include <dialtone/net/connection_handler.hpp>
#include <dialtone/runtime/links.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/spawn.hpp>

namespace dialtone {
namespace {

using namespace std::chrono_literals;

class fickle : public connection_handler<fickle> {
 public:
  task<connection_next> handle_data(bytes data) {
    if (data == "crash") throw std::runtime_error{"as planned"};
    if (data == "close") co_return connection_next::close();
    co_await socket().send(std::move(data));
    co_return connection_next::go_on();
  }
};

constexpr int clients = 8;
constexpr int connections_each = 100;

struct finished {
  int answered;
};

/// Each connection is answered, or refused while the listener is suspended; or it ends in a drain.
process<> connect_again_and_again(pid told, socket_address to) {
  int answered = 0;
  for (int i = 0; i < connections_each; ++i) {
    const auto socket = co_await tcp::connect(to, {}, 30s);
    if (!socket) continue;
    co_await socket->send("hello");
    const auto answer = co_await socket->recv(5, 30s);
    if (answer) {
      EXPECT_EQ(answer->view(), "hello");
      ++answered;
    } else {
      EXPECT_NE(answer.error(), net_error::timeout);
    }
    if (i % 3 != 0) {
      co_await socket->send(i % 3 == 1 ? "crash" : "close");
      EXPECT_FALSE(co_await socket->recv(0, 30s));
    }
    socket->close();
  }
  send(told, finished{answered});
}

process<> scenario(full_policy when_full) {
  const auto listener = co_await start_link(listener_spec{.listen_on = {endpoint::tcp({.address = "127.0.0.1"})},
                                                          .serve = connection<fickle>(),
                                                          .max_connections = 5,
                                                          .when_full = when_full});
  const auto addresses = co_await listener.addresses();
  for (int i = 0; i < clients; ++i)
    spawn_link({.scheduler = placement::spread()}, connect_again_and_again, self(), addresses.front());
  int answered = 0;
  for (int left = clients; left > 0;) {
    const auto info = co_await listener.info();
    EXPECT_LE(info.connections, 5u);
    EXPECT_LE((co_await listener.connections()).size(), 5u);
    if (const auto done = co_await receive<finished>(after(1ms))) {
      answered += done->answered;
      --left;
    }
    co_await listener.drain(30s);
    EXPECT_TRUE(co_await listener.resume());
  }
  EXPECT_GT(answered, 0);
  EXPECT_EQ(co_await listener.drain(30s), 0u);
  EXPECT_EQ((co_await listener.info()).connections, 0u);
  co_await listener.stop();
}

TEST(listener_threads, keep_the_count_and_the_limit_under_load) {
  for (const full_policy when_full : {full_policy::leave_in_backlog, full_policy::close}) {
    runtime rt{{.schedulers = 4, .level = log_level::off}};
    const exit_reason end = rt.run(scenario, when_full);
    EXPECT_EQ(end, exit_reason::normal) << to_string(end);
  }
}

}  // namespace
}  // namespace dialtone
