// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: the server has no public constructor for these arguments
#include <string>

#include <dialtone/otp/child_spec.hpp>
namespace dt = dialtone;

struct counter : dt::gen_server<counter> {
  explicit counter(int start);
};

dt::child_spec server() { return dt::child<counter>("server", std::string{"ten"}); }
