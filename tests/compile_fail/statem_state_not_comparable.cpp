// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: the states of a gen_statem must be comparable with ==
#include <dialtone/otp/gen_statem.hpp>
namespace dt = dialtone;

struct door_state {
  int digits;
};
struct button {};
class door : public dt::gen_statem<door, door_state> {
 public:
  door() : gen_statem{door_state{0}} {}
  void handle_event(door_state now, button) { next_state(door_state{now.digits + 1}); }
};

dt::task<> begin() { (co_await dt::start<door>()).cast(button{}); }
