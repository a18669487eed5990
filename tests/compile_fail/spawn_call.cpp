// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: hand over the function and its arguments, not what a call of it returns
#include <string>

#include <dialtone/runtime/runtime.hpp>
namespace dt = dialtone;

dt::process<> serve(int port, std::string host);

void start() { dt::spawn(serve(4000, "localhost")); }
