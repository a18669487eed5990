// SPDX-License-Identifier: Apache-2.0
// How a process is started: with arguments, under a name, and what its starter does when it cannot be.
#include <fmt/core.h>

#include <dialtone/dialtone.hpp>
namespace dt = dialtone;

struct ring {
  int times;
};
struct hang_up {};

dt::process<> phone(int number) {
  auto heard = co_await dt::receive<ring>();
  fmt::print("{} rings {} times\n", number, heard.times);
}

dt::process<> line() { co_await dt::receive<hang_up>(); }

dt::process<> first() {
  dt::pid desk = dt::spawn(phone, 100);  // the arguments of `phone` follow
  dt::send(desk, ring{2});
  dt::spawn({.name = "hall", .label = "the phone in the hall"}, phone, 200);
  dt::send(dt::whereis("hall").value(), ring{3});

  auto second = dt::try_spawn({.name = "hall"}, phone, 201);
  if (!second) fmt::print("no second phone in the hall: {}\n", to_string(second.error()));

  int lines = 0;
  auto last = dt::try_spawn_link(line);
  for (; last; last = dt::try_spawn_link(line)) ++lines;
  fmt::print("{} lines: {}\n", lines, to_string(last.error()));

  co_await dt::yield();                 // here the phones have their turn
  dt::exit(dt::exit_reason::shutdown);  // and the lines, which are linked, end with this process
}

int main() { return dt::run({.schedulers = 1, .process_limit = 10}, first); }
