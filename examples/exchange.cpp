// SPDX-License-Identifier: Apache-2.0
// A telephone exchange: a process for each call. One call crashes: the exchange is told, and the others go on.
#include <stdexcept>

#include <fmt/core.h>

#include <dialtone/dialtone.hpp>
namespace dt = dialtone;
using namespace std::chrono_literals;

struct connected {
  int line;
};

dt::process<> call(int line, dt::pid exchange) {
  co_await dt::sleep_for(line * 1ms);
  if (line == 2) throw std::runtime_error{"the cable is cut"};
  dt::send(exchange, connected{line});
}

dt::process<> exchange(int lines) {
  for (int line = 1; line <= lines; ++line) dt::spawn_monitor({.label = "call"}, call, line, dt::self());
  for (int calls = lines; calls > 0;) {
    auto message = co_await dt::receive<connected, dt::down>();
    if (auto* call = std::get_if<connected>(&message)) {
      fmt::print("line {} is connected\n", call->line);
    } else {
      auto& ended = std::get<dt::down>(message);
      if (!ended.reason.is_orderly()) fmt::print("a call has crashed: {}\n", to_string(ended.reason));
      --calls;
    }
  }
}

int main() { return dt::run(exchange, 3); }
