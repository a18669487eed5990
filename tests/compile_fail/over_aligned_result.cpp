// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: the result of a task may not be aligned to more than 16 bytes
#include <dialtone/runtime/process.hpp>
#include <dialtone/runtime/task.hpp>

struct alignas(32) result {
  char text[32];
};

dialtone::task<result> make() { co_return result{}; }

dialtone::process<> wait() { co_await make(); }
