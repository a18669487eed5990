// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: the predicate of a receive takes one of its types by value or const reference
#include <string>

#include <dialtone/runtime/process.hpp>
#include <dialtone/runtime/receive.hpp>
#include <dialtone/runtime/task.hpp>
namespace dt = dialtone;
using namespace std::chrono_literals;

dt::process<> wait() {
  static_cast<void>(co_await dt::receive<int>([](const std::string&) { return true; }));
}
