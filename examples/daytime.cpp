// SPDX-License-Identifier: Apache-2.0
// A server that says hello with the time to whoever comes, and hangs up; and one who comes.
#include <chrono>
#include <cstdio>

#include <fmt/chrono.h>
#include <dialtone/dialtone.hpp>
#include <dialtone/io/clock.hpp>

namespace dt = dialtone;
using namespace std::chrono_literals;

std::string hello() {
  return fmt::format("Hello, world! It is {:%H:%M:%S} UTC.\n",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(dt::io::system_clocks().wall_time())));
}

dt::process<> greet_all(dt::tcp::listener listener) {
  while (auto visitor = co_await listener.accept()) {
    co_await visitor->send(hello());
    visitor->close();  // what was sent still arrives
  }
}

dt::process<> first() {
  auto listener = co_await dt::tcp::listen({.address = "127.0.0.1"});
  listener->controlling_process(dt::spawn_link(greet_all, *listener));

  auto socket = co_await dt::tcp::connect(listener->local_address());
  while (auto data = co_await socket->recv(0, 5s)) std::printf("%s", std::string(data->view()).c_str());
}

int main() { return dt::run(first); }
