// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: inside a process only Dialtone's awaitables and tasks can be awaited
#include <string>

#include <dialtone/runtime/process.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/task.hpp>
namespace dt = dialtone;
using namespace std::chrono_literals;

dt::process<> wait() { co_await std::suspend_always{}; }
