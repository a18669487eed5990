// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a request that names its reply is called, not cast
#include <dialtone/otp/gen_server.hpp>
namespace dt = dialtone;

struct total {
  using reply = int;
};
class counter : public dt::gen_server<counter> {
 public:
  int handle_call(total) { return 0; }
};

void tell(dt::server<counter> server) { server.cast(total{}); }
