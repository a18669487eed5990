// SPDX-License-Identifier: Apache-2.0
// A server with a process for each of its clients, a hundred clients at once, and a look at all their sockets.
#include <algorithm>
#include <cstdio>
#include <string_view>
#include <vector>

#include <dialtone/dialtone.hpp>

namespace dt = dialtone;
using namespace std::chrono_literals;

dt::process<> answer(dt::tcp::socket socket) {
  while (auto line = co_await socket.recv()) co_await socket.send("you are " + std::string(line->view()));
}

dt::process<> serve(dt::tcp::listener listener) {
  while (auto socket = co_await listener.accept()) socket->controlling_process(dt::spawn(answer, *socket));
}

struct answered {
  bool correctly;
};
struct leave {};

dt::process<> visit(std::uint16_t port, int number, dt::pid host) {
  auto socket = co_await dt::tcp::connect("127.0.0.1", port, {.packet = dt::packet::line}, 5s);
  const std::string name = "client " + std::to_string(number) + "\n";
  co_await socket->send(name);
  auto line = co_await socket->recv(0, 5s);
  dt::send(host, answered{line && line->view() == "you are " + name});
  co_await dt::receive<leave>();
}

dt::process<> first() {
  constexpr int clients = 100;
  auto listener = co_await dt::tcp::listen({.address = "127.0.0.1", .connections = {.packet = dt::packet::line}});
  listener->controlling_process(dt::spawn_link(serve, *listener));

  std::vector<dt::pid> visitors;
  for (int i = 0; i < clients; ++i)
    visitors.push_back(dt::spawn_link(visit, listener->local_address().port(), i, dt::self()));
  int correct = 0;
  for (int i = 0; i < clients; ++i) correct += (co_await dt::receive<answered>()).correctly ? 1 : 0;
  std::printf("%d of %d were answered\n", correct, clients);

  auto sockets = co_await dt::net::info();  // as a table: to_string(sockets)
  const auto connected = std::ranges::count(sockets, dt::net::socket_state::connected, &dt::net::socket_info::state);
  std::printf("%d sockets are connected, both ends of each connection\n", static_cast<int>(connected));
  for (dt::pid visitor : visitors) dt::send(visitor, leave{});
}

int main(int argc, char** argv) {
  std::vector<std::string_view> arguments(argv + 1, argv + argc);
  const auto driver = dt::io::take_driver_flag(arguments);  // --io auto, uring or epoll
  if (!driver || !arguments.empty()) {
    std::fprintf(stderr, "%s\n",
                 driver ? "usage: example_many_clients [--io auto|uring|epoll]" : driver.error().c_str());
    return 2;
  }
  return dt::run({.driver = *driver}, first);
}
