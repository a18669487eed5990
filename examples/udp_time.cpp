// SPDX-License-Identifier: Apache-2.0
// A time server over UDP, and clients that ask it: whoever sends a datagram gets the seconds since the start. The
// server takes one datagram at a time, so a flood waits in the kernel and not in its mailbox.
#include <cstdio>
#include <dialtone/dialtone.hpp>
namespace dt = dialtone;
using namespace std::chrono_literals;

dt::process<> time_server(dt::pid parent) {
  auto socket = co_await dt::udp::open({.address = "127.0.0.1"}, {.active = dt::active::once});
  dt::send(parent, socket->local_address().value());
  const dt::time_point start = dt::now();
  for (;;) {
    auto question = co_await dt::receive<dt::udp::data>();  // {socket, source, bytes, truncated, ancillary}
    const auto passed = std::chrono::duration_cast<std::chrono::seconds>(dt::now() - start);
    co_await socket->send(question.source, dt::concat({question.bytes, ": ", std::to_string(passed.count()), " s"}));
    socket->setopts({.active = dt::active::once});
  }
}

dt::process<> first() {
  dt::spawn_link(time_server, dt::self());
  auto server = co_await dt::receive<dt::socket_address>();

  auto socket = co_await dt::udp::open();  // all interfaces, any port, passive
  socket->connect(server);                 // hears this peer only, and is told when nobody is there
  for (const char* name : {"anna", "bert"}) {
    dt::bytes answer = "lost";
    for (int attempt = 0; attempt < 3 && answer == "lost"; ++attempt) {  // datagrams may be lost: ask again
      co_await socket->send(name);
      if (auto got = co_await socket->recv(1s)) answer = got->bytes;
    }
    std::printf("%s\n", std::string(answer.view()).c_str());
  }
  dt::exit(dt::exit_reason::normal);
  co_return;
}

int main() { return dt::run(first); }
