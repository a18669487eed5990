// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: there must be one argument for each parameter of the function
#include <string>

#include <dialtone/runtime/runtime.hpp>
namespace dt = dialtone;

dt::process<> serve(int port, std::string host);

void start() { dt::spawn(serve, 4000); }
