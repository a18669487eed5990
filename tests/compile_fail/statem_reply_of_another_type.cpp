// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: handle_event returns the reply that the request names, or a task of exactly that
#include <dialtone/otp/gen_statem.hpp>
namespace dt = dialtone;

enum class door_state : std::uint8_t { open, locked };
struct who {
  using reply = int;
};
class door : public dt::gen_statem<door, door_state> {
 public:
  door() : gen_statem{door_state::open} {}
  void handle_event(door_state, who) {}
};

dt::task<> begin() { co_await (co_await dt::start<door>()).call(who{}); }
