// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: there must be one argument for each parameter of the function
#include <string>

#include <dialtone/runtime/runtime.hpp>
namespace dt = dialtone;

dt::task<int> answer(int question);

int ask(dt::runtime& rt) { return rt.call(answer); }
