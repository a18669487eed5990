// SPDX-License-Identifier: Apache-2.0
// compiles
#include <dialtone/otp/supervisor.hpp>
namespace dt = dialtone;

dt::process<> serve(int port);
dt::process<> serve_when_up(dt::start_ticket ticket, int port);
struct counter : dt::gen_server<counter> {
  explicit counter(int start);
};

dt::supervisor_spec tree() {
  return {.children = {dt::child("plain", serve, 4000), dt::child("ticket", serve_when_up, 4001),
                       dt::child(
                           "lambda", [](int port) -> dt::process<> { return serve(port); }, 4002),
                       dt::child<counter>("counter", 10), dt::child("below", dt::supervisor_spec{})}};
}
