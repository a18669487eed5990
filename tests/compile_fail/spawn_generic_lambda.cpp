// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: only a plain function, or a lambda without captures and without auto parameters
#include <string>

#include <dialtone/runtime/runtime.hpp>
namespace dt = dialtone;

void start() {
  dt::spawn([](auto) -> dt::process<> { co_return; }, 4000);
}
