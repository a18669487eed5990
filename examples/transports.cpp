// SPDX-License-Identifier: Apache-2.0
// A protocol that is written once, server and client, and served over TCP, Unix sockets and memory.
#include <algorithm>
#include <cctype>
#include <string>

#include <fmt/core.h>

#include <dialtone/dialtone.hpp>
namespace dt = dialtone;
using namespace std::chrono_literals;

// The protocol: a line in, the same line in capitals out.
dt::process<> shout(dt::transport over, dt::stream::socket accepted) {
  auto socket = co_await over.handshake(accepted, 5s);
  while (auto line = co_await socket->recv()) {
    std::string text{line->view()};
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
    co_await socket->send(std::move(text));
  }
}

dt::process<> accept_all(dt::transport over, dt::stream::listener listener) {
  while (auto accepted = co_await listener.accept()) accepted->controlling_process(dt::spawn(shout, over, *accepted));
}

dt::task<std::string> ask(dt::transport over, dt::socket_address where, std::string line) {
  auto socket = co_await over.connect(where, {.packet = dt::packet::line}, 5s);
  co_await socket->send(line + "\n");
  auto answer = co_await socket->recv(0, 5s);
  socket->close();
  co_return std::string{answer->view()};
}

dt::process<> first() {
  dt::memory::network network;
  for (const dt::transport& over :
       {dt::transport::tcp({.address = "127.0.0.1"}), dt::transport::local(), dt::transport::memory(network)}) {
    auto listener = co_await over.listen({.connections = {.packet = dt::packet::line}});
    listener->controlling_process(dt::spawn_link(accept_all, over, *listener));
    fmt::print("{}: {}", over.name(), co_await ask(over, listener->local_address(), "hello"));
  }
  // Without a listener, for tests: both ends of a connection.
  auto [client, server] = *dt::memory::pair({.packet = dt::packet::line}, {.packet = dt::packet::line});
  server.controlling_process(dt::spawn(shout, dt::transport::memory(network), server));
  co_await client.send("a pair\n");
  auto answer = co_await client.recv(0, 5s);
  fmt::print("pair: {}", answer->view());
  dt::exit(dt::exit_reason::normal);
}

int main() { return dt::run(first); }
