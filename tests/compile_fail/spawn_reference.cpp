// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a process takes its parameters by value: a reference would outlive what it refers to
#include <string>

#include <dialtone/runtime/runtime.hpp>
namespace dt = dialtone;

dt::process<> serve(const std::string& host);

void start() { dt::spawn(serve, "localhost"); }
