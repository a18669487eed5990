// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: handle_enter of a gen_statem is public and takes the state, and the one before
#include <dialtone/otp/gen_statem.hpp>
namespace dt = dialtone;

enum class door_state : std::uint8_t { open, locked };
struct button {};
class door : public dt::gen_statem<door, door_state> {
 public:
  door() : gen_statem{door_state::open} {}
  void handle_enter(door_state) {}
  void handle_event(door_state, button) {}
};

dt::task<> begin() { (co_await dt::start<door>()).cast(button{}); }
