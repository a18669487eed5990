// SPDX-License-Identifier: Apache-2.0
// A chat server and three who chat. The server is a tree: the room, and behind it whoever accepts connections.
#include <fmt/core.h>

#include <dialtone/dialtone.hpp>
#include <dialtone/protocols.hpp>

namespace dt = dialtone;
using namespace std::chrono_literals;

dt::process<> accept_all(dt::start_ticket ticket, dt::stream::listener listener, dt::chat::room lobby) {
  ticket.started();
  while (auto accepted = co_await listener.accept())
    accepted->controlling_process(dt::spawn({.scheduler = dt::placement::spread()}, dt::chat::serve, *accepted, lobby));
}

dt::supervisor_spec server(const dt::stream::listener& listener, const dt::chat::room& lobby) {
  return {.strategy = dt::supervisor_strategy::rest_for_one,
          .children = {dt::child("room", lobby), dt::child("acceptor", accept_all, listener, lobby)}};
}

dt::task<> hear(dt::chat::client who) {
  auto text = co_await dt::receive<dt::chat::text>([&](const auto& each) { return each.client == who.process(); });
  fmt::print("{} hears {} say: {}\n", who.name(), text.from, text.contents);
}

dt::process<> first() {
  const dt::transport over = dt::transport::tcp({.address = "127.0.0.1"});
  const dt::chat::room lobby{{.queue_limit = 1 << 20}};
  auto listener = co_await over.listen();
  co_await dt::start_link(server(*listener, lobby));

  auto ann = co_await dt::chat::join(over, listener->local_address(), "ann");
  auto joe = co_await dt::chat::join(over, listener->local_address(), "joe");
  auto meg = co_await dt::chat::join(over, listener->local_address(), "meg");
  while (lobby.size() < 3) co_await dt::sleep_for(1ms);  // the server does not answer to a name

  co_await meg->say("is this thing on?");
  co_await hear(*ann);
  co_await hear(*joe);
  co_await ann->say("it is");
  co_await hear(*meg);
  dt::exit(dt::exit_reason::normal);
}

int main() { return dt::run(first); }
