// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: only a plain function, or a lambda without captures and without auto parameters
#include <dialtone/otp/async.hpp>
namespace dt = dialtone;

void start(int number) {
  static_cast<void>(dt::async([number] { return number; }));
}
