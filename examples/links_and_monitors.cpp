// SPDX-License-Identifier: Apache-2.0
// How processes learn of each other's end: a monitor tells, a link takes along, and who traps exits is told of links
// too.
#include <stdexcept>

#include <fmt/core.h>

#include <dialtone/dialtone.hpp>
namespace dt = dialtone;

struct never_sent {};

dt::process<> crash() {
  co_await dt::yield();
  throw std::runtime_error{"out of paper"};
}

dt::process<> wait_for_ever() { co_await dt::receive<never_sent>(); }

dt::process<> depend_on_a_crash() {
  dt::spawn_link(crash);
  co_await dt::receive<never_sent>();  // the link ends it here
}

dt::process<> first() {
  auto [crashed, first_monitor] = dt::spawn_monitor(crash);
  auto down = co_await dt::receive<dt::down>();
  fmt::print("monitor: {}: {}\n", down.reason.type(), down.reason.text());

  auto [dependent, second_monitor] = dt::spawn_monitor(depend_on_a_crash);
  down = co_await dt::receive<dt::down>();
  fmt::print("linked:  {}: {}\n", down.reason.type(), down.reason.text());

  dt::trap_exit();  // from here on exit signals come as messages
  dt::spawn_link(crash);
  auto exited = co_await dt::receive<dt::exited>();
  fmt::print("trapped: {}: {}\n", exited.reason.type(), exited.reason.text());

  dt::pid worker = dt::spawn_link(wait_for_ever);
  dt::exit(worker, dt::exit_reason::shutdown);
  exited = co_await dt::receive<dt::exited>();
  fmt::print("asked:   {}\n", to_string(exited.reason));

  worker = dt::spawn_link(wait_for_ever);
  dt::exit(worker, dt::exit_reason::kill);  // cannot be trapped, and is seen as killed
  exited = co_await dt::receive<dt::exited>();
  fmt::print("killed:  {}\n", to_string(exited.reason));

  dt::reference late = dt::monitor(worker);
  down = co_await dt::receive<dt::down>([&](const dt::down& d) { return d.reference == late; });
  fmt::print("late:    {}\n", to_string(down.reason));
}

int main() { return dt::run(first); }
