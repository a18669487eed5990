// SPDX-License-Identifier: Apache-2.0
// compiles
#include <dialtone/runtime/process.hpp>
#include <dialtone/runtime/send.hpp>
#include <dialtone/runtime/task.hpp>

struct alignas(16) message {
  char text[16];
};

dialtone::task<message> make() { co_return message{}; }

dialtone::process<> tell(dialtone::pid other) { dialtone::send(other, co_await make()); }
