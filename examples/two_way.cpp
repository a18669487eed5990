// SPDX-License-Identifier: Apache-2.0
// Both ways at once. The server is passive: it asks for a line when it is ready for one, so who sends too fast waits.
// The client is active: lines from the network come into its mailbox, beside those from the keyboard.
#include <algorithm>
#include <cctype>
#include <cstdio>

#include <dialtone/dialtone.hpp>

namespace dt = dialtone;

std::string in_capitals(std::string_view text) {
  std::string capitals{text};
  std::ranges::transform(capitals, capitals.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return capitals;
}

dt::process<> shout(dt::tcp::listener listener) {
  auto socket = co_await listener.accept();
  while (auto line = co_await socket->recv()) {
    if (line->view() == "bye\n") break;
    co_await socket->send(in_capitals(line->view()));
  }
}

struct typed {
  std::string line;
};

dt::process<> talk(dt::socket_address server) {
  auto socket = co_await dt::tcp::connect(server, {.active = dt::active::once, .packet = dt::packet::line});
  for (;;) {
    auto next = co_await dt::receive<typed, dt::tcp::data, dt::tcp::closed>();
    if (auto* mine = std::get_if<typed>(&next)) {
      co_await socket->send(mine->line);
    } else if (auto* theirs = std::get_if<dt::tcp::data>(&next)) {
      std::printf("%s", std::string(theirs->bytes.view()).c_str());
      socket->setopts({.active = dt::active::once});  // ready for the next one
    } else {
      std::printf("the server has hung up\n");
      co_return;
    }
  }
}

dt::process<> first() {
  auto listener = co_await dt::tcp::listen({.address = "127.0.0.1", .connections = {.packet = dt::packet::line}});
  listener->controlling_process(dt::spawn_link(shout, *listener));
  auto [client, watch] = dt::spawn_monitor(talk, listener->local_address());
  for (const char* line : {"is this\n", "thing on?\n", "bye\n"}) dt::send(client, typed{line});
  co_await dt::receive<dt::down>();
}

int main() { return dt::run(first); }
