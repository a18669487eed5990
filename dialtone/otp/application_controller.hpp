// SPDX-License-Identifier: Apache-2.0
// The process that starts the applications of a program, watches their trees, and stops them in reverse. Not for
// users: they call run or run_application.
#pragma once

#include <string>
#include <vector>

#include <dialtone/otp/application.hpp>
#include <dialtone/otp/gen_server.hpp>

namespace dialtone::detail {

class application_controller : public gen_server<application_controller> {
 public:
  struct which_request {
    using reply = std::vector<application_info>;
  };
  using infos = messages<exited>;
  static constexpr const char* registered = "application_controller";

  application_controller(application program, std::vector<configured> configuration);
  task<> init();
  task<> terminate(const exit_reason& reason);
  std::vector<application_info> handle_call(which_request) const;
  void handle_info(const exited& ended);

 private:
  struct entry {
    application about;
    supervisor_ref tree = {};
  };

  void add(application added);
  void configure(const configured& with);
  task<> start_all();
  task<> start(entry* started);
  task<> stop_all();
  task<> stop_one(entry* stopped);

  std::vector<entry> applications_;  // in the order of their starts
  std::vector<configured> configuration_;
};

}  // namespace dialtone::detail
