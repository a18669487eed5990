// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: async runs a function that returns its result, as dialtone::task<T> or as a plain value
#include <dialtone/otp/async.hpp>
namespace dt = dialtone;

dt::process<> serve(int port);

void start() { static_cast<void>(dt::async(serve, 4000)); }
