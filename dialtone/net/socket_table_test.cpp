// SPDX-License-Identifier: Apache-2.0
// Which sockets are known where, over each driver.
#include <dialtone/net/socket_table.hpp>

#include <gtest/gtest.h>

#include <string>

#include <dialtone/net/tcp.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/runtime.hpp>
#include <dialtone/runtime/spawn.hpp>

namespace dialtone {
namespace {

/// Runs a test's function in a process of the first one.
void on_two_schedulers(process<> (*function)()) {
  for (const io::driver_choice choice : {io::driver_choice::epoll, io::driver_choice::best}) {
    runtime rt{{.schedulers = 2, .driver = choice, .level = log_level::off}};
    EXPECT_EQ(to_string(rt.run({.scheduler = placement::on(0)}, function)), "normal");
  }
}

struct refused {
  bool at_once;
};

process<> close_with_much_unsent(tcp::socket socket, pid observer) {
  static_cast<void>(co_await socket.recv(1));
  socket.setopts({.high_watermark = std::size_t{16} << 20});  // so it is queued, and nobody waits
  EXPECT_TRUE(co_await socket.send(std::string(std::size_t{8} << 20, 'x')));
  socket.close();
  const auto late = co_await socket.send("too late");
  send(observer, refused{!late && late.error() == net_error::closed});
}

// Its birth place knows it for as long as it lingers, five seconds here: a request must not go to and fro meanwhile.
TEST(socket_table, one_that_lingers_where_it_has_moved_is_closed_for_all) {
  on_two_schedulers([]() -> process<> {
    auto listener = co_await tcp::listen({.address = "127.0.0.1"});
    auto client = (co_await tcp::connect(listener->local_address())).value();
    auto server = (co_await listener->accept()).value();
    const pid owner = spawn({.scheduler = placement::on(1)}, close_with_much_unsent, server, self());
    EXPECT_TRUE(server.controlling_process(owner));
    co_await client.send("x");
    EXPECT_TRUE((co_await receive<refused>()).at_once);
    EXPECT_EQ((co_await server.send("too late")).error(), net_error::closed);
  });
}

}  // namespace
}  // namespace dialtone
