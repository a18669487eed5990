// SPDX-License-Identifier: Apache-2.0
// A server under a supervisor, which crashes by itself and with its machine, and a client that needs it.
#include <string>

#include <gtest/gtest.h>

#include <dialtone/dialtone.hpp>
#include <dialtone/testing/gtest_seeds.hpp>

namespace dialtone::testing {
namespace {

using namespace std::chrono_literals;

/// Some connections are the end of the whole server.
process<> fragile_server() {
  auto listener = co_await tcp::listen({.address = "0.0.0.0", .port = 7});
  while (auto socket = co_await listener->accept()) {
    auto data = co_await socket->recv(4, 2s);
    if (dialtone::random() % 4 == 0) throw std::runtime_error{"a fault of the server"};
    if (data) co_await socket->send(*data);
    socket->close();
  }
}

process<> supervised() {
  co_await start_link(supervisor_spec{.intensity = 1000, .period = 1s, .children = {child("server", fragile_server)}});
  co_await receive<exited>();  // of nobody: the end of the supervisor is this process's end
}

process<> ask(int answers) {
  for (int answered = 0; answered < answers;) {
    auto socket = co_await tcp::connect("server", 7, {}, 1s);
    if (socket) {
      co_await socket->send("ping");
      if (co_await socket->recv(4, 1s)) ++answered;
      socket->close();
    }
    co_await sleep_for(100ms);
  }
}

TEST(supervised_server, answers_again_after_each_crash) {
  for_each_seed(seeds_of_test(20, "simulation."), [](simulation& run) {
    run.node("server", supervised);
    run.node("client", ask, 30);
    for (int round = 0; round < 5; ++round) {
      run.run_for(std::chrono::milliseconds{run.draw(1500)});
      if (run.draw(2) == 0) {
        run.crash("server");
        run.run_for(std::chrono::milliseconds{run.draw(3000)});
        run.restart("server");
      } else {
        run.pause("server");
        run.run_for(std::chrono::milliseconds{run.draw(3000)});
        run.resume("server");
      }
    }
    run.expect(run.run_until_exit("client", 120s), "the client has its answers");
    run.expect(run.main_exit("server") == nullptr, "the supervisor goes on");
  });
}

}  // namespace
}  // namespace dialtone::testing
