// SPDX-License-Identifier: Apache-2.0
#include <dialtone/testing/doubles.hpp>

#include <stdexcept>

#include <dialtone/runtime/links.hpp>

namespace dialtone::testing {

namespace {

struct never_sent {};

}  // namespace

process<> crash(exit_reason reason) {
  exit(std::move(reason));
  co_return;
}

process<> throw_at_once(std::string text) {
  throw std::runtime_error{text};
  co_return;
}

process<> crash_when_told() {
  end_now told = co_await receive<end_now>();
  exit(std::move(told.reason));
}

process<> ignore_shutdown() {
  trap_exit();
  for (;;) co_await receive<exited>();
}

process<> never_reply() { co_await receive<never_sent>(); }

}  // namespace dialtone::testing
