// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: only a plain function, or a lambda without captures and without auto parameters
#include <dialtone/otp/child_spec.hpp>
namespace dt = dialtone;

dt::process<> serve(int port);

dt::child_spec server(int port) {
  return dt::child("server", [port] { return serve(port); });
}
