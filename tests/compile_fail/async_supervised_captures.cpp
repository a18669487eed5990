// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: only a plain function, or a lambda without captures and without auto parameters
#include <dialtone/otp/async_supervised.hpp>
namespace dt = dialtone;

dt::task<> start(dt::dynamic_supervisor_ref workers, int number) {
  static_cast<void>(co_await dt::async(workers, [number] { return number; }));
}
