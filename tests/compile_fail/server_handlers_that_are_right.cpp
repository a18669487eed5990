// SPDX-License-Identifier: Apache-2.0
// compiles
#include <string>
#include <string_view>

#include <dialtone/otp/gen_statem.hpp>
namespace dt = dialtone;

struct total {
  using reply = long;
};
struct reset {
  using reply = void;
};
class plain : public dt::gen_server<plain> {
 public:
  using infos = dt::messages<dt::down>;
  dt::task<dt::init_result> init() { co_return dt::init_result::ok; }
  void handle_info(const dt::down&) {}
  int handle_call(total) { return 1; }
  bool handle_call(reset) { return true; }
  dt::task<> terminate(dt::exit_reason) { co_return; }
  std::string_view format_status() const { return "plain"; }
};

class last final : public dt::gen_server<last> {
 public:
  void init() {}
};

struct off {
  bool operator==(const off&) const = default;
};
struct on {
  bool operator==(const on&) const = default;
};
class lamp : public dt::gen_statem<lamp, std::variant<off, on>> {
 public:
  using infos = dt::messages<dt::down>;
  lamp() : gen_statem{off{}} {}
  void handle_enter(const on&, const std::variant<off, on>&) {}  // of one state only
  void handle_event(const auto&, const dt::down&) {}
  int handle_event(off, total) { return 0; }
  void handle_event(on, total, dt::reply_to<long> from) { dt::reply(from, 1); }
  dt::task<> handle_event(auto, reset) { co_return; }
};

dt::task<> begin() {
  co_await dt::start<plain>();
  co_await dt::start<last>();
  auto started = co_await dt::start<lamp>();
  co_await started.call(total{});
  co_await started.call(reset{});
  co_await dt::server<plain>{}.call(total{});
  co_await dt::server<plain>{}.call(reset{});
}
