// SPDX-License-Identifier: Apache-2.0
// Supervises the connections of a listener on one scheduler: begins their processes, is linked to them, and tells the
// manager when they end. They are temporary: none is started again. Not for users.
#pragma once

#include <dialtone/net/listener_parts.hpp>
#include <dialtone/otp/gen_server.hpp>
#include <dialtone/runtime/indexed_table.hpp>
#include <dialtone/runtime/process_details.hpp>

namespace dialtone::detail {

class connection_supervisor : public gen_server<connection_supervisor> {
 public:
  /// From a new manager, which counts from here on.
  struct count_request {
    using reply = count_change;
    pid manager;
  };
  struct which_request {
    using reply = std::vector<pid>;
  };
  using infos = messages<exited>;

  connection_supervisor(const listener_part& of, std::uint32_t index);
  task<> terminate(exit_reason reason);
  std::string format_status() const;

  count_change handle_call(count_request request);
  std::vector<pid> handle_call(which_request) const;
  void handle_cast(handed_over arrived);
  void handle_cast(order_to_all order);
  void handle_cast(shutdown_limit changed);
  void handle_info(const exited& signal);

 private:
  struct child {
    bool refused = false;
  };

  std::optional<pid> begin(connection_seed seed);
  void obey(pid process) const;
  void tell(count_change change) const;

  indexed_table<pid, child, value_hash> children_;
  pid manager_;
  duration shutdown_;
  std::size_t refusals_ = 0;
  connections_order order_ = connections_order::go_on;
};

/// One for each scheduler, under a supervisor.
child_spec connection_supervisors(const listener_part& of);

}  // namespace dialtone::detail
