// SPDX-License-Identifier: Apache-2.0
// A server that crashes, under a supervisor: its state is lost, its name is not, and who calls next is answered by the
// new one. When it crashes too often the supervisor gives up, and its own parent is told.
#include <stdexcept>

#include <fmt/core.h>

#include <dialtone/dialtone.hpp>
namespace dt = dialtone;
using namespace std::chrono_literals;

class kettle : public dt::gen_server<kettle> {
 public:
  struct heat {
    using reply = int;
    int degrees;
  };
  int handle_call(heat request) {
    degrees_ += request.degrees;
    if (degrees_ > 100) throw std::runtime_error{"the lid flies off"};
    return degrees_;
  }

 private:
  int degrees_ = 20;
};

dt::supervisor_spec kitchen() {
  return {.intensity = 1, .period = 10s, .children = {dt::child<kettle>("kettle").spawn({.name = "kettle"})}};
}

dt::process<> first() {
  dt::trap_exit();
  auto supervisor = co_await dt::start_link(kitchen());
  dt::named<kettle> on_the_stove{"kettle"};
  for (int degrees : {50, 50, 10, 95}) {
    auto answer = co_await on_the_stove.try_call(kettle::heat{degrees});
    if (answer)
      fmt::print("{} degrees\n", *answer);
    else
      fmt::print("no answer: {}\n", answer.error().text());
    while (!answer && dt::is_alive(supervisor.pid()) && !dt::whereis("kettle")) co_await dt::yield();
  }
  auto ended = co_await dt::receive<dt::exited>();
  fmt::print("the kitchen is closed: {}\n", to_string(ended.reason));
}

int main() { return dt::run({.level = dt::log_level::off}, first); }
