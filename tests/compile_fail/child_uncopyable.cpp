// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: the arguments of a child are kept for its restarts: they must be copyable
#include <memory>

#include <dialtone/otp/child_spec.hpp>
namespace dt = dialtone;

dt::process<> serve(std::unique_ptr<int> port);

dt::child_spec server() { return dt::child("server", serve, std::make_unique<int>(4000)); }
