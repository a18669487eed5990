// SPDX-License-Identifier: Apache-2.0
// A program that handles signals. "obedient": its process ends with the shutdown. "trapping": it says what it has got,
// and ends. "stubborn": it says what it has got, and goes on. Prints "ready" when it may be signalled.
#include <cstdio>
#include <string_view>

#include <dialtone/dialtone.hpp>

namespace dt = dialtone;

namespace {

struct never_sent {};

void say(const std::string& text) {
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

dt::process<> obedient() {
  struct farewell {
    ~farewell() { say("destroyed"); }
  } said_at_the_end;
  say("ready");
  co_await dt::receive<never_sent>();
}

dt::process<> trapping(bool stubborn) {
  dt::trap_exit();
  say("ready");
  auto told = co_await dt::receive<dt::exited>();
  say("told: " + to_string(told.reason));
  if (stubborn) co_await dt::receive<never_sent>();
}

}  // namespace

int main(int, char** argv) {
  dt::runtime_options options{.schedulers = 2, .stop_timeout = std::chrono::seconds{30}, .handle_signals = true};
  if (argv[1] == std::string_view{"obedient"}) return dt::run(options, obedient);
  return dt::run(options, trapping, argv[1] == std::string_view{"stubborn"});
}
