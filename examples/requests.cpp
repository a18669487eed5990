// SPDX-License-Identifier: Apache-2.0
// A question and its answer: the caller makes the place for the answer, and waits for it; the server may die meanwhile.
#include <stdexcept>
#include <string>

#include <fmt/core.h>

#include <dialtone/dialtone.hpp>
namespace dt = dialtone;
using namespace std::chrono_literals;

struct divide {
  int dividend;
  int divisor;
  dt::reply_to<int> reply;
};
struct ignore {
  dt::reply_to<int> reply;
};

dt::process<> calculator() {
  for (;;) {
    auto request = co_await dt::receive<divide, ignore>();
    auto* asked = std::get_if<divide>(&request);
    if (asked == nullptr) continue;
    if (asked->divisor == 0) throw std::domain_error{"division by zero"};
    dt::reply(asked->reply, asked->dividend / asked->divisor);
  }
}

// A call in one function, as a server's author offers it.
dt::task<std::expected<int, dt::exit_reason>> quotient(dt::pid server, int dividend, int divisor) {
  dt::pending_reply<int> answer{server};  // watches the server meanwhile
  dt::send(server, divide{dividend, divisor, answer.address()});
  co_return co_await answer.within(5s);
}

dt::process<> first() {
  dt::pid server = dt::spawn(calculator);
  auto seven = co_await quotient(server, 42, 6);
  fmt::print("{}\n", seven.value());

  dt::pending_reply<int> unanswered{server};
  dt::send(server, ignore{unanswered.address()});
  auto late = co_await unanswered.within(2ms);
  fmt::print("{}\n", to_string(late.error()));

  auto failed = co_await quotient(server, 1, 0);
  fmt::print("{}: {}\n", failed.error().type(), failed.error().text());
  auto gone = co_await quotient(server, 1, 1);
  fmt::print("{}\n", to_string(gone.error()));
}

int main() { return dt::run(first); }
