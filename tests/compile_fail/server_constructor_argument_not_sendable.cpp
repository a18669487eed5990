// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a message may not contain a raw pointer
#include <dialtone/otp/gen_server.hpp>
namespace dt = dialtone;

class counter : public dt::gen_server<counter> {
 public:
  explicit counter(int* start);
};

dt::task<> begin(int* start) { co_await dt::start<counter>(start); }
