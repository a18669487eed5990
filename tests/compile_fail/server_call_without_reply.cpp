// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a request that is called names its reply
#include <dialtone/otp/gen_server.hpp>
namespace dt = dialtone;

struct add {
  int amount;
};
class counter : public dt::gen_server<counter> {
 public:
  void handle_cast(add) {}
};

dt::task<> ask(dt::server<counter> server) { co_await server.call(add{1}); }
