// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: the requests of one collection have its type of reply
#include <dialtone/otp/gen_server.hpp>
#include <dialtone/otp/request_ids.hpp>
namespace dt = dialtone;

struct total {
  using reply = long;
};
class counter : public dt::gen_server<counter> {
 public:
  long handle_call(total) { return 0; }
};

bool ask(dt::server<counter> server, dt::request_ids<int, int>& asked) { return asked.add(server, total{}, 1); }
