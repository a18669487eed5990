// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: the arguments of a child are kept for its restarts: they must be copyable
#include <memory>

#include <dialtone/otp/child_spec.hpp>
namespace dt = dialtone;

struct counter : dt::gen_server<counter> {
  explicit counter(std::unique_ptr<int> start);
};

dt::child_spec server() { return dt::child<counter>("server", std::make_unique<int>(10)); }
