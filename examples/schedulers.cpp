// SPDX-License-Identifier: Apache-2.0
// Placement: a process stays on the scheduler that it was started on. Its pid says which, and nothing else differs.
#include <vector>

#include <fmt/ranges.h>

#include <dialtone/dialtone.hpp>
namespace dt = dialtone;

struct ball {
  dt::pid from;
  int bounces;
};

dt::process<> bounce() {
  for (;;) {
    auto caught = co_await dt::receive<ball>();
    dt::send(caught.from, ball{dt::self(), caught.bounces + 1});
  }
}

dt::task<int> play(dt::pid partner, int rounds) {
  ball caught{{}, 0};
  for (int round = 0; round < rounds; ++round) {
    dt::send(partner, ball{dt::self(), caught.bounces});
    caught = co_await dt::receive<ball>();
  }
  co_return caught.bounces;
}

dt::process<> first() {
  dt::pid near = dt::spawn_link(bounce);  // with the caller: messages are pushes on a list, without atomics
  dt::pid far = dt::spawn_link({.scheduler = dt::placement::on(1)}, bounce);
  fmt::print("I am on {}, near on {}, far on {}\n", dt::self().scheduler(), near.scheduler(), far.scheduler());
  fmt::print("near: {} bounces\n", co_await play(near, 100));
  fmt::print("far:  {} bounces\n", co_await play(far, 100));

  std::vector<int> counts(2);
  for (int count = 0; count < 10; ++count) {
    dt::pid spread = dt::spawn_link({.scheduler = dt::placement::spread()}, bounce);
    ++counts[spread.scheduler()];
  }
  fmt::print("spread: {}\n", counts);
  dt::exit(dt::exit_reason::shutdown);  // takes those along that are linked
}

int main() { return dt::run({.schedulers = 2}, first); }
