// SPDX-License-Identifier: Apache-2.0
// The servers of the protocols, each on a free port of 127.0.0.1, for clients that are not ours. Prints "NAME PORT" for
// each, then "ready", and ends with its standard input.
#include <cstdio>
#include <string>
#include <utility>

#include <dialtone/dialtone.hpp>
#include <dialtone/protocols.hpp>

namespace dt = dialtone;
using namespace std::chrono_literals;

namespace {

enum class service : std::uint8_t { echo, lines, hello, daytime, chat };

void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

dt::pid start(service which, dt::stream::socket socket, const dt::chat::room& lobby) {
  switch (which) {
    case service::echo:
      return dt::spawn(dt::echo::serve, socket);
    case service::lines:
      return dt::spawn(dt::echo::serve_lines, socket, std::size_t{100});
    case service::hello:
      return dt::spawn(dt::hello::serve, socket, dt::hello::options{});
    case service::daytime:
      return dt::spawn(dt::daytime::serve, socket);
    case service::chat:
      return dt::spawn({.scheduler = dt::placement::spread()}, dt::chat::serve, socket, lobby);
  }
  std::unreachable();
}

dt::process<> accept_all(service which, dt::tcp::listener listener, dt::chat::room lobby) {
  while (auto accepted = co_await listener.accept()) accepted->controlling_process(start(which, *accepted, lobby));
}

dt::task<> listen(service which, std::string name, dt::chat::room lobby) {
  auto listener = co_await dt::tcp::listen({.address = "127.0.0.1"});
  say(name + " " + std::to_string(listener->local_address().port()));
  listener->controlling_process(dt::spawn_link(accept_all, which, *listener, lobby));
}

dt::process<> first() {
  const dt::chat::room lobby{{.queue_limit = std::size_t{1} << 20}};
  co_await dt::start_link(dt::supervisor_spec{.children = {dt::child("room", lobby)}});
  co_await listen(service::echo, "echo", lobby);
  co_await listen(service::lines, "lines", lobby);
  co_await listen(service::hello, "hello", lobby);
  co_await listen(service::daytime, "daytime", lobby);
  co_await listen(service::chat, "chat", lobby);
  auto udp = co_await dt::udp::open({.address = "127.0.0.1"});
  say("daytime_udp " + std::to_string(udp->local_address()->port()));
  udp->controlling_process(dt::spawn_link(dt::daytime::serve_udp, *udp));
  say("ready");
  co_await dt::blocking([] { return std::getchar(); });
  dt::exit(dt::exit_reason::normal);
}

}  // namespace

int main() { return dt::run(first); }
