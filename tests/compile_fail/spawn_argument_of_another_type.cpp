// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: an argument does not fit its parameter: a call of the function would not convert it either
// expects: check_argument<const char (&)[5], int>
#include <string>

#include <dialtone/runtime/runtime.hpp>
namespace dt = dialtone;

dt::process<> serve(int port, std::string host);

void start() { static_cast<void>(dt::spawn_monitor(serve, "4000", "localhost")); }
