// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: hand over the function and its arguments, not what a call of it returns: async(fetch, url)
#include <dialtone/otp/async.hpp>
namespace dt = dialtone;

dt::task<int> answer(int question);

void start() { static_cast<void>(dt::async(answer(42))); }
