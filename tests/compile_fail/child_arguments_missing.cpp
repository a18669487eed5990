// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: there must be one argument for each parameter of the function
#include <dialtone/otp/child_spec.hpp>
namespace dt = dialtone;

dt::process<> serve(dt::start_ticket ticket, int port);

dt::child_spec server() { return dt::child("server", serve); }
