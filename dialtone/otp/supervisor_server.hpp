// SPDX-License-Identifier: Apache-2.0
// The process of a supervisor: a gen_server whose handlers are coroutines, so that it does one thing after the other,
// as OTP's. Not for users: they hold a supervisor_ref.
#pragma once

#include <list>
#include <string>
#include <unordered_map>

#include <dialtone/otp/gen_server.hpp>
#include <dialtone/otp/restart_intensity.hpp>
#include <dialtone/otp/supervisor.hpp>

namespace dialtone::detail {

/// What is wrong with a child of a supervisor that shuts down by itself in this way, and with those below it.
std::expected<void, std::string> check_child_of(auto_shutdown_type auto_shutdown, const child_spec& child);

class supervisor_server : public gen_server<supervisor_server> {
 public:
  using pid_or_child_error = std::expected<dialtone::pid, child_error>;
  using done_or_child_error = std::expected<void, child_error>;

  struct start_request {
    using reply = pid_or_child_error;
    child_spec spec;
  };
  struct terminate_request {
    using reply = done_or_child_error;
    std::string id;
  };
  struct restart_request {
    using reply = pid_or_child_error;
    std::string id;
  };
  struct delete_request {
    using reply = done_or_child_error;
    std::string id;
  };
  struct which_request {
    using reply = std::vector<child_info>;
  };
  struct count_request {
    using reply = child_counts;
  };
  struct spec_request {
    using reply = std::expected<child_spec, child_error>;
    std::string id;
  };
  struct tree_request {
    using reply = supervision_tree;
  };
  /// To itself: the next start of a child is due.
  struct retry {
    std::string id;
    std::uint64_t serial;
    bool counts;  // as one more restart: the start before it has failed
  };
  using infos = messages<exited, retry>;

  explicit supervisor_server(supervisor_spec spec);
  task<> init();
  task<> terminate(exit_reason reason);
  std::string format_status() const;

  task<pid_or_child_error> handle_call(start_request request);
  task<done_or_child_error> handle_call(terminate_request request);
  task<pid_or_child_error> handle_call(restart_request request);
  done_or_child_error handle_call(const delete_request& request);
  std::vector<child_info> handle_call(which_request) const;
  child_counts handle_call(count_request) const;
  std::expected<child_spec, child_error> handle_call(const spec_request& request);
  supervision_tree handle_call(tree_request) const;
  task<> handle_info(const exited& signal);
  task<> handle_info(retry due);

 private:
  struct child_entry {
    child_spec spec;
    dialtone::pid process = {};
    child_state state = child_state::stopped;
    std::uint64_t retry_serial = 0;  // of the start that is due
    std::size_t ends = 0;            // without a long life between them, for the back-off
    time_point up_since = {};
  };
  using position = std::list<child_entry>::iterator;

  task<std::expected<dialtone::pid, start_error>> start(position child);
  task<> end(position child);
  task<> end_backwards(position first, position last);
  void ended(position child);
  void forget(position child);
  task<> restart(position child);
  task<> end_others(position child);
  task<> start_again(position child);
  void retry_later(position child, duration delay, bool counts);
  void shut_down_after_significant();
  std::expected<position, child_error> find(const std::string& id);
  static child_error presence_of(const child_entry& child);
  static duration next_backoff(child_entry& child);

  supervisor_spec spec_;  // its children are in children_
  restart_intensity restarts_;
  std::list<child_entry> children_;
  std::unordered_map<std::string, position> by_id_;
  std::unordered_map<dialtone::pid, position> by_pid_;
  std::uint64_t last_serial_ = 0;
};

}  // namespace dialtone::detail

template <>
inline constexpr bool dialtone::enable_sendable<dialtone::detail::supervisor_server::retry> = true;
