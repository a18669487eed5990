// SPDX-License-Identifier: Apache-2.0
// Tasks: what is too long for one function, and several things at once within one process.
#include <string>

#include <fmt/core.h>

#include <dialtone/dialtone.hpp>
namespace dt = dialtone;
using namespace std::chrono_literals;

struct farewell {
  std::string name;
  ~farewell() {
    if (!name.empty()) fmt::print("{} is destroyed\n", name);
  }
};

dt::task<std::string> dial(std::string number, dt::duration ringing) {
  co_await dt::sleep_for(ringing);
  co_return "hello from " + number;
}

dt::task<int> count_rings(int rings) {
  for (int ring = 0; ring < rings; ++ring) co_await dt::sleep_for(1ms);
  co_return rings;
}

dt::task<> listen_to_the_tone() {
  farewell at_the_end{"the tone"};
  for (;;) co_await dt::sleep_for(1h);
}

dt::process<> first() {
  std::string answer = co_await dial("100", 1ms);  // begins here, runs in this process
  fmt::print("{}\n", answer);

  auto [left, right] = co_await dt::all(dial("200", 4ms), count_rings(3));
  fmt::print("{}, and {} rings\n", left, right);

  auto winner = co_await dt::race(dial("300", 1ms), listen_to_the_tone());
  fmt::print("{}\n", winner.index() == 0 ? std::get<0>(winner) : "the tone");

  bool ended = co_await dt::with_deadline(2ms, listen_to_the_tone());
  fmt::print("{}\n", ended ? "it has ended" : "time is up");

  auto reply = co_await dt::with_deadline(10s, dial("400", 1ms));  // an optional
  fmt::print("{}\n", reply.value_or("time is up"));
}

int main() { return dt::run(first); }
