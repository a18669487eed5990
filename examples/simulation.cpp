// SPDX-License-Identifier: Apache-2.0
// How a server is tested under partition: the server and its clients run unchanged, in a simulation, over many seeds.
#include <cstdio>
#include <string>

#include <dialtone/dialtone.hpp>
#include <dialtone/testing/seeds.hpp>

namespace dt = dialtone;
using namespace std::chrono_literals;

// What is tested: a server that counts, and a client that does not give up.
dt::process<> count(dt::tcp::socket socket, int start) {
  while (auto line = co_await socket.recv(0, 30s)) co_await socket.send(std::to_string(++start) + "\n");
}

dt::process<> counter() {
  auto listener = co_await dt::tcp::listen({.port = 4000, .connections = {.packet = dt::packet::line}});
  while (auto socket = co_await listener->accept()) socket->controlling_process(dt::spawn(count, *socket, 0));
}

dt::process<> count_to(int last) {
  for (int reached = 0; reached < last;) {
    auto socket = co_await dt::tcp::connect("server", 4000, {.packet = dt::packet::line}, 1s);
    if (!socket) continue;
    co_await socket->send("next\n");
    if (auto line = co_await socket->recv(0, 1s)) ++reached;
    socket->close();
    co_await dt::sleep_for(100ms);
  }
}

// A scenario: the machines, and what goes wrong.
void a_partition_ends(dt::testing::simulation& run) {
  run.node("server", counter);
  run.node("client", count_to, 50);
  run.run_for(std::chrono::milliseconds{run.draw(3000)});
  run.partition({"server"}, {"client"});
  run.run_for(30s);
  run.expect(run.main_exit("client") == nullptr, "nobody counts through a partition");
  run.heal();
  run.expect(run.run_until_exit("client", 60s), "the client comes to its end when the partition does");
}

void a_crash_is_survived(dt::testing::simulation& run) {
  run.node("server", counter);
  run.node("client", count_to, 50);
  for (int crashes = 0; crashes < 3; ++crashes) {
    run.run_for(std::chrono::milliseconds{run.draw(1000)});
    run.crash("server");
    run.run_for(std::chrono::milliseconds{run.draw(1000)});
    run.restart("server");
  }
  run.expect(run.run_until_exit("client", 60s), "the client comes to its end though the server crashes");
}

int main() {
  dt::testing::for_each_seed(50, a_partition_ends);
  std::puts("a_partition_ends");
  dt::testing::for_each_seed(50, a_crash_is_survived);
  std::puts("a_crash_is_survived");
}
