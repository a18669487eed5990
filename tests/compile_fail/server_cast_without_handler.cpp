// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: the server has no public handle_cast for this request
#include <dialtone/otp/gen_server.hpp>
namespace dt = dialtone;

struct add {
  int amount;
};
class counter : public dt::gen_server<counter> {};

void tell(dt::server<counter> server) { server.cast(add{1}); }
