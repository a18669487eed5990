// SPDX-License-Identifier: Apache-2.0
// A telephone as a state machine: what a digit means depends on the state, and so does what each state carries. A digit
// that comes too early waits, and who dials too slowly begins again.
#include <string>
#include <variant>

#include <fmt/core.h>

#include <dialtone/dialtone.hpp>
namespace dt = dialtone;
using namespace std::chrono_literals;

struct on_hook {
  bool operator==(const on_hook&) const = default;
};
struct dialling {
  std::string digits;
  bool operator==(const dialling&) const = default;
};
struct connected {
  std::string number;
  bool operator==(const connected&) const = default;
};
using telephone_state = std::variant<on_hook, dialling, connected>;

class telephone : public dt::gen_statem<telephone, telephone_state> {
 public:
  struct lift {};
  struct hang_up {};
  struct digit {
    char which;
  };
  struct describe {
    using reply = std::string;
  };

  telephone() : gen_statem{on_hook{}} {}

  void handle_enter(const dialling& now, const telephone_state&) {
    fmt::print("dialled: '{}'\n", now.digits);
    set_state_timeout(50ms);
  }

  void handle_event(const on_hook&, lift) { next_state(dialling{}); }
  void handle_event(const on_hook&, digit) { postpone(); }
  void handle_event(const dialling& now, digit pressed) {
    if (now.digits.size() < 2)
      next_state(dialling{now.digits + pressed.which});
    else
      next_state(connected{now.digits + pressed.which});
  }
  void handle_event(const dialling&, dt::state_timeout) {
    fmt::print("too slow\n");
    next_state(on_hook{});
  }
  void handle_event(const auto&, hang_up) { next_state(on_hook{}); }

  std::string handle_event(const on_hook&, describe) { return "on the hook"; }
  std::string handle_event(const dialling&, describe) { return "dialling"; }
  std::string handle_event(const connected& now, describe) { return "connected to " + now.number; }

  // What is left: a state that has no handler of its own for an event.
  void handle_event(const auto&, lift) {}
  void handle_event(const auto&, digit) {}
  void handle_event(const auto&, dt::state_timeout) {}
};

dt::process<> first() {
  auto line = co_await dt::start_link<telephone>();
  line.cast(telephone::digit{'1'});  // before the receiver is lifted
  line.cast(telephone::lift{});
  for (char which : {'2', '3'}) line.cast(telephone::digit{which});
  fmt::print("{}\n", co_await line.call(telephone::describe{}));

  line.cast(telephone::hang_up{});
  line.cast(telephone::lift{});
  co_await dt::sleep_for(200ms);
  fmt::print("{}\n", co_await line.call(telephone::describe{}));
  co_await line.stop();
}

int main() { return dt::run(first); }
