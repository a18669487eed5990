// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: the server has no public handle_call for this request
#include <dialtone/otp/gen_server.hpp>
namespace dt = dialtone;

struct total {
  using reply = int;
};
class counter : public dt::gen_server<counter> {
  int handle_call(total) { return 0; }
};

dt::task<> ask(dt::server<counter> server) { co_await server.call(total{}); }
dt::task<> try_ask(dt::server<counter> server) { co_await server.try_call(total{}); }
void send_only(dt::server<counter> server) { static_cast<void>(server.send_request(total{})); }
