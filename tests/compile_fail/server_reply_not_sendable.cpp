// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a raw pointer
#include <dialtone/otp/gen_server.hpp>
namespace dt = dialtone;

struct look {
  using reply = const int*;
};
class counter : public dt::gen_server<counter> {
 public:
  const int* handle_call(look) { return &value_; }

 private:
  int value_ = 0;
};

dt::task<> ask(dt::server<counter> server) { co_await server.call(look{}); }
