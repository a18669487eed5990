// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a raw pointer
#include <dialtone/otp/gen_server.hpp>
namespace dt = dialtone;

struct look {
  using reply = int;
  const int* at;
};
struct put {
  int* at;
};
class counter : public dt::gen_server<counter> {
 public:
  int handle_call(look) { return 0; }
  void handle_cast(put) {}
};

dt::task<> ask(dt::server<counter> server) { co_await server.call(look{}); }
void tell(dt::server<counter> server) { server.cast(put{}); }
