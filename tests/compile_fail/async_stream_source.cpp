// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: the items of a stream come from a range, or from a function object that returns std::optional
#include <dialtone/otp/async_stream.hpp>
namespace dt = dialtone;

dt::task<int> answer(int question);

void start() { static_cast<void>(dt::async_stream(42, answer)); }
