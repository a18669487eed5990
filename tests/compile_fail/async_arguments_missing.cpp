// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: there must be one argument for each parameter of the function
#include <dialtone/otp/async.hpp>
namespace dt = dialtone;

dt::task<int> answer(int question);

void start() { static_cast<void>(dt::async_start_link({.name = "answer"}, answer)); }
