// SPDX-License-Identifier: Apache-2.0
// A gen_server: requests are types, a call names its reply. A call with a wrong type does not compile.
#include <cstdio>
#include <dialtone/dialtone.hpp>
namespace dt = dialtone;

class counter : public dt::gen_server<counter> {
 public:
  struct add {
    int amount;
  };  // a cast
  struct total {
    using reply = int;
  };  // a call
  explicit counter(int start) : value_(start) {}
  void handle_cast(add request) { value_ += request.amount; }
  int handle_call(total) { return value_; }

 private:
  int value_;
};

dt::process<> first() {
  auto server = co_await dt::start_link<counter>(10);  // dt::server<counter>, a typed pid
  server.cast(counter::add{5});
  int total = co_await server.call(counter::total{});       // throws dt::call_failed{reason} after 5 s or its death
  auto tried = co_await server.try_call(counter::total{});  // std::expected<int, dt::exit_reason>
  std::printf("%d %d\n", total, tried.value());
  co_await server.stop();
}

int main() { return dt::run(first); }
