// SPDX-License-Identifier: Apache-2.0
// expects: check_event_in_state<door, locked, knock>
// expects: check_event_in_state<door, locked, dialtone::state_timeout>
// expects: dialtone: a state has no public handle_event(state, event) for this event
#include <dialtone/otp/gen_statem.hpp>
namespace dt = dialtone;

struct open {
  bool operator==(const open&) const = default;
};
struct locked {
  bool operator==(const locked&) const = default;
};
struct knock {};
class door : public dt::gen_statem<door, std::variant<open, locked>> {
 public:
  door() : gen_statem{open{}} {}
  void handle_event(open, knock) { set_state_timeout(std::chrono::seconds{1}); }
  void handle_event(open, dt::state_timeout) {}
};

dt::task<> begin() { (co_await dt::start<door>()).cast(knock{}); }
