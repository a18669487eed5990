// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: the result of async is a value
#include <dialtone/otp/async.hpp>
namespace dt = dialtone;

const int& answer();

void start() { static_cast<void>(dt::async_nolink(answer)); }
