// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: the function of a process returns dialtone::process<>
#include <string>

#include <dialtone/runtime/runtime.hpp>
namespace dt = dialtone;

int answer(int question);

void start() { dt::spawn(answer, 42); }
