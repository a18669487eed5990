// SPDX-License-Identifier: Apache-2.0
// A runtime with nothing to do: two schedulers, processes that wait on both, a log line written, the watchdog on.
// Prints its process id, and ends with its standard input.
#include <unistd.h>
#include <cstdio>

#include <dialtone/dialtone.hpp>

namespace dt = dialtone;

namespace {

struct never_sent {};

dt::process<> wait_for_ever() { co_await dt::receive<never_sent>(); }

dt::task<> settle() {
  for (std::uint32_t index = 0; index < 100; ++index)
    dt::spawn({.scheduler = dt::placement::on(index % 2)}, wait_for_ever);
  dt::log(dt::log_level::info, "idle from now on");
  co_await dt::blocking([] {});
}

}  // namespace

int main() {
  dt::runtime rt{{.schedulers = 2, .stop_timeout = std::chrono::seconds{1}}};
  rt.call(settle);
  std::printf("%d\n", static_cast<int>(::getpid()));
  std::fflush(stdout);
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) continue;
}
