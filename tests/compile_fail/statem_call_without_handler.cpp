// SPDX-License-Identifier: Apache-2.0
// expects: check_call_in_state<door, locked, who, int>
// expects: dialtone: a state has no public handle_event(state, request) or handle_event(state, request
#include <dialtone/otp/gen_statem.hpp>
namespace dt = dialtone;

struct open {
  bool operator==(const open&) const = default;
};
struct locked {
  bool operator==(const locked&) const = default;
};
struct who {
  using reply = int;
};
class door : public dt::gen_statem<door, std::variant<open, locked>> {
 public:
  door() : gen_statem{open{}} {}
  int handle_event(open, who) { return 1; }
};

dt::task<> begin() { co_await (co_await dt::start<door>()).call(who{}); }
