// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: an argument does not fit its parameter
#include <string>
#include <vector>

#include <dialtone/otp/async_stream.hpp>
namespace dt = dialtone;

dt::task<int> answer(int question);

void start() { static_cast<void>(dt::async_stream(std::vector<std::string>{"a"}, answer)); }
