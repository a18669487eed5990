// SPDX-License-Identifier: Apache-2.0
// A TCP echo server, a process for each connection, and a client. A socket is a small value; its owner is a process.
#include <cstdio>
#include <dialtone/dialtone.hpp>
namespace dt = dialtone;
using namespace std::chrono_literals;

dt::process<> echo(dt::tcp::socket socket) {
  while (auto data = co_await socket.recv()) co_await socket.send(*data);  // std::expected<dt::bytes, dt::net_error>
}

dt::process<> accept_all(dt::tcp::listener listener) {
  while (auto socket = co_await listener.accept()) {
    dt::pid owner = dt::spawn(echo, *socket);
    socket->controlling_process(owner);
  }
}

dt::process<> first() {
  auto listener = co_await dt::tcp::listen({.address = "127.0.0.1", .port = 0});
  listener->controlling_process(dt::spawn_link(accept_all, *listener));
  auto socket =
      co_await dt::tcp::connect("127.0.0.1", listener->local_address().port(), {.packet = dt::packet::line}, 5s);
  if (!socket) throw std::runtime_error(to_string(socket.error()));
  co_await socket->send("hello\nworld\n");
  auto line = co_await socket->recv(0, 5s);  // "hello\n": one packet
  socket->setopts({.active = dt::active::once});
  auto message = co_await dt::receive<dt::tcp::data>();  // {socket, bytes}: "world\n"
  std::printf("%s%s", std::string(line->view()).c_str(), std::string(message.bytes.view()).c_str());
}

int main() { return dt::run(first); }
