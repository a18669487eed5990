// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: the function of a process returns dialtone::process<>; a task is awaited within a process
#include <string>

#include <dialtone/runtime/runtime.hpp>
namespace dt = dialtone;

dt::task<int> answer(int question);

void start() { static_cast<void>(dt::try_spawn_link(answer, 42)); }
