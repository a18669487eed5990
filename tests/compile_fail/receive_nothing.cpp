// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: name at least one type of message to receive
#include <string>

#include <dialtone/runtime/process.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/task.hpp>
namespace dt = dialtone;
using namespace std::chrono_literals;

dt::process<> wait() { static_cast<void>(co_await dt::receive<>()); }
