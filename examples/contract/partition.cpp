// SPDX-License-Identifier: Apache-2.0
// The same code on a simulated network under a virtual clock: from one seed, the same run, whatever the machine.
#include <cstdio>
#include <cstdlib>
#include <dialtone/dialtone.hpp>
#include <dialtone/testing/simulation.hpp>
namespace dt = dialtone;
using namespace std::chrono_literals;

dt::process<> serve() {
  auto listener = co_await dt::tcp::listen({.address = "0.0.0.0", .port = 7});
  while (auto socket = co_await listener->accept())
    while (auto data = co_await socket->recv()) co_await socket->send(*data);
}

dt::process<> ask() {
  for (int answered = 0; answered < 100;) {
    auto socket = co_await dt::tcp::connect("server", 7, {}, 1s);
    while (socket && answered < 100) {
      co_await socket->send("ping");
      if (auto reply = co_await socket->recv(4, 1s))
        ++answered;
      else
        break;
      co_await dt::sleep_for(100ms);
    }
  }
}

int main(int argc, char** argv) {
  dt::testing::simulation simulation{argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1};
  simulation.node("server", serve);
  simulation.node("client", ask);
  simulation.run_for(3s);
  simulation.partition({"server"}, {"client"});
  simulation.run_for(10s);
  simulation.heal();
  bool finished = simulation.run_until_exit("client", 60s);
  std::printf("%s %016llx\n", finished ? "finished" : "stuck",
              static_cast<unsigned long long>(simulation.trace_hash()));
  return finished ? 0 : 1;
}
