// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: a server is of a class that derives from dialtone::gen_server, or gen_statem, of itself
#include <dialtone/otp/gen_server.hpp>
namespace dt = dialtone;

class first : public dt::gen_server<first> {};
class copied : public dt::gen_server<first> {};
class plain {};

dt::task<> begin() {
  co_await dt::start_link<copied>();
  co_await dt::start<plain>();
}
