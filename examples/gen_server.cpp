// SPDX-License-Identifier: Apache-2.0
// A coffee machine: one order after the other is answered later, when the cup is full; it cleans itself before it takes
// the first, and goes to sleep when nobody comes.
#include <deque>
#include <string>

#include <fmt/core.h>

#include <dialtone/dialtone.hpp>
#include <dialtone/otp/gen_server.hpp>
namespace dt = dialtone;
using namespace std::chrono_literals;

struct clean {};
struct cup_is_full {};

class coffee_machine : public dt::gen_server<coffee_machine> {
 public:
  struct order {
    using reply = std::string;
    std::string drink;
  };
  struct served {
    using reply = int;
  };
  using infos = dt::messages<cup_is_full>;

  explicit coffee_machine(dt::duration brewing) : brewing_{brewing} { continue_with(clean{}); }

  void handle_continue(clean) { fmt::print("cleaned\n"); }

  void handle_call(order request, dt::reply_to<std::string> from) {
    waiting_.emplace_back(std::move(request.drink), from);
    if (waiting_.size() == 1) brew();
  }
  int handle_call(served) { return served_; }

  void handle_info(cup_is_full) {
    auto [drink, from] = std::move(waiting_.front());
    waiting_.pop_front();
    ++served_;
    dt::reply(from, "a cup of " + drink);
    if (waiting_.empty())
      timeout_after(5ms);
    else
      brew();
  }

  void handle_timeout() {
    fmt::print("nobody comes\n");
    stop(dt::exit_reason::shutdown);
  }

  void terminate(const dt::exit_reason& reason) { fmt::print("off: {}\n", to_string(reason)); }

 private:
  void brew() { dt::send_after(brewing_, dt::self(), cup_is_full{}); }

  dt::duration brewing_;
  std::deque<std::pair<std::string, dt::reply_to<std::string>>> waiting_;
  int served_ = 0;
};

dt::process<> first() {
  auto [machine, reference] = co_await dt::start_monitor<coffee_machine>({.name = "kitchen"}, 1ms);
  auto espresso = machine.send_request(coffee_machine::order{"espresso"});
  auto tea = machine.send_request(coffee_machine::order{"tea"});
  fmt::print("{} are served\n", co_await machine.call(coffee_machine::served{}));
  fmt::print("{}\n", (co_await espresso.response()).value());
  fmt::print("{}\n", (co_await tea.response()).value());

  auto ended = co_await dt::receive<dt::down>();
  auto late = co_await dt::named<coffee_machine>{"kitchen"}.try_call(coffee_machine::order{"cocoa"});
  fmt::print("{}, then {}\n", to_string(ended.reason), to_string(late.error()));
}

int main() { return dt::run(first); }
