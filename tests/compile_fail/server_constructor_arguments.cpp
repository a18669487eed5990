// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: the server has no public constructor for these arguments
#include <dialtone/otp/gen_server.hpp>
namespace dt = dialtone;

class counter : public dt::gen_server<counter> {
 public:
  explicit counter(int start);
};

dt::task<> begin() { co_await dt::start<counter>("ten"); }
dt::task<> begin_linked() { co_await dt::try_start_link<counter>({.name = "counter"}); }
dt::task<> begin_monitored() { co_await dt::start_monitor<counter>(1, 2); }
