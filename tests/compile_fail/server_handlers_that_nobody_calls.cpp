// SPDX-License-Identifier: Apache-2.0
// expects: dialtone: init of a server is public and takes no arguments
// expects: dialtone: terminate of a server is public and takes a const dialtone::exit_reason&
// expects: dialtone: format_status of a server is public, const, and returns a text
#include <string>

#include <dialtone/otp/child_spec.hpp>
namespace dt = dialtone;

struct total {
  using reply = int;
};
class counter : public dt::gen_server<counter> {
 public:
  int handle_call(total) { return 1; }
  void terminate() {}
  std::string format_status() { return "one"; }

 private:
  void init() {}
};

dt::child_spec tree() { return dt::child<counter>("counter"); }
