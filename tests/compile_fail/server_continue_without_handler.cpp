// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a server that calls continue_with has a public handle_continue for its value
#include <dialtone/otp/gen_server.hpp>
namespace dt = dialtone;

struct add {};
class counter : public dt::gen_server<counter> {
 public:
  void handle_cast(add) { continue_with(1); }
};

dt::task<> begin() { co_await dt::start<counter>(); }
