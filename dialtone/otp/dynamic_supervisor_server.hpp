// SPDX-License-Identifier: Apache-2.0
// The process of a dynamic supervisor. Not for users: they hold a dynamic_supervisor_ref.
#pragma once

#include <dialtone/otp/backoff.hpp>
#include <dialtone/otp/dynamic_supervisor.hpp>
#include <dialtone/otp/restart_intensity.hpp>
#include <dialtone/runtime/indexed_table.hpp>
#include <dialtone/runtime/process_details.hpp>

namespace dialtone::detail {

class dynamic_supervisor_server : public gen_server<dynamic_supervisor_server> {
 public:
  struct start_request {
    using reply = std::expected<dialtone::pid, child_error>;
    child_spec spec;
  };
  struct terminate_request {
    using reply = std::expected<void, child_error>;
    dialtone::pid child;
  };
  struct which_request {
    using reply = std::vector<child_info>;
  };
  struct count_request {
    using reply = child_counts;
  };
  /// To itself: the next start of a child is due.
  struct retry {
    std::uint64_t serial;
    bool counts;  // as one more restart: the start before it has failed
  };
  using infos = messages<exited, retry>;

  explicit dynamic_supervisor_server(dynamic_supervisor_spec spec);
  task<> terminate(exit_reason reason);
  std::string format_status() const;

  task<start_request::reply> handle_call(start_request request);
  task<terminate_request::reply> handle_call(terminate_request request);
  std::vector<child_info> handle_call(which_request) const;
  child_counts handle_call(count_request) const;
  task<> handle_info(exited signal);
  task<> handle_info(retry due);

 private:
  struct child_entry {
    child_spec spec;
    std::size_t ends = 0;
    time_point up_since = {};
  };

  task<std::expected<dialtone::pid, start_error>> start(child_entry entry);
  task<> restart(child_entry entry);
  task<> start_again(child_entry entry);
  void retry_later(child_entry entry, duration delay, bool counts);
  std::size_t size() const { return running_.size() + restarting_.size(); }

  dynamic_supervisor_spec spec_;
  restart_intensity restarts_;
  indexed_table<dialtone::pid, child_entry, value_hash> running_;
  indexed_table<std::uint64_t, child_entry> restarting_;  // by the serial of the start that is due
  std::uint64_t last_serial_ = 0;
};

}  // namespace dialtone::detail
