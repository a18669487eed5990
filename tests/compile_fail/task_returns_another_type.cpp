// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: what is returned from a task does not convert to its result
#include <string>

#include <dialtone/runtime/process.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/task.hpp>
namespace dt = dialtone;
using namespace std::chrono_literals;

dt::task<int> answer() { co_return "42"; }
