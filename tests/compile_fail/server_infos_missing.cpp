// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a server with handle_info lists its messages, in public: `using infos = dialtone::messages<...>;`
#include <dialtone/otp/gen_server.hpp>
namespace dt = dialtone;

struct tick {};
class counter : public dt::gen_server<counter> {
  using infos = dt::messages<tick>;

 public:
  void handle_info(tick) {}
};

dt::task<> begin() { co_await dt::start_link<counter>(); }
