// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a server that calls timeout_after has a public handle_timeout()
#include <dialtone/otp/gen_server.hpp>
namespace dt = dialtone;

struct add {};
class counter : public dt::gen_server<counter> {
 public:
  void handle_cast(add) { timeout_after(std::chrono::seconds{1}); }
};

dt::task<> begin() { co_await dt::start<counter>(); }
