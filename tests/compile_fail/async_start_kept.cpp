// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: the arguments of a child are kept for its restarts: they must be copyable
#include <memory>

#include <dialtone/otp/async_supervised.hpp>
namespace dt = dialtone;

dt::task<> start(dt::dynamic_supervisor_ref workers) {
  co_await dt::async_start(workers, [](std::unique_ptr<int> number) { number.reset(); }, std::make_unique<int>(1));
}
