// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: the server has no public handle_info for a type that its list `infos` names
#include <dialtone/otp/gen_server.hpp>
namespace dt = dialtone;

struct tick {};
struct tock {};
class counter : public dt::gen_server<counter> {
 public:
  using infos = dt::messages<tick, tock>;
  void handle_info(tick) {}
};

dt::task<> begin() { co_await dt::start<counter>(); }
