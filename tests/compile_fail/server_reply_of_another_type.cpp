// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: handle_call returns the reply that the request names, or a task of exactly that
#include <string>

#include <dialtone/otp/gen_server.hpp>
namespace dt = dialtone;

struct total {
  using reply = int;
};
struct forgotten {
  using reply = int;
};
struct slow {
  using reply = long;
};
class counter : public dt::gen_server<counter> {
 public:
  std::string handle_call(total) { return "1"; }
  void handle_call(forgotten) {}
  dt::task<int> handle_call(slow) { co_return 1; }
};

dt::task<> ask(dt::server<counter> server) {
  co_await server.call(total{});
  co_await server.try_call(forgotten{});
  co_await server.call(slow{});
}
