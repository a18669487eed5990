// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: runtime::call runs a function that returns dialtone::task<>
#include <string>

#include <dialtone/runtime/runtime.hpp>
namespace dt = dialtone;

dt::process<> serve(int port, std::string host);

void ask(dt::runtime& rt) { rt.call(serve, 4000, "localhost"); }
